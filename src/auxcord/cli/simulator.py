"""`auxcord simulator`: a Spotify on this computer."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import sys
from typing import Annotated, Literal

from cyclopts import Parameter

from auxcord.server.listener import bind, port_of, serve
from auxcord.simulator.app import create_app
from auxcord.simulator.oauth.apps import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET

Profile = Literal["development", "legacy-development", "extended"]


def simulator(
    *,
    host: Annotated[str, Parameter(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="The port to listen on; 0 takes any free one.")] = 8765,
    seed: Annotated[int, Parameter(help="The same seed makes the same artists, tracks and people.")] = 1,
    latency: Annotated[float, Parameter(help="Seconds every answer takes.")] = 0.0,
    profile: Annotated[
        Profile, Parameter(help="The access mode of the default Spotify app.")
    ] = "development",
) -> None:
    """Run a simulated Spotify: accounts service and Web API over an invented world."""
    app = create_app(seed=seed, latency=latency, profile=profile)
    listener = bind(host, port)
    address = f"http://{host}:{port_of(listener)}"
    print(
        f"A simulated Spotify answers at {address}\n"
        f"  AUXCORD_SPOTIFY_ACCOUNTS_URL={address}\n"
        f"  AUXCORD_SPOTIFY_API_URL={address}/v1\n"
        f"  SPOTIFY_CLIENT_ID={DEFAULT_CLIENT_ID}\n"
        f"  SPOTIFY_CLIENT_SECRET={DEFAULT_CLIENT_SECRET}",
        file=sys.stderr,
    )
    asyncio.run(serve(app, listener))
