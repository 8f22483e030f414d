"""An open store in a directory of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


pytest.register_assert_rewrite("tests.store.contract", "tests.store.sharing")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "auxcord.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    yield store
    await store.close()
