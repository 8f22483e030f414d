"""Nothing is kept with a session, and the library's store for that is never loaded."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from auxcord.errors import InputError
from auxcord.server.assembly import build_unconfigured_mcp
from tests.cli.conftest import home

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.programs import Environment

__all__ = ["home"]

TELLS_IMPORTS: Final = ["-X", "importtime", "-m", "auxcord"]
NEVER: Final = {"beartype", "key_value"}


@pytest.mark.anyio
@pytest.mark.server
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_that_lists_and_calls_loads_no_store_of_session_state(
    home: Environment, tmp_path: Path, mode: str
) -> None:
    told = tmp_path / "imports"
    home = home | {"SPOTIFY_CLIENT_ID": "1" * 32}
    server = StdioTransport(sys.executable, TELLS_IMPORTS, env=home, keep_alive=False, log_file=told)
    async with Client(server, mode=mode) as client:
        assert len(await client.list_tools()) == 30
        assert await client.list_prompts()
        assert await client.list_resources()
        assert await client.list_resource_templates()
        for tool in ("get_account", "no_such_tool"):
            assert (await client.call_tool(tool, {}, raise_on_error=False)).is_error
        assert (await client.get_prompt("playlist_from_songs", {"songs": "Silver"})).messages
    imported = {line.rpartition("|")[2].strip() for line in told.read_text().splitlines()}
    assert "fastmcp" in imported
    assert NEVER & imported == set()


@pytest.mark.anyio
async def test_what_would_be_kept_with_a_session_is_refused() -> None:
    store = build_unconfigured_mcp(InputError("Nothing is set."))._state_store
    with pytest.raises(RuntimeError, match="keeps no session state"):
        await store.put(key="music", value="Silver")
    await store.delete(key="music")
    assert await store.get(key="music") is None
