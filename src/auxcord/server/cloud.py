"""For hosts that import a module-level server object and serve it themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.errors import AuxcordError
from auxcord.server.assembly import Parts, build_unconfigured_mcp
from auxcord.server.settings import Settings
from auxcord.server.shared import build_shared_mcp
from auxcord.telemetry import logs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastmcp import FastMCP


def cloud_mcp(environ: Mapping[str, str] | None = None) -> FastMCP:
    """Build the server from the environment alone; nothing is opened or written before it serves.

    Args:
        environ: The environment; the process's own when omitted.

    Returns:
        The configured server, or one whose every answer says what to configure.
    """
    try:
        settings = Settings.load(environ)
        logs.configure(settings.log_level)
        parts = Parts.of(settings, [key.get_secret_value() for key in settings.encryption_keys])
        mcp, _provider = build_shared_mcp(settings, parts)
    except AuxcordError as error:
        return build_unconfigured_mcp(error)
    return mcp
