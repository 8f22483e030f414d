"""The person themselves, and what others show of themselves."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from auxcord.errors import InputError
from auxcord.spotify.closed import unless_closed
from auxcord.spotify.models import Page, Playlist, User
from auxcord.spotify.session import checked_page

if TYPE_CHECKING:
    from auxcord.spotify.session import Session


class Profile:
    """Who the access token belongs to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def me(self) -> User:
        """The person's own profile (`GET /me`)."""
        return await self._session.get(User, "/me")

    async def user(self, user_id: str) -> User:
        """What somebody shows of themselves (`GET /users/{id}`).

        Raises:
            EndpointClosedError: The app lives under the rules of 2026.
        """
        read = partial(self._session.get, User, _path(user_id))
        return await unless_closed(self._session.access, "get-users-profile", read)

    async def playlists_of(self, user_id: str, limit: int = 20, offset: int = 0) -> Page[Playlist]:
        """The playlists somebody shows on their profile (`GET /users/{id}/playlists`).

        Raises:
            EndpointClosedError: The app lives under the rules of 2026.
        """
        checked_page(limit, offset)
        path = _path(user_id, "/playlists")
        read = partial(self._session.get, Page[Playlist], path, limit=limit, offset=offset)
        return await unless_closed(self._session.access, "get-list-users-playlists", read)


def _path(user_id: str, rest: str = "") -> str:
    """User ids may hold any character."""
    if not user_id or user_id in {".", ".."}:
        raise InputError("This is no Spotify user id.")
    return f"/users/{quote(user_id, safe='')}{rest}"
