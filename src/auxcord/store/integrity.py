"""Whether a database is whole: its files belong together, its pages can be read. Nothing here writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, OperationalError

from auxcord.errors import StoreDamagedError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

LARGEST_CHECKED: Final = 512 * 1024 * 1024
"""Bytes of a file whose pages are all looked at when it is opened; that takes a third of a second."""

_COMPLAINTS: Final = 20
_SMALLEST: Final = 512


def log_of(path: Path) -> Path:
    """Return where SQLite keeps the write-ahead log of a database."""
    return path.with_name(f"{path.name}-wal")


def index_of(path: Path) -> Path:
    """Return where SQLite keeps the shared index of the write-ahead log."""
    return path.with_name(f"{path.name}-shm")


def require_complete(path: Path) -> None:
    """Insist that no part of a database was taken away from the others.

    SQLite would open what is left as if nothing had been written since, or as a new database.

    Raises:
        StoreDamagedError: The write-ahead log is missing, the database is empty although there is a log, or
            it is shorter than any database.
    """
    if not path.exists():
        return
    log, index, size = log_of(path), index_of(path), path.stat().st_size
    if 0 < size < _SMALLEST:  # SQLite takes some of these for new ones
        raise StoreDamagedError(
            f"The file {path} is damaged or no database: it is too short.",
            advice="The operator should choose another path, or restore the file from a backup.",
        )
    # SQLite makes the log before its index and removes it after it: the index is never there alone.
    if size and index.exists() and not log.exists():
        raise StoreDamagedError(
            f"The write-ahead log {log} is missing, although the database was not closed.",
            advice=f"Put it back. If it is lost, remove {index}: what was written last is gone then.",
        )
    if not size and _size(log):
        raise StoreDamagedError(
            f"The database {path} is empty, although its write-ahead log is not.",
            advice=f"Restore it from a backup. To begin anew, remove it and {log}.",
        )


def damaged_pages(connection: Connection) -> tuple[str, ...]:
    """Look at every page and say what is wrong with them, in SQLite's words; nothing when all are well."""
    lines: list[str] = []
    try:
        for row in connection.exec_driver_sql(f"PRAGMA quick_check({_COMPLAINTS})").scalars():
            lines += str(row).splitlines()
    except OperationalError:
        raise
    except DatabaseError:  # at some damage the check itself gives up
        lines.append("not every page can be looked at")
    return tuple(line for line in lines if line != "ok" and not line.startswith("***"))


def revision_of(connection: Connection) -> str | None:
    """Return the schema's revision, None for an empty database.

    Raises:
        StoreError: It belongs to another program, or does not say its revision.
    """
    tables = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise StoreError("The database belongs to another program.", advice="Choose another path.")
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if not isinstance(revision, str):
        raise StoreDamagedError("The database does not say which revision of the schema it has.")
    return revision


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
