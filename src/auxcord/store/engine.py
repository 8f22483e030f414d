"""The one door to the database: private files, pooled connections, durable transactions, migrations.

SQLite with a write-ahead log: readers never wait for writers, a commit is on the disk before it is reported,
and what is deleted is overwritten. Several processes may share the file.
"""

from __future__ import annotations

import asyncio
import logging
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from auxcord.errors import SchemaTooNewError, StoreDamagedError, StoreError, StoreUnavailableError
from auxcord.store import connections
from auxcord.store.batches import Batches
from auxcord.store.erasure import Erasure
from auxcord.store.failures import raise_translated
from auxcord.store.files import prepare
from auxcord.store.integrity import (
    LARGEST_CHECKED,
    damaged_pages,
    log_of,
    require_complete,
    revision_of,
)
from auxcord.store.schema import HEAD
from auxcord.store.transactions import Reading, Turn, Writing
from auxcord.store.writelock import WriteLock
from auxcord.telemetry import metrics
from auxcord.telemetry.instruments import recording

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from sqlalchemy import URL, Connection, Row
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.sql import Executable

    Fetch: TypeAlias = Callable[[Executable], Awaitable[Sequence[Row[*tuple[Any, ...]]]]]
    """Something that reads: `Store.fetch`, or a look at a closed database."""

T = TypeVar("T")

# At DEBUG the driver logs every statement with its values; sealed or not, they belong into no log.
logging.getLogger("aiosqlite").setLevel(logging.INFO)

log = structlog.get_logger(__name__)


class Store:
    """The database behind `url`.

    Args:
        url: `sqlite+aiosqlite:///` followed by a path; the file and its directory are created, private.
        steady: See the attribute.

    Attributes:
        path: Where the database lies.
        steady: Seconds by a clock that nobody sets and that all processes on this database share, so that
            leases hold however much their wall clocks differ or jump. A SQLite file with a write-ahead log is
            for one machine's processes, so it is the machine's own, which begins anew when the machine does.

    Raises:
        StoreError: The URL names no SQLite file.
    """

    def __init__(self, url: str, *, steady: Callable[[], float] = time.monotonic) -> None:
        parsed = make_url(url)
        name = parsed.database
        if parsed.drivername != "sqlite+aiosqlite" or not name or name.startswith((":memory:", "file:")):
            raise StoreError(
                "The database URL names no SQLite file.",
                advice="Use sqlite+aiosqlite:/// followed by the path of a file.",
            )
        self.path: Final = Path(name).absolute()
        self._url = connections.address(parsed, self.path)
        self.steady: Final = steady
        self._open: _Open | None = None

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    @property
    def is_open(self) -> bool:
        """Whether it was opened and not closed since."""
        return self._open is not None

    @property
    def in_place(self) -> bool:
        """Whether the files that are open are still there; if not, nothing is written: it would be lost."""
        return self._opened.lock.in_place

    @property
    def damage(self) -> tuple[str, ...]:
        """What was wrong with the file's pages when it was opened, in SQLite's words.

        If anything was, the database is only read: writing could spread the damage.
        """
        return self._opened.damage

    async def open(self, *, fits: Callable[[Fetch], Awaitable[None]] | None = None) -> None:
        """Open the database, create it if there is none, and bring it to the newest schema.

        Opening it twice is harmless. One with some damaged pages is opened for reading only.

        Args:
            fits: Looks at what is stored before a single byte is changed; what it raises stops the opening.

        Raises:
            SchemaTooNewError: A newer Auxcord wrote it; nothing was changed.
            StoreDamagedError: Too much of it is damaged, or a part of it is missing; nothing was changed.
            StoreUnavailableError: It cannot be opened.
            StoreError: It is not Auxcord's.
        """
        if self.is_open:
            return
        require_complete(self.path)
        await self._look_before(fits)
        prepare(self.path)
        self._open = _Open(self._url, self.path)
        try:
            if self.path.stat().st_size <= LARGEST_CHECKED:
                self._open.damage = await self._look(damaged_pages)
            if await self._look(revision_of) != HEAD:
                await self._migrate()
            if self.damage:
                log.critical(
                    "the database is damaged and only read; people cannot sign in and access ends within the "
                    "hour: stop the server and run auxcord doctor",
                    damage=self.damage[:3],
                )
            self._open.lock.serving = True
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish queued writes and close; the last process out folds the write-ahead log into the file."""
        opened, self._open = self._open, None
        if opened is not None:
            await opened.close()

    async def is_current(self) -> bool:
        """Whether the schema is the one this program knows; a newer program may have changed it meanwhile."""
        return await self._look(revision_of) == HEAD

    def read(self) -> Reading:
        """Lend a connection for reading: `async with store.read() as connection`.

        Each statement sees what was committed before it; writing through it fails.
        """
        return Reading(self._opened.reader)

    def write(self) -> Writing:
        """Open a write transaction: `async with store.write() as connection`.

        It commits on leaving and rolls back when an exception leaves it. Writers take turns: keep it brief,
        never open a second one, or wait for the network, inside it.
        """
        return Writing(self._writable.writer, self._writable.turn)

    async def fetch(
        self, statement: Executable, values: Mapping[str, object] | None = None
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return the rows of one quick SELECT; several times faster than `read()` for a look-up by key.

        SQLite answers a look-up from memory faster than a thread can be woken, so it runs right here; should
        the database be busy, a pooled connection waits for it instead.
        """
        return await self._look(lambda connection: connection.execute(statement, values).all())

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work(connection)` as one durable write transaction and return its result.

        Concurrent calls share one commit, so this is the fast way to write. `work` runs on the writer's
        thread: it may only use its connection. A cancelled caller does not undo what is already under way.

        Raises:
            StoreUnavailableError: The database failed; nothing was changed.
            Exception: Whatever `work` raised; nothing was changed.
        """
        return await self._writable.batches.transact(work)

    async def checkpoint(self) -> None:
        """Erase the traces of what was deleted so far, from the file and from the write-ahead log.

        Raises:
            StoreUnavailableError: The database stayed in use; traces may be left. Repeat it.
        """
        await self._writable.erasure.run()

    @property
    def _opened(self) -> _Open:
        if self._open is None:
            raise StoreUnavailableError("The database is not open.")
        return self._open

    @property
    def _writable(self) -> _Open:
        opened = self._opened
        if opened.damage:
            raise StoreDamagedError("The database is damaged, so it is only read until that is mended.")
        return opened

    async def _look(self, work: Callable[[Connection], T]) -> T:
        began = recording.now()
        try:
            return await self._read(work)
        except StoreError as error:
            metrics.STORE_FAILED.add("read", error.code)
            raise
        finally:
            metrics.STORE_SECONDS.since(began, "read")

    async def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._opened.inline.connect() as connection:
                return work(connection)
        except OperationalError:
            async with self.read() as patient:
                return await patient.run_sync(work)
        except Exception as error:
            raise_translated(error)
            raise

    async def _look_before(self, fits: Callable[[Fetch], Awaitable[None]] | None) -> None:
        """Refuse what must not be opened while nothing has been changed yet.

        What cannot be looked at is left to the opening itself, which says why.
        """
        if not self.path.is_file() or not self.path.stat().st_size:
            return
        engine = connections.onlooker(self.path, has_log=log_of(self.path).exists())
        try:
            with engine.connect() as connection:
                revision = revision_of(connection)
                if revision is None:
                    return
                _require_known(revision)
                if fits is not None:
                    await fits(_fetching(connection))
        except DBAPIError:
            return
        finally:
            engine.dispose()

    async def _migrate(self) -> None:
        from auxcord.store import migration  # noqa: PLC0415 - Alembic costs 0.2 s and is rarely needed

        current = await self._look(revision_of)
        if current is not None:
            _require_known(current)
        async with self.write() as connection:
            if await connection.run_sync(revision_of) != HEAD:
                await connection.run_sync(migration.upgrade)
        # Into the file itself, so that it never looks like another one's when its log is lost.
        await asyncio.to_thread(connections.fold_log, self.path)
        await self.close()  # what is open remembers the old schema
        self._open = _Open(self._url, self.path)


class _Open:
    """What exists only while the store is open."""

    def __init__(self, url: URL, path: Path) -> None:
        self._url = url
        self.damage: tuple[str, ...] = ()
        self._engines: list[AsyncEngine] = []
        self.turn = Turn()
        self.erasure = Erasure(path, self.turn)
        self.lock = WriteLock(path)
        self.inline = connections.inline_reader(url)
        self.batches = Batches(connections.batch_writer(url, self.lock), self.turn)

    @cached_property
    def reader(self) -> AsyncEngine:
        return self._pool(connections.reader)

    @cached_property
    def writer(self) -> AsyncEngine:
        return self._pool(lambda url: connections.writer(url, self.lock))

    async def close(self) -> None:
        await self.batches.close()
        self.inline.dispose()
        for engine in self._engines:
            await engine.dispose()

    def _pool(self, make: Callable[[URL], AsyncEngine]) -> AsyncEngine:
        engine = make(self._url)
        self._engines.append(engine)
        return engine


def _require_known(revision: str) -> None:
    if revision == HEAD:
        return
    from auxcord.store import migration  # noqa: PLC0415 - as above

    if not migration.is_known(revision):
        raise SchemaTooNewError(f"The database is at revision {revision}, which this version does not know.")


def _fetching(connection: Connection) -> Fetch:
    async def fetch(statement: Executable) -> Sequence[Row[*tuple[Any, ...]]]:
        return connection.execute(statement).all()

    return fetch
