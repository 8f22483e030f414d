"""Making deleted data unreadable, not only unreachable.

Deleting overwrites what is deleted (`secure_delete`), but not every copy: when SQLite moves rows from page to
page, it leaves their old bytes in the unused part of the page they came from. Rebuilding the file leaves
none, and emptying the write-ahead log removes the pages as they were before.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from auxcord.errors import StoreUnavailableError
from auxcord.store.connections import plain_writer
from auxcord.store.failures import raise_translated

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from auxcord.store.transactions import Turn

LARGEST_REBUILT: Final = 128 * 1024 * 1024
"""Bytes in use of a file that is rebuilt at every erasure; that takes half a second and as much memory."""


class Erasure:
    """Erases the traces of deleted data from one database's files.

    Args:
        path: The database.
        turn: What it shares with the process's writers.
        largest: Bytes in use of the largest file to rebuild; of a larger one only the log is emptied.
    """

    def __init__(self, path: Path, turn: Turn, *, largest: int = LARGEST_REBUILT) -> None:
        self._path = path
        self._turn = turn
        self._largest = largest
        self._next: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Erase the traces of everything deleted so far. Who comes while another waits shares its run.

        Raises:
            StoreUnavailableError: The database stayed in use; traces may be left.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._run())
            self._running.add(self._next)
            self._next.add_done_callback(self._done)
        await asyncio.shield(self._next)

    async def _run(self) -> None:
        try:
            await self._turn.take()
        finally:
            self._next = None  # what is deleted from here on needs another run
        try:
            await asyncio.to_thread(self._erase)
        finally:
            self._turn.release()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever still waits is told; a caller that has gone need not be

    def _erase(self) -> None:
        try:
            connection = plain_writer(self._path)
            try:
                if _live(connection) <= self._largest:
                    connection.execute("VACUUM")
                # A connection that has read nothing yet may not know that there is a log.
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                blocked, left, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()
        except Exception as error:
            raise_translated(error)
            raise
        if blocked or left != 0:
            raise StoreUnavailableError("The write-ahead log cannot be emptied while the database is in use.")


def _live(connection: sqlite3.Connection) -> int:
    """Bytes of the file that hold data; what many erasures have freed costs nothing to leave behind."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
