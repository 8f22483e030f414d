"""People with an empty home, and a simulated Spotify for them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from auxcord.server.listener import bind, port_of, serving
from auxcord.simulator.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.cli.programs import Environment


@pytest.fixture
def home(tmp_path: Path) -> Environment:
    """The environment of a person with an empty home and no settings."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AUXCORD_", "SPOTIFY_"))
    }
    return kept | {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
async def spotify(home: Environment) -> AsyncIterator[str]:
    """A simulated Spotify, and the person's settings pointing at it."""
    listener = bind("127.0.0.1", 0)
    address = f"http://127.0.0.1:{port_of(listener)}"
    home |= {
        "SPOTIFY_CLIENT_ID": "00000000000000000000000000000001",
        "AUXCORD_SPOTIFY_ACCOUNTS_URL": address,
        "AUXCORD_SPOTIFY_API_URL": f"{address}/v1",
    }
    async with serving(create_app(), listener):
        yield address
