"""Where Spotify sends people back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from auxcord.authorization.parameters import ParameterError, query_of
from auxcord.authorization.problems import EXPIRED, FOREIGN_BROWSER, MALFORMED, ProblemError

if TYPE_CHECKING:
    from starlette.requests import Request

    from auxcord.authorization.cookies import BrowserCookies
    from auxcord.authorization.pages import Pages
    from auxcord.authorization.reception import Reception
    from auxcord.authorization.signin import SignInFlow
    from auxcord.authorization.tickets import SignIns


class Callback:
    """Takes Spotify's answer, from the browser that agreed to the sign-in and from no other.

    Args:
        flow: The sign-in.
        sign_ins: The sign-ins under way.
        pages: Renders.
        cookies: Tie a sign-in to a browser.
        reception: Lets people into the account page.
    """

    def __init__(
        self,
        *,
        flow: SignInFlow,
        sign_ins: SignIns,
        pages: Pages,
        cookies: BrowserCookies,
        reception: Reception,
    ) -> None:
        self._flow = flow
        self._reception = reception
        self._sign_ins = sign_ins
        self._pages = pages
        self._cookies = cookies

    async def arrive(self, request: Request) -> Response:
        """Finish the sign-in (GET)."""
        try:
            answer = query_of(request)
        except ParameterError:
            raise ProblemError(MALFORMED) from None
        state = answer.get("state")
        if state is None:
            raise ProblemError(MALFORMED)
        sign_in = await self._sign_ins.by_state(state)
        if sign_in is None:
            raise ProblemError(EXPIRED)
        # The browser is checked before the state is taken: a stolen address opened elsewhere changes nothing.
        if not self._cookies.is_from(request, sign_in.ticket_hash, sign_in.nonce_hash):
            raise ProblemError(FOREIGN_BROWSER)
        onward = await self._flow.finish(sign_in, state, answer)
        response: Response
        if onward.address is None:
            response = self._pages.done(agreed="error" not in answer, client_name=sign_in.request.client_name)
        else:
            response = RedirectResponse(onward.address, 302, {"Cache-Control": "no-store"})
        if onward.app is not None:
            self._cookies.remember_app(response, onward.app)
        if onward.session is not None:
            self._reception.let_in(response, onward.session)
        if await self._sign_ins.by_ticket(sign_in.request.ticket) is None:
            self._cookies.drop(response, sign_in.ticket_hash)
        return response
