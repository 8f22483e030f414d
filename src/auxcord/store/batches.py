"""Group commit: concurrent write transactions share one trip to the disk.

Making a commit durable takes far longer than the few statements in it. So one thread runs all transactions
that are waiting, each behind its own savepoint, and commits them together; a caller hears of success only
after that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError

from auxcord.errors import StoreError, StoreUnavailableError
from auxcord.store.failures import translated
from auxcord.store.transactions import taken
from auxcord.telemetry import metrics
from auxcord.telemetry.instruments import recording

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from auxcord.store.transactions import Turn

T = TypeVar("T")

_LARGEST: Final = 128


class _Job:
    """One transaction: what to do, who waits for it, and how it went."""

    def __init__(self, work: Callable[[Connection], Any], future: asyncio.Future[Any]) -> None:
        self.work = work
        self.future = future
        self.context = copy_context()  # the caller's, so that what is logged names the caller's request
        self.later: list[Callable[[], object]] = []
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, connection: Connection) -> None:
        """Do the work behind a savepoint; only a failure of the database itself leaves this method."""
        savepoint = connection.begin_nested()
        try:
            self.result = self.context.run(self.work, connection)
            savepoint.commit()
            self.later = taken(connection)
        except Exception as error:
            taken(connection)
            if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
                raise
            savepoint.rollback()
            # A future cannot carry StopIteration.
            self.error = RuntimeError("StopIteration") if isinstance(error, StopIteration) else error

    def report(self) -> None:
        """Wake the caller, unless it has gone."""
        if self.error is None:
            for call in self.later:
                self.context.run(call)
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Batches:
    """The process's queue of write transactions, and the thread that runs them.

    Args:
        engine: Makes the thread's connection.
        turn: What this queue shares with the process's other writers.
    """

    def __init__(self, engine: Engine, turn: Turn) -> None:
        self._engine = engine
        self._turn = turn
        self._waiting: deque[_Job] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="auxcord-writer")
        self._runner: asyncio.Task[None] | None = None
        self._closed = False

    async def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` as one transaction and return its result once it is durable.

        Raises:
            StoreUnavailableError: The database failed; nothing was changed.
            Exception: Whatever `work` raised; nothing was changed.
        """
        if self._closed:
            raise StoreUnavailableError("The database is not open.")
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        if self._runner is None:
            self._runner = asyncio.create_task(self._run_all())
        began = recording.now()
        try:
            result: T = await job.future
        except StoreError as error:
            metrics.STORE_FAILED.add("write", error.code)
            raise
        finally:
            metrics.STORE_SECONDS.since(began, "write")
        return result

    async def close(self) -> None:
        """Finish what is queued, then end the thread."""
        self._closed = True
        if self._runner is not None:
            await self._runner
        self._thread.shutdown()
        self._engine.dispose()

    async def _run_all(self) -> None:
        try:
            while self._waiting:
                for job in await self._run_some():
                    job.report()
        finally:
            self._runner = None

    async def _run_some(self) -> list[_Job]:
        try:
            await self._turn.take()
        except StoreUnavailableError as error:
            batch = self._take()
            _fail(batch, error)
            return batch
        try:
            batch = self._take()
            await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, batch)
        finally:
            self._turn.release()
        return batch

    def _take(self) -> list[_Job]:
        count = min(_LARGEST, len(self._waiting))
        jobs = [self._waiting.popleft() for _ in range(count)]
        return [job for job in jobs if not job.future.done()]

    def _commit(self, batch: list[_Job]) -> None:
        """Run on the writer's thread. Never raises: the outcome is in the jobs."""
        try:
            with self._engine.begin() as connection:
                for job in batch:
                    job.run(connection)
        except BaseException as error:  # noqa: BLE001 - the whole batch failed; each caller is told
            _fail(batch, error)


def _fail(batch: list[_Job], error: BaseException) -> None:
    for job in batch:
        failure = translated(error) or error
        if failure is not error:
            failure.__cause__ = error
        job.error = failure
