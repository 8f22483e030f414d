"""For hosts that import a module-level server object and serve it themselves."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from fastmcp import FastMCP

from auxcord.authorization.provider import AuxcordProvider
from auxcord.errors import AuxcordError
from auxcord.server.assembly import Parts, build_unconfigured_mcp
from auxcord.server.beginning import begin_telling
from auxcord.server.cautions import warn
from auxcord.server.monitoring import monitored
from auxcord.server.settings import Settings
from auxcord.server.shared import build_shared_mcp, over_http

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from fastmcp.server.http import StarletteWithLifespan
    from starlette.applications import Starlette


class _HostedMcp(FastMCP):
    """A server whose host asks it for an HTTP app: it gives the one we serve, with all its guards."""

    def __init__(self, settings: Settings, parts: Parts, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._settings = settings
        self._parts = parts

    def http_app(self, *_arguments: Any, **_options: Any) -> StarletteWithLifespan:
        """Build the application; it is served at `/mcp` of the public address, whatever the host asks for."""
        assert isinstance(self.auth, AuxcordProvider)
        app = over_http(self._settings, self._parts, self, self.auth)
        inner = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(application: Starlette) -> AsyncIterator[Any]:
            warn(self._settings, "serve")
            async with inner(application) as state, monitored(self._settings, self._parts):
                yield state

        app.router.lifespan_context = lifespan
        return cast("StarletteWithLifespan", app)


def cloud_mcp(environ: Mapping[str, str] | None = None) -> FastMCP:
    """Build the server from the environment alone; nothing is opened or written before it serves.

    Args:
        environ: The environment; the process's own when omitted.

    Returns:
        The configured server, or one whose every answer says what to configure.
    """
    try:
        settings = Settings.load(environ)
        begin_telling(settings, audit=True)
        parts = Parts.of(settings, settings.keys)
        mcp, _provider = build_shared_mcp(settings, parts, kind=partial(_HostedMcp, settings, parts))
    except AuxcordError as error:
        return build_unconfigured_mcp(error)
    return mcp
