"""A trail in a database of its own, under a clock that stands still until moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audit.desk import Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as desk:
        yield desk
