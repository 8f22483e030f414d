"""`server.py:mcp` and `fastmcp.json` as hosts use them: by the real `fastmcp inspect` and `fastmcp run`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2
import pytest
from cryptography.fernet import Fernet
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from auxcord.tools import TOOLSETS
from tests.cli.conftest import home, spotify
from tests.cli.programs import TIMEOUT, Environment, line_with
from tests.processes import ROOT, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["home", "spotify"]

pytestmark = [pytest.mark.anyio, pytest.mark.server]

FASTMCP: Final = Path(sys.executable).with_name("fastmcp")
TOOLS: Final = {spec.name for toolset in TOOLSETS for spec in toolset}
QUIET: Final = {"FASTMCP_CHECK_FOR_UPDATES": "off", "FASTMCP_SHOW_SERVER_BANNER": "false"}
PUBLIC_URL: Final = "https://auxcord.example.org"
HOST: Final = {"Host": "auxcord.example.org"}


@asynccontextmanager
async def running(home: Environment, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `fastmcp <arguments>` from the checkout until the block is left."""
    process = await asyncio.create_subprocess_exec(
        FASTMCP,
        *arguments,
        cwd=ROOT,
        env=home | QUIET,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.communicate(), TIMEOUT)


@asynccontextmanager
async def served(home: Environment) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """Serve what `fastmcp.json` says; `--skip-env`, because it would have uv make an environment first."""
    port = free_port()
    async with running(home, "run", "fastmcp.json", "--skip-env", "--port", str(port)) as process:
        yield f"http://127.0.0.1:{port}", process


def over_stdio(home: Environment) -> Client[StdioTransport]:
    command = ["run", "server.py:mcp"]
    return Client(StdioTransport(str(FASTMCP), command, env=home | QUIET, cwd=str(ROOT), keep_alive=False))


def configured(home: Environment) -> Environment:
    return home | {
        "SPOTIFY_CLIENT_ID": "1" * 32,
        "SPOTIFY_CLIENT_SECRET": "1" * 32,
        "AUXCORD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "AUXCORD_PUBLIC_URL": PUBLIC_URL,
        "AUXCORD_TRUSTED_PROXIES": "127.0.0.1",
    }


@pytest.mark.parametrize("with_settings", [False, True], ids=["nothing-set", "configured"])
async def test_inspecting_it_shows_every_tool_and_writes_nothing(
    home: Environment, tmp_path: Path, *, with_settings: bool
) -> None:
    environment = configured(home) if with_settings else home
    async with running(environment, "inspect", "server.py:mcp", "--format", "fastmcp") as process:
        out, err = await asyncio.wait_for(process.communicate(), TIMEOUT)
    assert process.returncode == 0, err.decode()
    shown = json.loads(out)
    assert {tool["name"] for tool in shown["tools"]} == TOOLS
    assert shown["server"]["name"] == "Auxcord"
    assert not list(tmp_path.rglob("*.sqlite3"))
    assert not list(tmp_path.rglob("encryption-keys"))


async def test_with_nothing_set_it_runs_and_every_tool_says_what_to_configure(home: Environment) -> None:
    async with served(home) as (url, process):
        told = await line_with(process.stderr, "SPOTIFY_CLIENT_ID is missing")
        assert told.startswith("auxcord: ")
        await line_with(process.stderr, "running on")
        async with Client(f"{url}/mcp") as client:
            assert {tool.name for tool in await client.list_tools()} == TOOLS
            for name in sorted(TOOLS):
                result = await client.call_tool(name, {}, raise_on_error=False)
                assert result.is_error
                text = result.content[0].text
                assert "SPOTIFY_CLIENT_ID is missing" in text, name
                assert "AUXCORD_ENCRYPTION_KEYS is missing" in text, name
        async with httpx2.AsyncClient(base_url=url, trust_env=False) as http:
            alive, ready = await http.get("/healthz"), await http.get("/readyz")
            lost = await http.get("/nowhere")
        assert alive.status_code == 200
        assert (ready.status_code, ready.json()["reason"]) == (503, "settings")
        for answer in (alive, ready, lost):
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["x-request-id"]


async def test_configured_by_the_environment_alone_it_runs_with_all_its_guards(
    home: Environment, tmp_path: Path
) -> None:
    async with served(configured(home)) as (url, process):
        await line_with(
            process.stderr, "A client id is a client secret too"
        )  # what is unwise is told here, too
        await line_with(process.stderr, "running on")
        async with httpx2.AsyncClient(base_url=url, headers=HOST, trust_env=False) as http:
            ready, call = await http.get("/readyz"), await http.post("/mcp", json={})
            rebound = await http.post("/mcp", json={}, headers={"Host": "evil.example.org"})
        assert ready.status_code == 200
        assert call.status_code == 401
        assert f'resource_metadata="{PUBLIC_URL}/.well-known' in call.headers["www-authenticate"]
        assert call.headers["strict-transport-security"].startswith("max-age=")
        assert rebound.status_code == 421
    assert list(tmp_path.rglob("auxcord.sqlite3"))


async def test_over_stdio_it_says_what_to_configure(home: Environment) -> None:
    async with over_stdio(home) as client:
        result = await client.call_tool("get_account", {}, raise_on_error=False)
    assert "SPOTIFY_CLIENT_ID is missing" in result.content[0].text
    assert "AUXCORD_ENCRYPTION_KEYS" not in result.content[0].text  # over stdio a key is made


async def test_over_stdio_it_serves_the_one_person_of_this_computer(home: Environment, spotify: str) -> None:
    async with over_stdio(home) as client:
        assert {tool.name for tool in await client.list_tools()} == TOOLS
        result = await client.call_tool("get_account", {}, raise_on_error=False)
    assert "No Spotify account is linked yet. Call connect_account" in result.content[0].text
