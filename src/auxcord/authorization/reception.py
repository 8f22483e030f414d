"""Who asks for something on the account page, and whether it was really they who did."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auxcord.authorization.parameters import ParameterError, form_of
from auxcord.authorization.problems import FORGED, MALFORMED, ProblemError
from auxcord.authorization.sessions import SessionCookie

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from auxcord.authorization.sessions import PageSession, PageSessions


class Reception:
    """Knows who is signed in, and reads their forms.

    Args:
        sessions: Who is signed in.
        base_url: Our public address; only forms of its origin are taken.
    """

    def __init__(self, *, sessions: PageSessions, base_url: str) -> None:
        self._sessions = sessions
        parts = urlsplit(base_url)
        self._cookie = SessionCookie(secure=parts.scheme == "https")
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def let_in(self, response: Response, session: PageSession) -> None:
        """Make the browser hold a session that has just begun."""
        self._cookie.keep(response, session)

    async def session(self, request: Request) -> PageSession | None:
        """Return the session of a browser; None if there is none, or it is over."""
        return await self._sessions.find(self._cookie.read(request))

    async def asked(self, request: Request, step: str) -> tuple[PageSession | None, dict[str, str]]:
        """Read a form of somebody signed in; no session if it is over.

        Args:
            request: That brings the form.
            step: Which page the form has to be from.

        Raises:
            ProblemError: The form does not come from that page of this session.
        """
        form = await self.form(request)
        session = await self.session(request)
        if session is not None and not session.is_proof(form.get("csrf", ""), step):
            raise ProblemError(FORGED)
        return session, form

    async def form(self, request: Request) -> dict[str, str]:
        """Read a form of our own origin.

        Raises:
            ProblemError: Another site sent it, or it is none.
        """
        if request.headers.get("origin", self._origin).lower() != self._origin:
            raise ProblemError(FORGED)
        try:
            return await form_of(request)
        except ParameterError:
            raise ProblemError(MALFORMED) from None

    async def end(self, session: PageSession) -> None:
        """End a session."""
        await self._sessions.end(session)

    def forget(self, response: Response) -> None:
        """Make the browser forget its session."""
        self._cookie.drop(response)
