"""Signing in to the account page: the way to Spotify and back that clients' sign-ins take too, for no client.

Who only visits is asked for nothing but who they are, and nothing of that way is kept. Who renews the link is
asked for what their clients were given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from auxcord.authorization.problems import NOBODY_HERE, ProblemError
from auxcord.authorization.scopes import level_of
from auxcord.authorization.tickets import Request
from auxcord.authorization.tokens import new_secret

if TYPE_CHECKING:
    from auxcord.authorization.grants import Grants
    from auxcord.authorization.sessions import PageSession, PageSessions
    from auxcord.authorization.tickets import SignIn, SignIns

Purpose = Literal["visit", "renewal"]
SCOPES: Final = frozenset({"user-read-private"})
"""What a visit asks Spotify for."""


class Visits:
    """Begins and ends these sign-ins.

    Args:
        sign_ins: The sign-ins under way.
        sessions: Who is signed in to the page.
        grants: What people gave to clients.
    """

    def __init__(self, *, sign_ins: SignIns, sessions: PageSessions, grants: Grants) -> None:
        self._sign_ins = sign_ins
        self._sessions = sessions
        self._grants = grants

    async def begin(self) -> SignIn:
        """Start the sign-in of somebody who wants to see the page."""
        return await self._begin(
            Request(ticket=new_secret(), client_id="", client_name="", resource="", purpose="visit")
        )

    async def begin_renewal(self, user_id: str) -> tuple[SignIn, str]:
        """Start the sign-in by which a person renews their link; also tells the level it has to cover."""
        request = Request(
            ticket=new_secret(), client_id="", client_name="", resource="", purpose="renewal", user_id=user_id
        )
        return await self._begin(request), level_of(await self._grants.given_by(user_id))

    async def arrived(self, sign_in: SignIn, user_id: str | None) -> PageSession:
        """End the sign-in of a person who has come back from Spotify; returns their session.

        Raises:
            ProblemError: Nothing is kept about them here.
        """
        await self._sign_ins.end(sign_in)
        if user_id is None:
            raise ProblemError(NOBODY_HERE)
        return await self._sessions.open(user_id)

    async def _begin(self, request: Request) -> SignIn:
        await self._sign_ins.begin(request)
        sign_in = await self._sign_ins.by_ticket(request.ticket)
        assert sign_in is not None
        return sign_in
