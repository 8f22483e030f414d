"""A repository to plant things in."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.supply_chain.copies import INPUTS, ROOT, Repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    copy = Repository(tmp_path / "repository")
    copy.root.mkdir()
    for name in INPUTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, copy.root / name)
    copy.git("init", "--quiet", "--initial-branch", "main")
    copy.commit("What the checks read")
    return copy
