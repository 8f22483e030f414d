"""Headers every answer carries, and what the headers of a request must look like to be looked at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
}
_A_YEAR: Final = "max-age=31536000"
_PLAIN: Final = (b"content-type", b"text/plain; charset=utf-8")
_KEPT: Final = (b"cache-control", b"no-cache, no-transform")
"""What the SDK says of its streams: they could be kept, if never shown without asking. They are personal."""
_UNKEPT: Final = (b"cache-control", b"no-store, no-transform")
_AUTHORITY: Final = r"(?:[\w-]+(?:\.[\w-]+)*\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?"
_HOST: Final = re.compile(_AUTHORITY, re.ASCII)
_ORIGIN: Final = re.compile(rf"null|[A-Za-z][\w+.-]*://{_AUTHORITY}", re.ASCII)


class SecurityHeaders:
    """Middleware: adds the headers that a page or endpoint has not set itself.

    No Cross-Origin-Opener-Policy, but on the account page, which sets it itself: web clients open the sign-in
    in a window they must hear from again.

    Args:
        app: The application behind.
        https: Whether people reach us over https; browsers then insist on it from then on.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https
        headers = {**ALWAYS, "Strict-Transport-Security": _A_YEAR} if https else ALWAYS
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and dress the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._https:  # whatever the proxy says: no redirect of ours may lead to plain http
            scope["scheme"] = "https"

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                missing = [header for header in self._headers if header[0] not in present]
                if b"content-type" not in present and _has_body(message):
                    missing.append(_PLAIN)
                own = [_UNKEPT if header == _KEPT else header for header in message["headers"]]
                message["headers"] = [*own, *missing]
            await send(message)

        await self._app(scope, receive, dressed)


class OneSource:
    """Middleware: refuses requests whose Host or Origin is malformed or there twice.

    FastMCP's guard behind it compares the host in them and forgives what follows; two of a kind would be read
    differently by it and by a proxy.

    Args:
        app: The application behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http":
            if not _fits(scope, b"host", _HOST, least=1):
                await PlainTextResponse("Misdirected Request", 421)(scope, receive, send)
                return
            if not _fits(scope, b"origin", _ORIGIN, least=0):
                await PlainTextResponse("Forbidden Origin", 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _has_body(message: Message) -> bool:
    """Whether an answer says itself that something follows; FastMCP's guards do not say what."""
    return any(name == b"content-length" and value != b"0" for name, value in message["headers"])


def _fits(scope: Scope, name: bytes, form: re.Pattern[str], *, least: int) -> bool:
    values = [value.decode("latin-1") for header, value in scope["headers"] if header == name]
    return least <= len(values) <= 1 and all(form.fullmatch(value) for value in values)
