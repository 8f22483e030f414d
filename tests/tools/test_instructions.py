"""What every model is told once: short, and true of the tools there are."""

import re

import pytest
from fastmcp import Client

from auxcord.errors import SettingsError
from auxcord.server.assembly import build_unconfigured_mcp
from auxcord.server.instructions import INSTRUCTIONS
from auxcord.tools import TOOLSETS

CEILING = 1_500


def test_the_instructions_are_short() -> None:
    assert 500 < len(INSTRUCTIONS.encode()) <= CEILING


def test_the_instructions_name_tools_that_exist() -> None:
    named = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", INSTRUCTIONS))
    assert named <= {spec.name for toolset in TOOLSETS for spec in toolset}
    assert {"create_playlist", "undo_playlist_change"} <= named


@pytest.mark.parametrize("habit", ["songs", "cursor", "confirm", "ambiguous", "unsure", "[code]"])
def test_the_instructions_teach_the_habit(habit: str) -> None:
    assert habit in INSTRUCTIONS


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_is_told_them(mode: str) -> None:
    server = build_unconfigured_mcp(SettingsError(("SPOTIFY_CLIENT_ID is missing",)))
    async with Client(server, mode=mode) as client:
        assert client.instructions == INSTRUCTIONS
