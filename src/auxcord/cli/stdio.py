"""`auxcord`: one person, over stdio."""

from __future__ import annotations

import asyncio
import gc

from auxcord.server.assembly import Parts, build_local_mcp
from auxcord.server.beginning import begin_telling
from auxcord.server.cautions import warn
from auxcord.server.keys import local_keys
from auxcord.server.settings import Settings
from auxcord.server.surface import Offering


def stdio() -> None:
    """Serve MCP on standard input and output until the client closes them; logs go to standard error."""
    settings = Settings.load(command="stdio")
    begin_telling(settings, audit=False)
    warn(settings, "stdio")
    parts = Parts.of(settings, local_keys(settings), alone=True)
    mcp = build_local_mcp(parts, redirect_uri=settings.redirect_uri, offering=Offering.of(settings))
    gc.freeze()  # what start-up made lives for ever: it is not looked at again
    gc.enable()
    asyncio.run(mcp.run_stdio_async(show_banner=False))
