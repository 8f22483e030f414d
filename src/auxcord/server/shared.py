"""The server for many people: MCP over HTTP, and our authorization server in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.authorization.limits import Limit, Rates
from auxcord.authorization.provider import AuxcordProvider
from auxcord.server.assembly import build_mcp
from auxcord.server.callers import SignedInCallers
from auxcord.server.draining import Draining
from auxcord.server.health import Health
from auxcord.server.http import Edge, build_http_app
from auxcord.server.limits import Limits
from auxcord.server.quotas import Quotas
from auxcord.server.stateless import StatelessMcp
from auxcord.server.surface import Offering
from auxcord.tools import TOOLSETS
from auxcord.vault.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastmcp import FastMCP
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from auxcord.caller import Permission
    from auxcord.server.assembly import Parts
    from auxcord.server.settings import Settings


def build_provider(settings: Settings, parts: Parts) -> AuxcordProvider:
    """Build our authorization server."""
    return AuxcordProvider(
        settings.address,
        parts.store,
        parts.vault,
        parts.accounts,
        redirect_uri=settings.spotify_redirect,
        refresh_seconds=settings.refresh_token_max_age,
        clock=parts.clock,
        rates=Rates(
            tokens=settings.rate_limit_tokens,
            sign_ins=settings.rate_limit_sign_ins,
            registrations=settings.rate_limit_registrations,
        ),
    )


def build_shared_mcp(
    settings: Settings, parts: Parts, *, kind: Callable[..., FastMCP] = StatelessMcp
) -> tuple[FastMCP, AuxcordProvider]:
    """Build the MCP server for many people (`kind` makes the object), and its authorization server."""
    provider = build_provider(settings, parts)

    async def granted(grant_id: str) -> frozenset[Permission]:
        grant = await provider.parts.grants.find(grant_id)
        return frozenset() if grant is None else grant.permissions

    callers = SignedInCallers(
        parts.vault,
        parts.accounts,
        Questions(parts.vault, parts.store, clock=parts.clock),
        sign_in_url=provider.sign_in_url,
        account_url=provider.account_url,
        granted=granted,
        clock=parts.clock,
        cache=parts.cache,
    )
    quotas = Quotas(
        person=Limit(settings.rate_limit_user),
        client=Limit(settings.rate_limit_client),
        trail=parts.accounts.trail,
    )
    offering = Offering.of(settings)
    mcp = build_mcp(callers, parts, auth=provider, kind=kind, offering=offering, quotas=quotas)
    return mcp, provider


def build_app(settings: Settings, parts: Parts, draining: Draining | None = None) -> ASGIApp:
    """Build the HTTP application for many people: MCP, OAuth, pages; `draining` says when it has to end."""
    mcp, provider = build_shared_mcp(settings, parts)
    return over_http(settings, parts, mcp, provider, draining)


def over_http(
    settings: Settings,
    parts: Parts,
    mcp: FastMCP,
    provider: AuxcordProvider,
    draining: Draining | None = None,
) -> Starlette:
    """Build the HTTP application around an MCP server, as the settings want it."""
    draining = draining or Draining()
    needs = {spec.name: spec.needs for toolset in TOOLSETS for spec in toolset}
    return build_http_app(
        mcp,
        provider,
        public_url=settings.address,
        challenged=needs if settings.insufficient_scope == "challenge" else None,
        edge=Edge(
            trusted_proxies=settings.trusted_proxies,
            health=Health(parts.store, parts.vault, draining),
            draining=draining,
            limits=Limits(everybody=settings.rate_limit_global, address=settings.rate_limit_address),
        ),
    )
