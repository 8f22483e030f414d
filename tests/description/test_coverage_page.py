"""The page of coverage: complete, with a reason in every cell, and as new as the code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def coverage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "spotify_coverage.py", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        check=False,
    )


def rows() -> list[list[str]]:
    text = (ROOT / "docs" / "spotify-coverage.md").read_text(encoding="utf-8")
    found = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in found]


def test_the_page_is_as_new_as_the_client_the_simulator_and_the_results() -> None:
    done = coverage("--check")
    assert done.returncode == 0, done.stdout


def test_every_operation_has_a_row_for_every_access_mode() -> None:
    assert len(rows()) == 96 * 3
    assert len({tuple(row[:2]) for row in rows()}) == 96 * 3


def test_no_cell_is_empty_and_no_method_is_missing_without_a_reason() -> None:
    for row in rows():
        assert all(row), row
        assert row[2].startswith(("`", "none: ")), row
        assert row[3].startswith(("answers ", "closed ")), row
