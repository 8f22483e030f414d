"""The person themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.spotify.models import User

if TYPE_CHECKING:
    from auxcord.spotify.session import Session


class Profile:
    """Who the access token belongs to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def me(self) -> User:
        """The person's own profile (`GET /me`)."""
        return await self._session.get(User, "/me")
