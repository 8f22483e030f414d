"""A missing permission as an HTTP challenge (RFC 6750 section 3.1), for operators whose clients want that.

Clients that understand it sign in again for what is missing; others hang, which is why a tool result with a
link is the default. Only clients of 2026-07-28 are challenged: their headers say which tool is called, and a
header that differs from the body is refused later. Passing this by gains nothing, for the tools themselves
are guarded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.routes import build_resource_metadata_url
from mcp.shared.inbound import decode_header_value
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from auxcord.authorization.scopes import names_of, permissions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import AnyHttpUrl
    from starlette.types import ASGIApp, Receive, Scope, Send

    from auxcord.caller import Permission


class ScopeChallenge:
    """Middleware: answers a call that lacks its permission with 403 and all scopes it needs.

    Args:
        app: The application behind.
        needs: The permission each tool needs.
        resource_url: The address of our MCP endpoint.
    """

    def __init__(self, app: ASGIApp, *, needs: Mapping[str, Permission], resource_url: AnyHttpUrl) -> None:
        self._app = app
        self._needs = needs
        self._metadata = str(build_resource_metadata_url(resource_url))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or challenge it."""
        tool = _called(scope)
        needed = None if tool is None else self._needs.get(tool)
        if needed is None or needed.value in scope["user"].scopes:
            await self._app(scope, receive, send)
        else:
            await self._challenge(needed, scope["user"])(scope, receive, send)

    def _challenge(self, needed: Permission, user: AuthenticatedUser) -> JSONResponse:
        # What it has is named too: a client that asks for the missing part alone would lose the rest.
        scopes = " ".join(names_of(permissions_of(user.scopes) | {needed}))
        description = f"This needs the permission {needed.value}."
        challenge = (
            f'Bearer error="insufficient_scope", error_description="{description}", scope="{scopes}", '
            f'resource_metadata="{self._metadata}"'
        )
        body = {"error": "insufficient_scope", "error_description": description, "scope": scopes}
        return JSONResponse(body, 403, {"WWW-Authenticate": challenge, "Cache-Control": "no-store"})


def _called(scope: Scope) -> str | None:
    """Return the tool that a request of a signed-in 2026-07-28 client calls, as its headers say."""
    if (
        scope["type"] != "http"
        or scope["method"] != "POST"
        or not isinstance(scope.get("user"), AuthenticatedUser)
    ):
        return None
    headers = Headers(scope=scope)
    version = headers.get("mcp-protocol-version")
    if version is None or version in HANDSHAKE_PROTOCOL_VERSIONS or headers.get("mcp-method") != "tools/call":
        return None
    return decode_header_value(headers.get("mcp-name"))
