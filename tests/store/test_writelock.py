"""The write lock is waited for while others write, and not while nobody does."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from auxcord.errors import StoreUnavailableError
from auxcord.store.writelock import LONGEST, QUIET, REMEMBERED, SLICE_MILLISECONDS, WriteLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "auxcord.sqlite3"


@pytest.fixture
def other(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process's connection, which makes the database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE things (name TEXT)")
        yield connection


@pytest.fixture
def ours(path: Path, other: sqlite3.Connection) -> Iterator[Connection]:
    options = {"isolation_level": None, "timeout": 0.0}
    engine = create_engine(f"sqlite+pysqlite:///{path}", connect_args=options)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


class Time:
    """A clock that goes a tenth of a second further each time it is looked at, and lets something happen."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        self.happens()
        return self.looks / 10

    def happens(self) -> None:
        """Nothing, here."""


class Busy(Time):
    """Somebody who commits at every look, and stops after so many."""

    def __init__(self, other: sqlite3.Connection, stops_after: int) -> None:
        super().__init__()
        self._other, self._stops_after = other, stops_after

    def happens(self) -> None:
        if self.looks == 1:
            self._other.execute("BEGIN IMMEDIATE")
        elif self.looks <= self._stops_after:
            self._other.execute("INSERT INTO things VALUES (?)", ("x" * 5000,))
            self._other.execute("COMMIT")
            if self.looks < self._stops_after:
                self._other.execute("BEGIN IMMEDIATE")


def test_a_holder_that_does_nothing_is_waited_for_less_than_a_second_and_the_next_time_not_at_all(
    path: Path, other: sqlite3.Connection, ours: Connection
) -> None:
    time = Time()
    lock = WriteLock(path, clock=time)
    lock.serving = True
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="busy"):
        lock.take(ours)
    assert (time.looks, QUIET * SLICE_MILLISECONDS < 1000) == (QUIET + 1, True)
    before = time.looks
    with pytest.raises(StoreUnavailableError, match="busy"):
        lock.take(ours)
    assert time.looks - before == 2
    time.looks += int(REMEMBERED * 10)  # in a while, somebody else may hold it, and only be slow
    before = time.looks
    with pytest.raises(StoreUnavailableError, match="busy"):
        lock.take(ours)
    assert time.looks - before == QUIET + 1
    other.execute("ROLLBACK")
    lock.take(ours)


def test_others_who_write_are_waited_for(path: Path, other: sqlite3.Connection, ours: Connection) -> None:
    time = Busy(other, stops_after=50)
    lock = WriteLock(path, clock=time)
    lock.serving = True
    lock.take(ours)
    assert time.looks == 50


def test_nobody_is_waited_for_without_end(path: Path, other: sqlite3.Connection, ours: Connection) -> None:
    time = Busy(other, stops_after=10_000)
    lock = WriteLock(path, clock=time)
    lock.serving = True
    with pytest.raises(StoreUnavailableError, match="busy"):
        lock.take(ours)
    assert time.looks == LONGEST * 10 + 1


def test_at_the_start_a_silent_holder_is_waited_for(
    path: Path, other: sqlite3.Connection, ours: Connection
) -> None:
    """It may be bringing the database up to date, which shows only when it is done."""
    time = Time()
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="busy"):
        WriteLock(path, clock=time).take(ours)
    assert time.looks == LONGEST * 10 + 1


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_nothing_is_written_to_files_that_were_taken_away(
    path: Path, other: sqlite3.Connection, ours: Connection, suffix: str
) -> None:
    lock = WriteLock(path)
    lock.take(ours)
    ours.exec_driver_sql("COMMIT")
    assert lock.in_place
    file, elsewhere = path.with_name(path.name + suffix), path.with_name("elsewhere")
    file.rename(elsewhere)
    for _ in range(2):
        assert not lock.in_place
        with pytest.raises(StoreUnavailableError, match="moved, removed or replaced"):
            lock.take(ours)
        shutil.copy(elsewhere, file)  # another one in its place is not it
    elsewhere.rename(file)
    assert lock.in_place
    lock.take(ours)
