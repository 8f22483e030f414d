"""One fresh simulated Spotify for each test that asks for it."""

from collections.abc import AsyncIterator

import pytest

from tests.spotify.simulated import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    async with made.http:
        yield made
