"""One person on their own computer: how they sign in to Spotify."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from auxcord.caller import LEVELS, SPOTIFY_SCOPES
from auxcord.errors import AddressInUseError, SpotifySignInError
from auxcord.server.listener import bind, port_of, serving
from auxcord.spotify.oauth import new_pkce

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from auxcord.spotify.oauth import SpotifyOAuth, TokenSet

SIGN_IN_SECONDS = 600.0
DEFAULT_REDIRECT = "http://127.0.0.1/callback"
IN_TERMINAL = "Close this window, and see in the terminal whether it worked."
IN_CHAT = "Close this window and go back to your assistant, which sees whether it worked."


class LoopbackSignIn:
    """One sign-in at Spotify for this computer's person, with PKCE and no client secret (RFC 8252).

    Args:
        oauth: Spotify's accounts service.
        redirect_uri: A loopback redirect registered with the Spotify app; without a port, any is used.
        through_chat: Whether a model passes the link on. It is given `link` then, which names this computer
            and holds nothing of what goes to Spotify; only a browser that opened it can finish.
    """

    def __init__(
        self, oauth: SpotifyOAuth, *, redirect_uri: str = DEFAULT_REDIRECT, through_chat: bool = False
    ) -> None:
        self._oauth = oauth
        self._registered = urlsplit(redirect_uri)
        self._through_chat = through_chat
        self._ticket = secrets.token_urlsafe(16)
        self._nonce = secrets.token_urlsafe(32)
        self._state = secrets.token_urlsafe(32)
        self._pkce = new_pkce()
        self._answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._redirect_uri = redirect_uri

    def listen(self) -> socket.socket:
        """Take the loopback port that Spotify will send the browser to.

        Raises:
            AddressInUseError: If the redirect URI names a port that another program has.
        """
        try:
            listener = bind(self._registered.hostname or "127.0.0.1", self._registered.port or 0)
        except AddressInUseError as error:
            advice = "Register http://127.0.0.1/callback without a port, and unset SPOTIFY_REDIRECT_URI."
            raise AddressInUseError(str(error), advice=advice) from None
        host = f"[{self._registered.hostname}]" if ":" in (self._registered.hostname or "") else "127.0.0.1"
        path = self._registered.path or "/callback"
        self._redirect_uri = f"http://{host}:{port_of(listener)}{path}"
        return listener

    @property
    def url(self) -> str:
        """The address at Spotify to open in a browser; call `listen` first."""
        scopes = frozenset[str]().union(*(SPOTIFY_SCOPES[permission] for permission in LEVELS["everything"]))
        return self._oauth.authorize_url(
            redirect_uri=self._redirect_uri,
            scopes=sorted(scopes),
            state=self._state,
            challenge=self._pkce.challenge,
        )

    @property
    def is_answered(self) -> bool:
        """Whether the person is back from Spotify."""
        return self._answer.done()

    @property
    def link(self) -> str:
        """The address on this computer that leads to Spotify, for a sign-in `through_chat`."""
        address = urlsplit(self._redirect_uri)
        return f"{address.scheme}://{address.netloc}/{self._ticket}"

    async def wait(self, listener: socket.socket, *, opened: Callable[[str], object]) -> TokenSet:
        """Serve the callback until the person is back, then redeem the code.

        Args:
            listener: From `listen`.
            opened: Called with the address to open, `link` or `url`, once the listener is up.

        Raises:
            SpotifySignInError: The person declined, took longer than ten minutes, or Spotify refused.
        """
        routes = [Route(self._registered.path or "/callback", self._callback, methods=["GET"])]
        if self._through_chat:
            routes.append(Route(f"/{self._ticket}", self._depart, methods=["GET"]))
        app = Starlette(routes=routes)
        with closing(listener):
            return await self._redeem(await self._served(app, listener, opened))

    async def _served(self, app: Starlette, listener: socket.socket, opened: Callable[[str], object]) -> str:
        """Serve until the person is back, and return their code."""
        async with serving(app, listener, lifespan=False):
            opened(self.link if self._through_chat else self.url)
            try:
                async with asyncio.timeout(SIGN_IN_SECONDS):
                    return await self._answer
            except TimeoutError:
                raise SpotifySignInError("The sign-in was not finished within ten minutes.") from None

    async def redeem_address(self, address: str) -> TokenSet:
        """Finish with the address the browser ended on, for a browser on another computer.

        Raises:
            SpotifySignInError: The address is not the end of this sign-in, or Spotify refused.
        """
        query = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
        if not self._belongs(query):
            raise SpotifySignInError("This address does not belong to the sign-in that was started here.")
        return await self._redeem(_code_of(query))

    async def _redeem(self, code: str) -> TokenSet:
        return await self._oauth.exchange_code(
            code, redirect_uri=self._redirect_uri, verifier=self._pkce.verifier
        )

    def _belongs(self, query: Mapping[str, str]) -> bool:
        return secrets.compare_digest(query.get("state", "").encode(), self._state.encode())

    async def _depart(self, _request: Request) -> Response:
        """Send the browser on to Spotify, and remember that it was this one."""
        response = RedirectResponse(self.url, 303, {"Cache-Control": "no-store"})
        response.set_cookie(
            f"aux_{self._ticket}",
            self._nonce,
            max_age=int(SIGN_IN_SECONDS),
            path="/",
            httponly=True,
            samesite="lax",
        )
        return response

    def _is_same_browser(self, request: Request) -> bool:
        if not self._through_chat:
            return True
        from auxcord.authorization.cookies import cookie_of  # noqa: PLC0415 - not at the start over stdio

        held = cookie_of(request, f"aux_{self._ticket}") or ""
        return secrets.compare_digest(held.encode(), self._nonce.encode())

    async def _callback(self, request: Request) -> Response:
        if request.method == "HEAD":  # a preview must not use up the sign-in
            return Response(status_code=405, headers={"Allow": "GET"})
        if not self._belongs(request.query_params):
            return _page("This address does not belong to the sign-in that is waiting here.", status=400)
        if not self._is_same_browser(request):
            return _page("Another browser began this sign-in; finish it there.", status=403)
        if self._answer.done():
            return _page("This sign-in is over. You can close this window.", status=410)
        try:
            self._answer.set_result(_code_of(request.query_params))
        except SpotifySignInError as error:
            self._answer.set_exception(error)
            return _page(f"{error} You can close this window.")
        return _page(f"Spotify has answered. {IN_CHAT if self._through_chat else IN_TERMINAL}")


def _code_of(query: Mapping[str, str]) -> str:
    if "error" in query:
        raise SpotifySignInError(
            "Access was declined at Spotify.", advice="Start again and approve, if that was not intended."
        )
    if not query.get("code"):
        raise SpotifySignInError("Spotify sent no authorization code.")
    return query["code"]


def _page(sentence: str, *, status: int = 200) -> HTMLResponse:
    headers = {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Auxcord</title><p>{sentence}</p></html>'
    )
    return HTMLResponse(body, status_code=status, headers=headers)
