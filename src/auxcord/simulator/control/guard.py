"""Who may use the control API: programs on this machine, never a web page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

Endpoint = Callable[["Request"], Awaitable[Response]]
_LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})
_HOSTS = frozenset({"127.0.0.1", "[::1]", "localhost", "testserver", "simulator"})
_RESERVED = (".localhost", ".test", ".invalid", ".example")
"""Names nobody can register (RFC 6761), so no web page can point one of its own at this machine."""


def reason_to_refuse(request: Request) -> str | None:
    """Say why a request may not control the simulator; None when it may."""
    if request.client is not None and request.client.host not in _LOOPBACK:
        return "The control API answers only to this machine."
    if "origin" in request.headers:
        return "The control API does not answer to web pages."
    host = request.headers.get("host", "")
    name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]
    if name.lower() not in _HOSTS and not name.lower().endswith(_RESERVED):
        return "The control API answers only under a loopback name."
    return None


def guarded(endpoint: Endpoint) -> Endpoint:
    """Put the guard in front of an endpoint."""

    @wraps(endpoint)
    async def checked(request: Request) -> Response:
        reason = reason_to_refuse(request)
        if reason is not None:
            return JSONResponse({"error": reason}, 403)
        return await endpoint(request)

    return checked
