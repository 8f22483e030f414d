"""The store keeps its promises on every database it runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.store import Store
from tests.store import contract, sharing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio

DATABASES: dict[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite+aiosqlite:///{folder}/data/auxcord.db",
}
"""Where an empty database of each kind is, given a folder of the test's own."""


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return DATABASES[request.param](tmp_path)


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    store = Store(store_url)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def other(store: Store, store_url: str) -> AsyncIterator[Store]:
    """The same database, as another process has it."""
    other = Store(store_url)
    await other.open()
    yield other
    await other.close()


class TestReadingAndWriting(contract.ReadingAndWriting):
    pass


class TestTransactions(contract.Transactions):
    pass


class TestConstraints(contract.Constraints):
    pass


class TestLeases(sharing.Leases):
    pass


class TestOpeningAndClosing(sharing.OpeningAndClosing):
    pass


class TestProcesses(sharing.Processes):
    pass
