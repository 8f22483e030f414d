"""`auxcord demo`: the simulator, the server, and a tour of both by two people."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from socket import socket
from typing import Annotated, Any, NamedTuple

from cyclopts import Parameter

from auxcord.cli.report import Report
from auxcord.errors import AddressInUseError
from auxcord.server.assembly import Parts
from auxcord.server.listener import bind, port_of, serving
from auxcord.server.settings import Settings
from auxcord.server.shared import build_app
from auxcord.simulator.app import create_app
from auxcord.simulator.oauth.apps import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from auxcord.telemetry import logs
from auxcord.vault import KeyRing

HOST = "127.0.0.1"
GENEROUS = {
    f"AUXCORD_RATE_LIMIT_{what}": "1000000/min"
    for what in ("USER", "CLIENT", "ADDRESS", "GLOBAL", "TOKENS", "SIGN_INS", "REGISTRATIONS")
}
"""Limits that count, but do not stand in the way of crowds that come from one address."""


class Stage(NamedTuple):
    """What the demo runs: the addresses of both servers, and the data directory."""

    server: str
    simulator: str
    data: Path


def demo(
    *,
    once: Annotated[
        bool, Parameter(help="End after the tour; exit 0 only if every check held.", negative="")
    ] = False,
    serve_only: Annotated[bool, Parameter(help="Skip the tour; only serve.", negative="")] = False,
    port: Annotated[int | None, Parameter(help="The server's port; 8000 or any free one by default.")] = None,
    simulator_port: Annotated[
        int | None, Parameter(help="The simulator's port; 8765 or any free one by default.")
    ] = None,
    seed: Annotated[int, Parameter(help="The seed of the invented world.")] = 1,
) -> None:
    """See two people sign in to one server, each with their own simulated Spotify, neither seeing the other.

    Needs no Spotify account and no internet. Its data lies in a temporary directory, removed at the end.
    """
    logs.configure("warning")
    held = asyncio.run(_demo(once=once, serve_only=serve_only, ports=(port, simulator_port), seed=seed))
    if not held:
        sys.exit(1)


async def _demo(*, once: bool, serve_only: bool, ports: tuple[int | None, int | None], seed: int) -> bool:
    from auxcord.cli.tour import tour  # noqa: PLC0415 - the MCP client is only needed for the tour

    report = Report()
    held = True
    stopped = _stopped()
    async with stage(*ports, seed=seed) as place:
        report.console.print(
            f"[bold]Auxcord[/] serves {place.server}/mcp; a simulated Spotify answers at {place.simulator}."
        )
        if not serve_only:
            held = await _unless(stopped, tour(place.server, place.simulator, place.data, report))
        if not once and not stopped.is_set():
            _invite(report, place)
            await stopped.wait()
    return held


@asynccontextmanager
async def stage(
    port: int | None, simulator_port: int | None, *, seed: int, **more: str
) -> AsyncIterator[Stage]:
    """Run the simulator and the server, with `more` settings, beside each other until the block is left."""
    simulator_socket = _take(simulator_port, preferred=8765)
    server_socket = _take(port, preferred=8000)
    simulator = f"http://{HOST}:{port_of(simulator_socket)}"
    with tempfile.TemporaryDirectory(prefix="auxcord-demo-") as directory:
        settings = settings_of(directory, port_of(server_socket), simulator, more)
        parts = Parts.of(settings, settings.keys)
        app = build_app(settings, parts)
        async with serving(create_app(seed=seed), simulator_socket), serving(app, server_socket):
            yield Stage(settings.address, simulator, Path(directory))


def settings_of(directory: str, port: int, simulator: str, more: Mapping[str, str]) -> Settings:
    """The settings of a server for everybody that a simulator knows, with `more` of them.

    Args:
        directory: Where its data lies.
        port: Where it listens.
        simulator: The address of the simulated Spotify.
        more: Further settings, by their names in the environment.
    """
    return Settings.load(
        {
            "SPOTIFY_CLIENT_ID": DEFAULT_CLIENT_ID,
            "SPOTIFY_CLIENT_SECRET": DEFAULT_CLIENT_SECRET,
            "AUXCORD_PORT": str(port),
            "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{directory}/auxcord.sqlite3",
            "AUXCORD_ENCRYPTION_KEYS": KeyRing.new_key(),
            "AUXCORD_SPOTIFY_API_URL": f"{simulator}/v1",
            "AUXCORD_SPOTIFY_ACCOUNTS_URL": simulator,
            "AUXCORD_SPOTIFY_APP_SEATS": "0",  # whoever watches may sign in as everybody there is
            **GENEROUS,
            **more,
        }
    )


def _take(port: int | None, *, preferred: int) -> socket:
    if port is not None:
        return bind(HOST, port)
    try:
        return bind(HOST, preferred)
    except AddressInUseError:
        return bind(HOST, 0)


def _invite(report: Report, place: Stage) -> None:
    url = f"{place.server}/mcp"
    report.console.print(
        f"\n[bold]Try it with your own client[/] (sign in as any simulated person):\n"
        f"  Claude Code      claude mcp add --transport http auxcord {url}\n"
        f'  Cursor, VS Code  {{"mcpServers": {{"auxcord": {{"url": "{url}"}}}}}}\n'
        f"  stdio-only       npx mcp-remote {url} --allow-http\n"
        f"What the simulated Spotify saw: {place.simulator}/_simulator/requests\n"
        f"Ctrl-C ends the demo and removes its data.",
        soft_wrap=True,  # addresses and JSON are copied from here
    )


async def _unless(stopped: asyncio.Event, touring: Coroutine[Any, Any, bool]) -> bool:
    """Take the tour; give it up, with what it opened closed again, when somebody wants to stop."""
    task, ending = asyncio.ensure_future(touring), asyncio.ensure_future(stopped.wait())
    await asyncio.wait({task, ending}, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.wait({task})
    return False


def _stopped() -> asyncio.Event:
    """Return what SIGINT and SIGTERM set, so that the demo always cleans up behind itself."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped
