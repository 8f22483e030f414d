"""A started server, and a program registered with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.authorization.house import House, Program, open_house


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def program(house: House) -> Program:
    return await Program.registered(house)
