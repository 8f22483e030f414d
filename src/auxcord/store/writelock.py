"""Waiting for SQLite's write lock: as long as others get on with their writing, and no longer.

A process that holds the lock and does nothing, because it was stopped or somebody left a transaction open in
a shell, is an outage: people are better told within a second than made to wait. One that writes is not.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import OperationalError

from auxcord.errors import StoreUnavailableError
from auxcord.store.integrity import log_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

LONGEST: Final = 10.0
"""Seconds to wait while others write."""
SLICE_MILLISECONDS: Final = 50
"""What SQLite itself waits at a time, on connections that use this."""
QUIET: Final = 12
"""Slices to wait while nobody does: 0.6 s, and longer on a machine so busy that each of them takes longer."""
REMEMBERED: Final = 1.0
"""Seconds for which the next need not find out again that nobody moves."""

_Mark = tuple[int, ...]


class WriteLock:
    """Takes the write lock of one database for its connections, one at a time.

    Args:
        path: The database; it exists.
        clock: Seconds that only go forward.

    Attributes:
        serving: Whether somebody waits for an answer. Before that, at the start, another process may be
            bringing the database up to date, which shows only when it is done.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._log = log_of(path)
        self._clock = clock
        self._file = _identity(path)
        self._log_file: _Mark = ()
        self._stuck: tuple[_Mark, float] = ((), float("-inf"))
        self.serving = False

    @property
    def in_place(self) -> bool:
        """Whether the files at the path are those that are open. What is written to others is lost."""
        return _identity(self._path) == self._file and (
            not self._log_file or _identity(self._log) == self._log_file
        )

    def take(self, connection: Connection) -> None:
        """Begin a transaction that holds the lock.

        Raises:
            StoreUnavailableError: The files were taken away.
            OperationalError: Somebody else holds the lock.
        """
        if not self.in_place:
            raise StoreUnavailableError(
                "The database file was moved, removed or replaced while it was open.",
                advice="The operator should put it back, or restart the server.",
            )
        began, quiet = self._clock(), 0
        seen = self._mark()
        while not self._try(connection):
            now, mark = self._clock(), self._mark()
            quiet = quiet + 1 if mark == seen else 0
            seen = mark
            is_quiet = self.serving and quiet >= QUIET
            if is_quiet:
                self._stuck = (mark, now)
            if is_quiet or now - began >= LONGEST or self._is_stuck(mark, now):
                raise StoreUnavailableError("The database cannot be reached or is busy.")
        self._log_file = self._log_file or _identity(self._log)

    def _is_stuck(self, mark: _Mark, now: float) -> bool:
        stuck, found = self._stuck
        return mark == stuck and now - found < REMEMBERED

    @staticmethod
    def _try(connection: Connection) -> bool:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            return False
        return True

    def _mark(self) -> _Mark:
        """Return what changes when anybody writes; without opening files, as closing would unlock them."""
        return (*_moment(self._path), *_moment(self._log))


def _identity(path: Path) -> _Mark:
    try:
        status = path.stat()
    except OSError:
        return ()
    return (status.st_dev, status.st_ino)


def _moment(path: Path) -> _Mark:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)
