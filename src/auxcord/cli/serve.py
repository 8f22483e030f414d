"""`auxcord serve`: many people, over HTTP."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import gc
import os
import sys
from collections.abc import Callable
from typing import Annotated

from cyclopts import Parameter

from auxcord.server.assembly import Parts
from auxcord.server.beginning import begin_telling
from auxcord.server.cautions import warn
from auxcord.server.draining import Draining
from auxcord.server.listener import allow_many_connections, bind
from auxcord.server.listener import serve as serve_app
from auxcord.server.monitoring import monitored
from auxcord.server.reloading import reloading
from auxcord.server.settings import Settings
from auxcord.server.shared import build_app
from auxcord.server.trimming import trimming


def serve(
    *,
    host: Annotated[str | None, Parameter(help="The address to listen on; wins over AUXCORD_HOST.")] = None,
    port: Annotated[int | None, Parameter(help="The port to listen on; wins over AUXCORD_PORT.")] = None,
) -> None:
    """Serve many people over HTTP: MCP at /mcp, sign-in for MCP clients and people beside it.

    Settings come from the environment; every problem is told at once. SIGTERM lets requests in flight finish;
    SIGHUP reads the encryption keys again.
    """
    options = {"AUXCORD_HOST": host, "AUXCORD_PORT": None if port is None else str(port)}
    given = {name: value for name, value in options.items() if value is not None}

    def load() -> Settings:
        return Settings.load(os.environ | given)

    settings = load()
    begin_telling(settings, audit=True)
    warn(settings, "serve")
    asyncio.run(_serve(settings, load))


async def _serve(settings: Settings, load: Callable[[], Settings]) -> None:
    allow_many_connections()
    parts = Parts.of(settings, settings.keys)
    listener = bind(settings.host, settings.port)
    try:
        draining = Draining()
        app = build_app(settings, parts, draining)
        await parts.open()
        async with monitored(settings, parts), reloading(parts.vault, load), trimming():
            print(  # the operator's confirmation; standard output stays free
                f"Auxcord serves {settings.address}/mcp\n"
                f"Register {settings.spotify_redirect} as a redirect URI of your Spotify app.",
                file=sys.stderr,
            )
            gc.collect()
            gc.freeze()  # what start-up made lives for ever; not scanning it again cuts the slowest calls
            await serve_app(app, listener, draining=draining, delay=settings.shutdown_delay)
    finally:
        listener.close()
        await parts.close()
