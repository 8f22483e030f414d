"""Damaging a database's pages as a failing disk does, and finding the page that holds something."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 4096


def fold(path: Path) -> None:
    """Close a database for good, as the last process does: no write-ahead log is left."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()


def root_of(path: Path, name: str) -> int:
    """Return the number of a table's (or index's) first page."""
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        return int(
            connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
        )
    finally:
        connection.close()


def pages_with(path: Path, content: bytes) -> list[int]:
    """Return the numbers of the pages that hold these bytes."""
    whole = path.read_bytes()
    return [
        start // PAGE + 1 for start in range(0, len(whole), PAGE) if content in whole[start : start + PAGE]
    ]


def spoil(path: Path, *pages: int) -> None:
    """Overwrite pages with what a failing disk might return."""
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * PAGE)
            file.write(b"\xa5" * PAGE)
