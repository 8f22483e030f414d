"""The server for many people: MCP over HTTP, and our authorization server in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastmcp import FastMCP

from auxcord.authorization.provider import AuxcordProvider
from auxcord.server.assembly import build_mcp
from auxcord.server.callers import SignedInCallers
from auxcord.server.http import build_http_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from auxcord.server.assembly import Parts
    from auxcord.server.settings import Settings


def build_provider(settings: Settings, parts: Parts) -> AuxcordProvider:
    """Build our authorization server."""
    return AuxcordProvider(
        settings.address,
        parts.store,
        parts.vault,
        parts.accounts,
        parts.oauth,
        parts.transport,
        redirect_uri=settings.spotify_redirect,
        clock=parts.clock,
    )


def build_shared_mcp(
    settings: Settings, parts: Parts, *, kind: Callable[..., FastMCP] = FastMCP
) -> tuple[FastMCP, AuxcordProvider]:
    """Build the MCP server for many people (`kind` makes the object), and its authorization server."""
    provider = build_provider(settings, parts)
    callers = SignedInCallers(
        parts.vault,
        parts.accounts,
        parts.transport,
        sign_in_url=provider.sign_in_url,
        clock=parts.clock,
        cache=parts.cache,
    )
    return build_mcp(callers, parts, auth=provider, kind=kind), provider


def build_app(settings: Settings, parts: Parts) -> ASGIApp:
    """Build the HTTP application for many people: MCP, OAuth, pages."""
    mcp, provider = build_shared_mcp(settings, parts)
    return build_http_app(mcp, provider, public_url=settings.address)
