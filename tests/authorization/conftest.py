"""A started server, and a program registered with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.authorization.account import visit
from tests.authorization.house import House, Program, Tokens, open_house, tokens_for


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def program(house: House) -> Program:
    return await Program.registered(house)


@pytest.fixture
async def tokens(house: House, program: Program) -> Tokens:
    """What Ada's program got."""
    return await tokens_for(house, program)


@pytest.fixture
async def browser(house: House, tokens: Tokens) -> httpx2.AsyncClient:
    """Ada's browser, signed in to the page."""
    browser = house.browser()
    page = await visit(house, browser)
    assert page.status_code == 200, page.text
    return browser
