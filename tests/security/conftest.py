"""An open vault for the proofs that need no server, and whole servers on loopback ports for those that do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.accounts.conftest import world
from tests.security.served import ServedHouse, served_house
from tests.vault.conftest import Clock, clock, path, ring, store, vault

__all__ = ["Clock", "clock", "path", "ring", "store", "vault", "world"]


@pytest.fixture
async def served(tmp_path: Path, anyio_backend: str) -> AsyncIterator[ServedHouse]:
    """A server of the test's own, whose clock may be moved."""
    async with served_house(tmp_path) as house:
        yield house


@pytest.fixture(scope="module")
async def standing(
    tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[ServedHouse]:
    """A server for all tests of a file, for long lists of requests; its clock stays as it is."""
    async with served_house(tmp_path_factory.mktemp("standing")) as house:
        yield house
