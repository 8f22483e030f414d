"""The module-level server object: importable with nothing set, serving when configured."""

from __future__ import annotations

import logging.config
import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
import uvicorn.config
from cryptography.fernet import Fernet
from fastmcp import Client

from auxcord.server.cloud import cloud_mcp

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.anyio


async def test_with_nothing_set_every_tool_says_what_to_configure() -> None:
    async with Client(cloud_mcp({})) as client:
        tools = await client.list_tools()
        assert len(tools) >= 15
        for name in ("get_account", "pause"):
            result = await client.call_tool(name, {}, raise_on_error=False)
            assert result.is_error
            assert "SPOTIFY_CLIENT_ID is missing" in result.content[0].text
            assert "AUXCORD_ENCRYPTION_KEYS is missing" in result.content[0].text


async def test_configured_it_serves_only_the_signed_in(tmp_path: Path) -> None:
    file = tmp_path / "data" / "auxcord.sqlite3"
    mcp = cloud_mcp(
        {
            "SPOTIFY_CLIENT_ID": "0" * 32,
            "AUXCORD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "AUXCORD_PUBLIC_URL": "https://auxcord.example.org",
            "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{file}",
        }
    )
    assert not file.exists()
    app = mcp.http_app(path="/mcp")
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="https://auxcord.example.org") as http,
    ):
        assert file.exists()
        answer = await http.post("/mcp", json={})
        assert answer.status_code == 401
        assert "https://auxcord.example.org/.well-known" in answer.headers["www-authenticate"]
        metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
        assert metadata["issuer"] == "https://auxcord.example.org"
        rebound = await http.post("/mcp", json={}, headers={"Host": "evil.example"})
        assert rebound.status_code == 421
        foreign = await http.post("/mcp", json={}, headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
        home = await http.get("/")
        assert (home.status_code, home.headers["x-content-type-options"]) == (200, "nosniff")
        assert (await http.get("/healthz")).status_code == 200


def test_a_hosts_access_log_stays_empty(capsys: pytest.CaptureFixture[str]) -> None:
    cloud_mcp({"SPOTIFY_CLIENT_ID": "0" * 32, "AUXCORD_ENCRYPTION_KEYS": Fernet.generate_key().decode()})
    logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)
    line = ("127.0.0.1:1", "GET", "/callback?code=test", "1.1", 302)
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *line)
    captured = capsys.readouterr()
    assert "callback" not in captured.out + captured.err


def test_importing_it_writes_nothing_and_says_nothing(tmp_path: Path) -> None:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AUXCORD_", "SPOTIFY_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", "import fastmcp, server; print(isinstance(server.mcp, fastmcp.FastMCP))"],
        cwd=ROOT,
        env=kept | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
    assert list(tmp_path.iterdir()) == []
