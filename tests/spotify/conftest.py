"""One fresh simulated Spotify for each test that asks for it."""

from collections.abc import AsyncIterator

import pytest

from auxcord.spotify.client import SpotifyClient
from tests.spotify.simulated import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    async with made.http:
        yield made


@pytest.fixture
async def ada(world: World) -> SpotifyClient:
    return await world.client("ada")
