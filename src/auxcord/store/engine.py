"""The one door to the database: pooled connections, private files, durable transactions, migrations.

SQLite with a write-ahead log: readers never wait for writers, a commit is on disk before it is reported
(`synchronous=FULL`), and what is deleted is overwritten (`secure_delete`). Several processes may share it.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from auxcord.errors import SchemaTooNewError, StoreError, StoreUnavailableError
from auxcord.store.files import prepare
from auxcord.store.schema import HEAD

if TYPE_CHECKING:
    from types import TracebackType

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

_BUSY_MILLISECONDS: Final = 10_000
_POOL_SECONDS: Final = 30.0
_READERS: Final = 4
_PRAGMAS: Final = (
    f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
)
_DAMAGED: Final = ("malformed", "not a database")

# At DEBUG the driver logs every statement with its values; sealed or not, they belong into no log.
logging.getLogger("aiosqlite").setLevel(logging.INFO)


class Store:
    """The database behind `url`.

    Args:
        url: `sqlite+aiosqlite:///` followed by a path; the file and its directory are created, private.

    Raises:
        StoreError: The URL names no SQLite file.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        name = parsed.database
        if (
            parsed.drivername != "sqlite+aiosqlite"
            or not name
            or name == ":memory:"
            or name.startswith("file:")
        ):
            raise StoreError(
                "The database URL names no SQLite file.",
                advice="Use sqlite+aiosqlite:/// followed by the path of a file.",
            )
        self.path: Final = Path(name).absolute()
        self._url = parsed.set(database=str(self.path))
        self._reader: AsyncEngine | None = None
        self._writer: AsyncEngine | None = None

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r})"

    async def open(self) -> None:
        """Open the database, create it if there is none, and bring it to the newest schema.

        Raises:
            SchemaTooNewError: A newer Auxcord wrote it; nothing was changed.
            StoreUnavailableError: It cannot be opened.
            StoreError: It is damaged, or not Auxcord's.
        """
        prepare(self.path)
        self._reader = _reader(self._url)
        self._writer = _writer(self._url)
        try:
            if await self._revision() != HEAD:
                await self._migrate()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close every connection; the last process to do so folds the write-ahead log into the file."""
        engines = (self._reader, self._writer)
        self._reader = self._writer = None
        for engine in engines:
            if engine is not None:
                await engine.dispose()

    def read(self) -> Reading:
        """Lend a connection for reading: `async with store.read() as connection`.

        Each statement sees what was committed before it; writing through it fails.
        """
        return Reading(_opened(self._reader))

    def write(self) -> Writing:
        """Open the one write transaction: `async with store.write() as connection`.

        It commits on leaving and rolls back when an exception leaves it. Writers take turns: keep it brief,
        never open a second one, or wait for the network, inside it.
        """
        return Writing(_opened(self._writer))

    async def checkpoint(self) -> None:
        """Fold the write-ahead log into the file and empty it, so that erased data is in neither.

        Raises:
            StoreUnavailableError: Another process kept reading; what was erased may still stand in the log.
        """
        async with self.read() as connection:
            blocked = await connection.scalar(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        if blocked:
            raise StoreUnavailableError(
                "The write-ahead log could not be emptied because the database is in use.",
                advice="Repeat the request in a few seconds.",
            )

    async def _revision(self) -> str | None:
        async with self.read() as connection:
            return await connection.run_sync(_revision)

    async def _migrate(self) -> None:
        from auxcord.store import migration  # noqa: PLC0415 - Alembic costs 0.2 s and is rarely needed

        current = await self._revision()
        if current is not None and not migration.is_known(current):
            raise SchemaTooNewError(
                f"The database is at revision {current}, which this version does not know."
            )
        async with self.write() as connection:
            if await connection.run_sync(_revision) != HEAD:
                await connection.run_sync(migration.upgrade)


class Reading:
    """A connection lent for reading; a class, as generators break frozen exceptions passing through."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __aenter__(self) -> AsyncConnection:
        try:
            self._connection = await self._engine.connect()
        except (DBAPIError, PoolTimeoutError) as error:
            raise _translated(error) from error
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _finish(self._connection.close())
        _raise_translated(error)


class Writing:
    """One write transaction; a class, as generators break frozen exceptions passing through."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __aenter__(self) -> AsyncConnection:
        try:
            self._connection = await self._engine.connect()
        except (DBAPIError, PoolTimeoutError) as error:
            raise _translated(error) from error
        try:
            self._transaction = await self._connection.begin()
        except BaseException as error:
            await _finish(self._connection.close())
            _raise_translated(error)
            raise
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await _finish(self._settle(error))
        _raise_translated(error)

    async def _settle(self, error: BaseException | None) -> None:
        try:
            if error is None:
                await self._transaction.commit()
            elif self._transaction.is_active:
                await self._transaction.rollback()
        except DBAPIError as failure:
            raise _translated(failure) from failure
        finally:
            await self._connection.close()


_finishing: set[asyncio.Task[None]] = set()


async def _finish(work: Any) -> None:
    """Run `work` to its end even if the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    _finishing.add(task)
    task.add_done_callback(_finishing.discard)
    await asyncio.shield(task)


def _opened(engine: AsyncEngine | None) -> AsyncEngine:
    if engine is None:
        raise StoreUnavailableError("The database is not open.")
    return engine


def _reader(url: Any) -> AsyncEngine:
    engine = _engine(url, pool_size=_READERS, pool_reset_on_return=None)
    event.listen(engine.sync_engine, "connect", _prepare_reader)
    return engine


def _writer(url: Any) -> AsyncEngine:
    engine = _engine(url, pool_size=1)
    event.listen(engine.sync_engine, "connect", _prepare_writer)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _engine(url: Any, **options: Any) -> AsyncEngine:
    return create_async_engine(
        url,
        connect_args={"isolation_level": None, "timeout": _BUSY_MILLISECONDS / 1000},
        hide_parameters=True,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        **options,
    )


def _prepare_reader(connection: Any, _record: Any) -> None:
    _run(connection, *_PRAGMAS, "PRAGMA query_only=ON")


def _prepare_writer(connection: Any, _record: Any) -> None:
    _run(connection, *_PRAGMAS, "PRAGMA journal_mode=WAL")


def _run(connection: Any, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _revision(connection: Connection) -> str | None:
    """Return the schema's revision, None for an empty database."""
    tables = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    if "alembic_version" in tables:
        return str(connection.scalar(text("SELECT version_num FROM alembic_version")))
    if tables:
        raise StoreError("The database belongs to another program.", advice="Choose another path.")
    return None


def _raise_translated(error: BaseException | None) -> None:
    if isinstance(error, DBAPIError | PoolTimeoutError) and not isinstance(error, IntegrityError):
        raise _translated(error) from error


def _translated(error: DBAPIError | PoolTimeoutError) -> StoreError:
    """Say what the driver's error means; its own text never reaches a reader."""
    reason = str(error.orig) if isinstance(error, DBAPIError) else ""
    if any(sign in reason for sign in _DAMAGED):
        return StoreError(
            "The database file is damaged or no SQLite database.",
            advice="The operator should restore it from a backup.",
        )
    if "full" in reason:
        return StoreUnavailableError("The disk that holds the database is full.")
    return StoreUnavailableError("The database cannot be reached or is busy.")
