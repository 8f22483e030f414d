"""One fresh simulated Spotify for each test that asks for it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from auxcord.spotify.client import SpotifyClient
from tests.spotify.simulated import World
from tests.spotify.things import PROFILES


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    async with made.http:
        yield made


@pytest.fixture
async def ada(world: World) -> SpotifyClient:
    return await world.client("ada")


@pytest.fixture(params=PROFILES)
async def anywhere(request: Any) -> AsyncIterator[World]:
    made = World(request.param)
    async with made.http:
        yield made
