"""The server for the one person of this computer, over stdio; whoever starts it, it is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.server.assembly import Parts, build_local_mcp
from auxcord.server.beginning import begin_telling
from auxcord.server.cautions import warn
from auxcord.server.keys import local_keys
from auxcord.server.settings import Settings
from auxcord.server.surface import Offering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastmcp import FastMCP


def begin_alone(environ: Mapping[str, str] | None = None) -> FastMCP:
    """Read the settings, begin to log, say what is unwise, and build the server.

    Args:
        environ: The environment; that of this process when omitted.

    Raises:
        SettingsError: Something about the settings is wrong.
        KeyRingError: The encryption key cannot be had.
    """
    settings = Settings.load(environ, command="stdio")
    begin_telling(settings, audit=False)
    warn(settings, "stdio")
    parts = Parts.of(settings, local_keys(settings), alone=True)
    return build_local_mcp(parts, redirect_uri=settings.redirect_uri, offering=Offering.of(settings))
