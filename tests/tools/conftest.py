"""A house with a simulated Spotify below it, and Ada's client at the door."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.tools.door import Door, House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with House.opened(tmp_path) as house:
        yield house


@pytest.fixture
async def ada(house: House) -> AsyncIterator[Door]:
    async with house.door("ada") as door:
        yield door
