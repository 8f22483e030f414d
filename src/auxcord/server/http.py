"""The HTTP application: the MCP endpoint, the authorization server, the pages, and what guards them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from fastmcp import FastMCP
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount, Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from auxcord.authorization.pages import Pages
from auxcord.authorization.parts import MCP_PATH
from auxcord.authorization.routes import EXPOSED
from auxcord.server.headers import OneSource, SecurityHeaders
from auxcord.server.health import alive
from auxcord.server.limits import UNLIMITED, Limits, RequestLimits
from auxcord.server.rewording import Rewording
from auxcord.server.sessions import IDLE_SECONDS, SessionLimit, Sessions
from auxcord.server.stepup import ScopeChallenge
from auxcord.server.streams import RevocationWatch
from auxcord.telemetry.requests import RequestIds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from auxcord.authorization.provider import AuxcordProvider
    from auxcord.caller import Permission
    from auxcord.server.draining import Draining
    from auxcord.server.health import Health

_MCP_HEADERS: Final = (
    "authorization",
    "content-type",
    "last-event-id",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
)


class Edge(NamedTuple):
    """Whom and how many the application lets in.

    Attributes:
        browser_origins: Origins of MCP clients that run in a browser.
        trusted_proxies: Addresses and networks whose word on who is asking is believed.
        limits: How many requests are too many.
        health: Answers monitors; without it `/healthz` alone does.
        draining: Whether this process is about to end.
    """

    browser_origins: Sequence[str] = ()
    trusted_proxies: Sequence[str] = ()
    limits: Limits = UNLIMITED
    health: Health | None = None
    draining: Draining | None = None


EDGE: Final = Edge()


def build_http_app(
    mcp: FastMCP,
    provider: AuxcordProvider | None,
    *,
    public_url: str,
    edge: Edge = EDGE,
    json_response: bool = False,
    stateless_http: bool = False,
    challenged: Mapping[str, Permission] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Starlette:
    """Build the application.

    Args:
        mcp: The MCP server to serve at `/mcp`.
        provider: Who may use it; None serves everybody, which is for test servers on loopback only.
        public_url: Where people and clients reach us. Only requests for its host, and from its origin if a
            browser names one, are answered; a path in it is where the application is mounted.
        edge: Whom and how many it lets in.
        json_response: Answer with JSON instead of event streams. Progress and, for 2025-11-25 clients,
            questions to the person are lost.
        stateless_http: Keep no sessions. Questions to the person are lost for 2025-11-25 clients.
        challenged: The permissions tools need, if a call that lacks its own is to be answered with HTTP 403.
        sleep: Waits so many seconds.
    """
    address = urlsplit(public_url)
    mcp.auth = provider
    origins = [f"{address.scheme}://{address.netloc}", *edge.browser_origins]
    sessions = Sessions()
    app = FastMCP.http_app(  # by its class: the hosted server of `cloud.py` leads its own `http_app` here
        mcp,
        path=MCP_PATH,
        middleware=[
            *_cross_origin(edge.browser_origins),
            *_for_people(provider, sessions, challenged, edge.draining, sleep),
            Middleware(Rewording),
        ],
        json_response=json_response,
        stateless_http=stateless_http,
        host_origin_protection=True,
        allowed_hosts=[address.hostname or ""],
        allowed_origins=origins,
        session_idle_timeout=IDLE_SECONDS,
    )
    base_url = public_url.rstrip("/")
    pages = Pages(base_url) if provider is None else provider.parts.pages
    probes = [Route("/healthz", alive)] if edge.health is None else edge.health.routes()
    own = _own_routes(pages, f"{base_url}{MCP_PATH}", with_assets=provider is None)
    app.router.routes.extend([*probes, *own])
    app.router.routes.sort(key=lambda route: getattr(route, "path", "") != MCP_PATH)  # the busiest one first
    app.router.lifespan_context = sessions.bounded(app)
    app.add_middleware(OneSource)
    if provider is not None:
        app.add_middleware(RequestLimits, limits=edge.limits, pages=pages, told=provider.parts.limit_hit)
    app.add_middleware(SecurityHeaders, https=address.scheme == "https")
    app.add_middleware(RequestIds)
    if edge.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(edge.trusted_proxies))
    return _below(address.path.rstrip("/"), app, provider)


def _own_routes(pages: Pages, mcp_url: str, *, with_assets: bool) -> list[Route]:
    async def welcome(_request: Request) -> Response:
        return pages.welcome(mcp_url)

    assets = pages.routes() if with_assets else []
    return [Route("/", welcome), *assets]


def _cross_origin(browser_origins: Sequence[str]) -> list[Middleware]:
    if not browser_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(browser_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=_MCP_HEADERS,
            expose_headers=[*EXPOSED, "WWW-Authenticate", "Mcp-Session-Id", "MCP-Protocol-Version"],
        )
    ]


def _for_people(
    provider: AuxcordProvider | None,
    sessions: Sessions,
    challenged: Mapping[str, Permission] | None,
    draining: Draining | None,
    sleep: Callable[[float], Awaitable[None]],
) -> list[Middleware]:
    if provider is None:
        return []
    challenge = Middleware(ScopeChallenge, needs=challenged or {}, resource_url=provider.parts.resource_url)
    return [
        *([challenge] if challenged else []),
        Middleware(SessionLimit, sessions=sessions, refused=provider.sessions_exceeded),
        Middleware(RevocationWatch, still_valid=provider.still_valid, draining=draining, sleep=sleep),
    ]


def _below(path: str, app: Starlette, provider: AuxcordProvider | None) -> Starlette:
    """Mount the application below a path; its well-known documents stay at the root (RFC 8414, RFC 9728).

    A proxy may take the path away or leave it: both arrive.
    """
    if not path:
        return app
    well_known = [] if provider is None else provider.get_well_known_routes(MCP_PATH)
    lifespan = app.router.lifespan_context
    return Starlette(routes=[*well_known, Mount(path, app), Mount("/", app)], lifespan=lifespan)
