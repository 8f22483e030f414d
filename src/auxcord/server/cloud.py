"""For hosts that import a module-level server object and serve it themselves."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from fastmcp import FastMCP

from auxcord.authorization.provider import AuxcordProvider
from auxcord.errors import AuxcordError
from auxcord.server.assembly import Parts, build_unconfigured_mcp
from auxcord.server.settings import Settings
from auxcord.server.shared import build_shared_mcp, over_http
from auxcord.telemetry import logs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastmcp.server.http import StarletteWithLifespan


class _HostedMcp(FastMCP):
    """A server whose host asks it for an HTTP app: it gives the one we serve, with all its guards."""

    def __init__(self, settings: Settings, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._settings = settings

    def http_app(self, *_arguments: Any, **_options: Any) -> StarletteWithLifespan:
        """Build the application; it is served at `/mcp` of the public address, whatever the host asks for."""
        assert isinstance(self.auth, AuxcordProvider)
        return cast("StarletteWithLifespan", over_http(self._settings, self, self.auth))


def cloud_mcp(environ: Mapping[str, str] | None = None) -> FastMCP:
    """Build the server from the environment alone; nothing is opened or written before it serves.

    Args:
        environ: The environment; the process's own when omitted.

    Returns:
        The configured server, or one whose every answer says what to configure.
    """
    try:
        settings = Settings.load(environ)
        logs.configure(settings.log_level, audit=True)
        parts = Parts.of(settings, settings.keys)
        mcp, _provider = build_shared_mcp(settings, parts, kind=partial(_HostedMcp, settings))
    except AuxcordError as error:
        return build_unconfigured_mcp(error)
    return mcp
