"""How SQLite connections are made: every one carries the same guarantees, pooled or not."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event

from auxcord.store.writelock import LONGEST, SLICE_MILLISECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

    from auxcord.store.writelock import WriteLock

BUSY_SECONDS: Final = LONGEST
READERS: Final = 4

_PRAGMAS: Final = (
    "PRAGMA synchronous=FULL",  # a commit is on the disk before it is reported
    "PRAGMA secure_delete=ON",  # what is deleted is overwritten with zeros
    "PRAGMA foreign_keys=ON",  # erasing a person takes everything of theirs along
    "PRAGMA temp_store=MEMORY",  # no temporary files
    "PRAGMA trusted_schema=OFF",  # a schema that was tampered with calls no functions that do harm
)
_READER: Final = (*_PRAGMAS, "PRAGMA query_only=ON")
_WRITER: Final = (*_PRAGMAS, "PRAGMA journal_mode=WAL")
_SERVING: Final = (*_WRITER, f"PRAGMA busy_timeout={SLICE_MILLISECONDS}")


def address(url: URL, path: Path) -> URL:
    """Return where the database at `path` is, so that SQLite opens it and never makes it.

    We make it, private. SQLite would make it readable by others, and an empty one where one was removed.
    """
    return url.set(database=path.as_uri(), query={"mode": "rw", "uri": "true"})


def reader(url: URL) -> AsyncEngine:
    """Make the pool that lends connections for reading; each statement is a transaction of its own."""
    engine = _pooled(url, **_options(READERS), pool_reset_on_return=None)
    _run_on_connect(engine.sync_engine, _READER)
    return engine


def writer(url: URL, lock: WriteLock) -> AsyncEngine:
    """Make the pool of the one writing connection; its transactions take SQLite's write lock at once."""
    engine = _pooled(url, **_options(1))
    _run_on_connect(engine.sync_engine, _SERVING)
    event.listen(engine.sync_engine, "begin", lock.take)
    return engine


def inline_reader(url: URL) -> Engine:
    """Make the connection that reads on the caller's thread and gives up at once when SQLite is busy."""
    options = _options(1, busy_seconds=0.0)
    engine = create_engine(url.set(drivername="sqlite+pysqlite"), **options, pool_reset_on_return=None)
    _run_on_connect(engine, _READER)
    return engine


def onlooker(path: Path, *, has_log: bool) -> Engine:
    """Make a connection that changes no byte of a database, not even by folding in what its log holds.

    Args:
        path: The database; it exists.
        has_log: Whether a write-ahead log lies beside it; without one, nobody else has it open.
    """
    where = f"{path.as_uri()}?mode=ro" + ("" if has_log else "&immutable=1")

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(where, uri=True, isolation_level=None, timeout=BUSY_SECONDS)

    engine = create_engine("sqlite+pysqlite://", creator=connect, hide_parameters=True)
    _run_on_connect(engine, _READER)
    return engine


def batch_writer(url: URL, lock: WriteLock) -> Engine:
    """Make the connection that the writer's own thread uses."""
    engine = create_engine(url.set(drivername="sqlite+pysqlite"), **_options(1))
    _run_on_connect(engine, _SERVING)
    event.listen(engine, "begin", lock.take)
    return engine


def plain_writer(path: Path) -> sqlite3.Connection:
    """Open a connection without a pool, for what cannot run inside a transaction; the caller closes it."""
    where = f"{path.as_uri()}?mode=rw"
    connection = sqlite3.connect(where, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    for statement in _WRITER:
        connection.execute(statement)
    return connection


def fold_log(path: Path) -> None:
    """Bring what is in the write-ahead log into the file, as far as nobody is reading it."""
    connection = plain_writer(path)
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    finally:
        connection.close()


def _pooled(url: URL, **options: Any) -> AsyncEngine:
    # Costs 50 ms, which one person's server over stdio need not pay: it reads inline and writes in batches.
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415

    return create_async_engine(url, **options)


def _options(size: int, *, busy_seconds: float = BUSY_SECONDS) -> dict[str, Any]:
    return {
        # No isolation level: the driver begins no transaction of its own accord.
        "connect_args": {"isolation_level": None, "timeout": busy_seconds, "check_same_thread": False},
        "hide_parameters": True,
        "pool_size": size,
        "max_overflow": 0,
        "pool_timeout": 3 * BUSY_SECONDS,
    }


def _run_on_connect(engine: Engine, statements: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        cursor.close()
