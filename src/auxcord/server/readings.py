"""What metrics tell of the database as a whole: read when somebody looks, and at most every 15 seconds."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import func, select

from auxcord.audit import Event
from auxcord.errors import AuxcordError
from auxcord.store.schema import audit, data_keys, seats, server_keys
from auxcord.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from auxcord.server.assembly import Parts
    from auxcord.telemetry.instruments import Gauge, Labels

EVERY_SECONDS: Final = 15.0
_LONGEST: Final = 5.0
"""Seconds a look at the database may take; whoever scrapes gives up soon after."""

log = structlog.get_logger(__name__)


class Readings:
    """Looks at the database for metrics.

    Args:
        parts: What the server is made of; open.
        key_ids: Returns the ids of the ring's keys, newest first; they may change while the server runs.
        steady: Seconds that rise evenly.
    """

    def __init__(
        self, parts: Parts, key_ids: Callable[[], tuple[str, ...]], *, steady: Callable[[], float]
    ) -> None:
        self._parts = parts
        self._key_ids = key_ids
        self._steady = steady
        self._read_at: float | None = None
        self._turn = asyncio.Lock()
        self._told: dict[Gauge, Mapping[Labels, float]] = {}
        self._rotated = 0.0
        self._seen = -1

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell the metrics until the block is left."""
        ours = (
            metrics.SEATS_TAKEN,
            metrics.KEY_RING_AGE,
            metrics.DATA_KEYS_AGE,
            metrics.DATA_KEYS_WRAPPED,
            metrics.STORE_REACHED,
        )
        with ExitStack() as stack:
            for gauge in ours:
                stack.enter_context(gauge.told_by(lambda gauge=gauge: self._told.get(gauge, {})))  # type: ignore[misc]
            yield

    async def renew(self) -> None:
        """Look again, unless that was done a moment ago; an unreadable database is told as that."""
        async with self._turn:
            now = self._steady()
            if self._read_at is not None and now - self._read_at < EVERY_SECONDS:
                return
            self._read_at = now
            try:
                async with asyncio.timeout(_LONGEST), self._parts.store.read() as connection:
                    self._told = await self._look(connection)
            except (AuxcordError, TimeoutError) as error:
                log.warning("the database cannot be read for metrics", kind=type(error).__name__)
                self._told = {metrics.STORE_REACHED: {(): 0.0}}

    async def _look(self, connection: AsyncConnection) -> dict[Gauge, Mapping[Labels, float]]:
        now = self._parts.clock()
        people = await connection.execute(select(seats.c.client_id, func.count()).group_by(seats.c.client_id))
        wrapped = await connection.execute(
            select(data_keys.c.key_id, func.count()).group_by(data_keys.c.key_id)
        )
        ages = select(func.max(data_keys.c.created_at), func.min(data_keys.c.created_at))
        newest, oldest = (await connection.execute(ages)).one()
        return {
            metrics.SEATS_TAKEN: self._seats({row[0]: row[1] for row in people}),
            metrics.DATA_KEYS_WRAPPED: self._wrapped({row[0]: row[1] for row in wrapped}),
            metrics.DATA_KEYS_AGE: {}
            if newest is None
            else {("newest",): max(0.0, now - newest), ("oldest",): max(0.0, now - oldest)},
            metrics.KEY_RING_AGE: {(): max(0.0, now - await self._ring_since(connection))},
            metrics.STORE_REACHED: {(): 1.0},
        }

    def _seats(self, people: Mapping[str, int]) -> dict[Labels, float]:
        told: dict[Labels, float] = {(str(app.position),): 0.0 for app in self._parts.apps}
        for client_id, count in people.items():
            app = self._parts.apps.get(client_id)
            place = ("unknown",) if app is None else (str(app.position),)
            told[place] = told.get(place, 0.0) + count
        return told

    def _wrapped(self, counts: Mapping[str, int]) -> dict[Labels, float]:
        told: dict[Labels, float] = {("newest",): 0.0, ("older",): 0.0, ("missing",): 0.0}
        ours = self._key_ids()
        for key_id, count in counts.items():
            if key_id not in ours:
                told["missing",] += count
            else:
                told["newest" if key_id == ours[0] else "older",] += count
        return told

    async def _ring_since(self, connection: AsyncConnection) -> float:
        """When the ring's keys were last changed; the trail is read once, and then only what is new in it."""
        if self._seen < 0:
            began = await connection.scalar(select(func.min(server_keys.c.created_at)))
            self._rotated = self._parts.clock() if began is None else began
        last = await connection.scalar(select(func.max(audit.c.seq))) or 0
        rotated = select(func.max(audit.c.at)).where(
            audit.c.seq > self._seen, audit.c.event == Event.KEY_RING_ROTATED.value
        )
        self._rotated = await connection.scalar(rotated) or self._rotated
        self._seen = last
        return self._rotated
