"""`auxcord`: one person, over stdio."""

from __future__ import annotations

import asyncio
import gc

from auxcord.server.alone import begin_alone


def stdio() -> None:
    """Serve MCP on standard input and output until the client closes them; logs go to standard error."""
    mcp = begin_alone()
    gc.freeze()  # what start-up made lives for ever: it is not looked at again
    gc.enable()
    asyncio.run(mcp.run_stdio_async(show_banner=False))
