"""What browsers keep for us: what ties a sign-in to one browser, and which Spotify app was used there last.

Each sign-in has a cookie of its own, so that several can run at once.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

from auxcord.authorization.tickets import SIGN_IN_SECONDS
from auxcord.authorization.tokens import digest

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

APP_SECONDS: Final = 180 * 24 * 3600
"""As long as a consent at Spotify lasts."""
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def cookie_of(request: Request, name: str) -> str | None:
    """Read a cookie that a request brings once, under exactly this name; None otherwise.

    Starlette takes off a name what Python counts as space and browsers do not (0x85, 0xA0). A neighbouring
    host could set `<0xA0>__Host-...` for its whole domain, as no browser holds that to what `__Host-`
    promises, and it would pass for ours. Of two with one name, nobody can tell which is ours.
    """
    pairs = (
        pair.strip(" \t").partition("=") for pair in ";".join(request.headers.getlist("cookie")).split(";")
    )
    values = [value for key, equals, value in pairs if equals and key == name]
    return values[0] if len(values) == 1 else None


class BrowserCookies:
    """Sets, reads and checks these cookies.

    Args:
        secure: Whether people reach us over https; then the name carries the `__Host-` promise (RFC 6265bis).
    """

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    def nonce(self, request: Request, ticket_hash: bytes) -> str | None:
        """Read what this browser holds for a sign-in; None if nothing usable."""
        value = cookie_of(request, self._name(ticket_hash))
        return value if value is not None and _NONCE.fullmatch(value) else None

    def is_from(self, request: Request, ticket_hash: bytes, nonce_hash: bytes | None) -> bool:
        """Whether the request comes from the browser that agreed to the sign-in."""
        nonce = self.nonce(request, ticket_hash)
        if nonce is None or nonce_hash is None:
            return False
        return hmac.compare_digest(digest(nonce), nonce_hash)

    def keep(self, response: Response, ticket_hash: bytes, nonce: str) -> None:
        """Make the browser hold a nonce until the sign-in expires.

        Lax, not Strict: the way back from Spotify is a navigation from another site.
        """
        response.set_cookie(
            self._name(ticket_hash),
            nonce,
            max_age=SIGN_IN_SECONDS,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, response: Response, ticket_hash: bytes) -> None:
        """Make the browser forget."""
        response.delete_cookie(
            self._name(ticket_hash), path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def remember_app(self, response: Response, client_id: str) -> None:
        """Make the browser remember which Spotify app its person is linked through; it names nobody."""
        response.set_cookie(
            self._app_name,
            client_id,
            max_age=APP_SECONDS,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def app(self, request: Request) -> str | None:
        """Read which Spotify app was used in this browser last; whoever uses the answer checks it."""
        return cookie_of(request, self._app_name)

    @property
    def _app_name(self) -> str:
        return f"{'__Host-' if self._secure else ''}aux_app"

    def _name(self, ticket_hash: bytes) -> str:
        return f"{'__Host-' if self._secure else ''}aux_{ticket_hash.hex()[:16]}"


def csrf_token(nonce: str, ticket: str) -> str:
    """Make the form's proof that it was shown to the browser that holds the nonce."""
    return hmac.new(nonce.encode(), f"consent\n{ticket}".encode(), hashlib.sha256).hexdigest()


def is_csrf_token(presented: str, nonce: str, ticket: str) -> bool:
    """Whether a form's proof is the one for this browser and sign-in."""
    return hmac.compare_digest(presented.encode(), csrf_token(nonce, ticket).encode())
