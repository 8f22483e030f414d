"""A server that is killed outright: whoever was signed in still is, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest
from cryptography.fernet import Fernet
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from rich.console import Console

from auxcord.cli.report import Report
from auxcord.cli.visitor import Visitor
from auxcord.server.listener import bind, port_of, serving
from auxcord.simulator.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.server]

KILLS = 3


@asynccontextmanager
async def server(environment: dict[str, str], url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `auxcord serve`, and end it by SIGKILL when the block is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "auxcord", "serve", env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60), httpx2.AsyncClient(trust_env=False) as http:
            while process.returncode is None:
                with contextlib.suppress(httpx2.TransportError):
                    await http.get(f"{url}/healthz")
                    break
                await asyncio.sleep(0.05)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_people_stay_signed_in_when_the_server_is_killed(tmp_path: Path) -> None:
    spotify = bind("127.0.0.1", 0)
    with bind("127.0.0.1", 0) as probe:
        port = port_of(probe)
    simulator, url = f"http://127.0.0.1:{port_of(spotify)}", f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "SPOTIFY_CLIENT_ID": "00000000000000000000000000000001",
        "SPOTIFY_CLIENT_SECRET": "simulator-secret-not-real",
        "AUXCORD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/data/auxcord.sqlite3",
        "AUXCORD_PORT": str(port),
        "AUXCORD_SPOTIFY_API_URL": f"{simulator}/v1",
        "AUXCORD_SPOTIFY_ACCOUNTS_URL": simulator,
    }
    async with serving(create_app(), spotify):
        async with server(environment, url):
            visitor = Visitor(
                "Ada", "ada", f"{url}/mcp", level="everything", report=Report(Console(quiet=True))
            )
            async with visitor as ada:
                made = await ada.call("create_playlist", name="Before the kill")
                token = ada.access_token
        for _ in range(KILLS):
            async with server(environment, url):
                transport = StreamableHttpTransport(
                    f"{url}/mcp", headers={"Authorization": f"Bearer {token}"}
                )
                async with Client(transport) as client:
                    read = await client.call_tool("get_playlist", {"playlist": made.uris("playlist")[0]})
                    assert "Before the kill" in read.content[0].text
