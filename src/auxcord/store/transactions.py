"""What `async with` on the store enters.

Classes on purpose: a generator-based context manager sets the traceback of an exception that passes through,
and the SDK's frozen exceptions do not survive that.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

from auxcord.errors import StoreUnavailableError
from auxcord.store.connections import BUSY_SECONDS
from auxcord.store.failures import raise_translated

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")

_TURN_SECONDS: Final = 3 * BUSY_SECONDS
_LATER: Final = "auxcord after commit"


def after_commit(connection: Connection, call: Callable[[], object]) -> None:
    """Call this once the transaction under way is durable; never if it is undone.

    It runs on the event loop, in a task of nobody's: it must be quick and must not fail.
    """
    connection.info.setdefault(_LATER, []).append(call)


def taken(connection: Connection | None) -> list[Callable[[], object]]:
    """Take what `after_commit` was given in the transaction that is over now."""
    if connection is None or connection.closed or connection.invalidated:  # cancelled: nothing was committed
        return []
    calls: list[Callable[[], object]] = connection.info.pop(_LATER, [])
    return calls


class Turn:
    """Makes the writers of one process wait for each other, first come, first served."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self.release = self._lock.release

    async def take(self) -> None:
        """Wait for one's turn.

        Raises:
            StoreUnavailableError: It did not come within 30 seconds.
        """
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await self._lock.acquire()
        except TimeoutError as error:
            raise StoreUnavailableError("The database is too busy.") from error


class Reading:
    """A connection lent for reading."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __aenter__(self) -> AsyncConnection:
        try:
            self._connection = await self._engine.connect()
        except Exception as error:
            raise_translated(error)
            raise
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await finish(self._connection.close())
        raise_translated(error)


class Writing:
    """One write transaction, when it is its turn."""

    def __init__(self, engine: AsyncEngine, turn: Turn) -> None:
        self._engine = engine
        self._turn = turn

    async def __aenter__(self) -> AsyncConnection:
        await self._turn.take()
        try:
            return await self._begin()
        except BaseException as error:
            self._turn.release()
            raise_translated(error)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await finish(self._settle(error))
        except Exception as failure:
            raise_translated(failure)
            raise
        raise_translated(error)

    async def _begin(self) -> AsyncConnection:
        self._connection = await self._engine.connect()
        try:
            self._transaction = await self._connection.begin()
        except BaseException:
            await finish(self._connection.close())
            raise
        return self._connection

    async def _settle(self, error: BaseException | None) -> None:
        try:
            later = taken(self._connection.sync_connection)
            if error is None:
                await self._transaction.commit()
                for call in later:
                    call()
        finally:
            try:
                await self._connection.close()  # rolls back whatever is not committed
            finally:
                self._turn.release()


_finishing: set[asyncio.Task[Any]] = set()


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end even if the caller is cancelled meanwhile."""
    task = asyncio.create_task(work)
    _finishing.add(task)
    task.add_done_callback(_finishing.discard)
    return await asyncio.shield(task)
