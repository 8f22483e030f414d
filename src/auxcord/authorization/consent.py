"""The consent page: what a client wants, and the person's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from auxcord.authorization.cookies import csrf_token, is_csrf_token
from auxcord.authorization.parameters import ParameterError, form_of, query_of
from auxcord.authorization.problems import EXPIRED, FOREIGN_BROWSER, FORGED, MALFORMED, ProblemError
from auxcord.authorization.tokens import new_secret
from auxcord.caller import LEVELS

if TYPE_CHECKING:
    from starlette.requests import Request

    from auxcord.authorization.cookies import BrowserCookies
    from auxcord.authorization.pages import Pages
    from auxcord.authorization.signin import SignInFlow
    from auxcord.authorization.tickets import SignIn, SignIns


class ConsentPage:
    """Shows the page and takes the answer.

    Args:
        flow: The sign-in.
        sign_ins: The sign-ins under way.
        pages: Renders.
        cookies: Tie a sign-in to a browser.
        base_url: Our public address; only forms of its origin are taken.
    """

    def __init__(
        self,
        *,
        flow: SignInFlow,
        sign_ins: SignIns,
        pages: Pages,
        cookies: BrowserCookies,
        base_url: str,
    ) -> None:
        self._flow = flow
        self._sign_ins = sign_ins
        self._pages = pages
        self._cookies = cookies
        parts = urlsplit(base_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"

    async def show(self, request: Request) -> Response:
        """Show what the client wants (GET)."""
        try:
            query = query_of(request)
        except ParameterError:
            raise ProblemError(MALFORMED) from None
        ticket = query.get("ticket", "")
        sign_in = await self._find(ticket)
        if sign_in.nonce_hash is not None and not self._is_same_browser(request, sign_in):
            raise ProblemError(FOREIGN_BROWSER)
        nonce = self._cookies.nonce(request, sign_in.ticket_hash) or new_secret()
        page = self._pages.consent(
            sign_in.request, csrf=csrf_token(nonce, ticket), level=sign_in.level, app=query.get("app")
        )
        self._cookies.keep(page, sign_in.ticket_hash, nonce)
        return page

    async def answer(self, request: Request) -> Response:
        """Take the person's answer (POST) and send them on."""
        if request.headers.get("origin", self._origin).lower() != self._origin:
            raise ProblemError(FORGED)
        try:
            form = await form_of(request)
        except ParameterError:
            raise ProblemError(MALFORMED) from None
        sign_in = await self._find(form.get("ticket", ""))
        nonce = self._cookies.nonce(request, sign_in.ticket_hash)
        if nonce is None or not is_csrf_token(form.get("csrf", ""), nonce, sign_in.request.ticket):
            raise ProblemError(FORGED)
        if sign_in.nonce_hash is not None and not self._is_same_browser(request, sign_in):
            raise ProblemError(FOREIGN_BROWSER)
        if form.get("decision") == "deny":
            return await self._denied(sign_in)
        level = form.get("level", "")
        if form.get("decision") != "allow" or level not in LEVELS:
            raise ProblemError(MALFORMED)
        apps = {"asked": form.get("app"), "remembered": self._cookies.app(request)}
        onward = await self._flow.depart(sign_in, nonce=nonce, level=level, **apps)
        return RedirectResponse(onward, 303, {"Cache-Control": "no-store"})

    async def _denied(self, sign_in: SignIn) -> Response:
        back = await self._flow.refuse(sign_in)
        response: Response
        if back is None:
            response = self._pages.done(agreed=False, client_name=sign_in.request.client_name)
        else:
            response = RedirectResponse(back, 303, {"Cache-Control": "no-store"})
        self._cookies.drop(response, sign_in.ticket_hash)
        return response

    async def _find(self, ticket: str) -> SignIn:
        sign_in = await self._sign_ins.by_ticket(ticket)
        if sign_in is None or sign_in.request.purpose is not None:
            raise ProblemError(EXPIRED)
        return sign_in

    def _is_same_browser(self, request: Request, sign_in: SignIn) -> bool:
        return self._cookies.is_from(request, sign_in.ticket_hash, sign_in.nonce_hash)
