"""For hosts that import a module-level server object and serve it themselves."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from starlette.routing import Route

from auxcord.authorization.provider import AuxcordProvider
from auxcord.errors import AuxcordError, SettingsError
from auxcord.server.alone import begin_alone
from auxcord.server.assembly import Parts, build_mcp, build_unconfigured_mcp
from auxcord.server.beginning import begin_telling
from auxcord.server.callers import UnconfiguredCallers
from auxcord.server.cautions import warn
from auxcord.server.headers import SecurityHeaders
from auxcord.server.health import alive, unconfigured
from auxcord.server.monitoring import monitored
from auxcord.server.settings import Settings
from auxcord.server.shared import build_shared_mcp, over_http
from auxcord.server.stateless import StatelessMcp
from auxcord.server.trimming import trimming
from auxcord.telemetry.requests import RequestIds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from fastmcp import FastMCP
    from fastmcp.server.http import StarletteWithLifespan
    from starlette.applications import Starlette


class _ImportedMcp(StatelessMcp):
    """A server object that a host imports. Over stdio it serves this computer's person, as `auxcord` does."""

    def __init__(self, environ: Mapping[str, str] | None, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._environ = environ

    async def run_stdio_async(self, *arguments: Any, **options: Any) -> None:
        """Serve on standard input and output; see FastMCP's."""
        try:
            mcp = begin_alone(self._environ)
        except AuxcordError as error:
            _tell(error)
            mcp = build_unconfigured_mcp(error)
        await mcp.run_stdio_async(*arguments, **options)


class _UnconfiguredMcp(_ImportedMcp):
    """Over HTTP, a server that answers every call with what to configure; load balancers are kept away."""

    def __init__(self, reason: AuxcordError, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._reason = reason

    def http_app(self, *arguments: Any, **options: Any) -> StarletteWithLifespan:
        """Build the application; see FastMCP's."""
        app = super().http_app(*arguments, **options)
        app.router.routes.extend([Route("/healthz", alive), Route("/readyz", unconfigured)])
        app.add_middleware(SecurityHeaders, https=False)
        app.add_middleware(RequestIds)
        return _before(app, lambda: _tell(self._reason))


class _HostedMcp(_ImportedMcp):
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
            async with inner(application) as state, monitored(self._settings, self._parts), trimming():
                yield state

        app.router.lifespan_context = lifespan
        return _before(cast("StarletteWithLifespan", app), lambda: warn(self._settings, "serve"))


def _before(app: StarletteWithLifespan, telling: Callable[[], None]) -> StarletteWithLifespan:
    """Let an application tell something when it begins to serve."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[Any]:
        telling()
        async with inner(application) as state:
            yield state

    app.router.lifespan_context = lifespan
    return app


def _tell(error: AuxcordError) -> None:
    for line in error.problems if isinstance(error, SettingsError) else [f"{error} {error.advice}"]:
        sys.stderr.write(f"auxcord: {line}\n")


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
        kind = partial(_HostedMcp, settings, parts, environ)
        mcp, _provider = build_shared_mcp(settings, parts, kind=kind)
    except AuxcordError as error:
        return build_mcp(UnconfiguredCallers(error), kind=partial(_UnconfiguredMcp, error, environ))
    return mcp
