"""Writing the trail: in the same transaction as what is told, where there is one."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import bindparam, func, select

from auxcord.audit import pruning
from auxcord.audit.chain import append
from auxcord.audit.events import Event
from auxcord.audit.lines import Details
from auxcord.audit.ranges import written
from auxcord.audit.reading import LINES, line_of
from auxcord.errors import StoreError
from auxcord.store.schema import audit, audit_details, users
from auxcord.store.transactions import after_commit
from auxcord.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from auxcord.audit.lines import Checkpoint, Line
    from auxcord.store import Store

RETENTION: Final = 400 * 86400.0
"""Seconds a line is kept unless the operator says otherwise: a year, and time to look at it."""

CHAIN: Final = "audit chain"
"""What the chain's key is called where keys are derived."""

_A_MINUTE: Final = 60.0
_QUIET: Final = {Event.RECORD_CORRUPT: 86400.0}
_MOST_REMEMBERED: Final = 2048
_IS_SOMEBODY: Final = select(users.c.user_id).where(users.c.user_id == bindparam("user_id"))
_THEIRS: Final = (
    select(audit_details.c.seq)
    .where(audit_details.c.user_id == bindparam("user_id"))
    .order_by(audit_details.c.seq)
)

log = structlog.get_logger(__name__)
told = structlog.get_logger("audit")
"""Every line, once it is durable. Its number and hash are an anchor: see `verification`."""


class Trail:
    """The audit trail of one database.

    Args:
        store: Where it lies.
        key: Returns the key of the chain; asked when it is first needed.
        clock: Unix seconds.
        retention: Seconds a line is kept.
    """

    def __init__(
        self,
        store: Store,
        key: Callable[[], bytes],
        *,
        clock: Callable[[], float] = time.time,
        retention: float = RETENTION,
    ) -> None:
        self._store = store
        self._find_key = key
        self._clock = clock
        self._retention = retention
        self._quiet: dict[tuple[object, ...], float] = {}

    @cached_property
    def key(self) -> bytes:
        """The key of the chain."""
        return self._find_key()

    def entry(
        self,
        connection: Connection,
        event: Event,
        *,
        user: str | None = None,
        client: str | None = None,
        tool: str | None = None,
        decision: str | None = None,
        **facts: object,
    ) -> None:
        """Write a line in the caller's transaction.

        Args:
            connection: Of the write transaction that does what the line tells.
            event: What happened.
            user: Whose security it concerns. Somebody who has just been erased is not named any more.
            client: Id of the client program that acts.
            tool: Name of the tool.
            decision: `allowed` or `refused`.
            facts: Further facts; never secrets, and nothing of the music somebody hears.
        """
        request = structlog.contextvars.get_contextvars().get("request_id")
        if user is not None and connection.scalar(_IS_SOMEBODY, {"user_id": user}) is None:
            user, client, tool, facts = None, None, None, {}
        details = Details.of(client=client, tool=tool, decision=decision, request=request, facts=facts)
        place = append(connection, self.key, self._clock(), event, user, details)
        after_commit(connection, lambda: _tell(event, user, details, place))

    async def record(self, event: Event, **what: Any) -> None:
        """Write a line on its own, durably; see `entry`.

        Raises:
            StoreUnavailableError: It could not be written.
        """
        await self._store.transact(lambda connection: self.entry(connection, event, **what))

    async def record_sparingly(self, event: Event, **what: Any) -> None:
        """Write a line about something that can be repeated at will: the same at most once a minute.

        Of a damaged record once a day: it is noticed at every call until somebody mends it.

        What is told this way was refused anyway, or is only noticed: if the line cannot be written, nothing
        is allowed that should not be. That is logged.
        """
        if event is Event.LIMIT_HIT:
            metrics.LIMITS_HIT.add(str(what["limit"]))  # each time, where the trail is told once a minute
        now = self._clock()
        key = (event, *sorted(what.items()))
        if abs(now - self._quiet.get(key, float("-inf"))) < _QUIET.get(event, _A_MINUTE):
            return
        self._quiet.pop(key, None)
        while len(self._quiet) >= _MOST_REMEMBERED:
            del self._quiet[next(iter(self._quiet))]
        self._quiet[key] = now
        try:
            await self.record(event, **what)
        except StoreError as error:
            self._quiet.pop(key, None)
            log.warning("a line of the audit trail could not be written", line=event.value, code=error.code)

    def erase(self, connection: Connection, user_id: str, *, by: str) -> None:
        """Tell, in the transaction that erases a person, that it does; call it before the deletion.

        The details of the person's lines go with the person. This line names them by number, so that details
        that anybody else took away are noticed.
        """
        if connection.scalar(_IS_SOMEBODY, {"user_id": user_id}) is not None:
            lines = connection.scalars(_THEIRS, {"user_id": user_id}).all()
            self.entry(connection, Event.ERASED, by=by, lines=written(lines))

    def erase_many(self, connection: Connection, user_ids: Sequence[str], *, by: str) -> None:
        """Tell, by one line, of many people who are erased in one transaction; see `erase`."""
        present = select(func.count()).select_from(users).where(users.c.user_id.in_(user_ids))
        people = connection.scalar(present) or 0
        if people:
            theirs = select(audit_details.c.seq).where(audit_details.c.user_id.in_(user_ids))
            lines = connection.scalars(theirs.order_by(audit_details.c.seq)).all()
            self.entry(connection, Event.ERASED, by=by, people=people, lines=written(lines))

    async def prune(self) -> None:
        """Remove lines that have been kept long enough: daily, or oftener where they are kept for days."""
        if not await pruning.is_due(self._store, self._clock(), self._retention):
            return
        removed = pruning.MOST
        while removed == pruning.MOST:
            removed = await self._store.transact(
                lambda connection: pruning.prune(connection, self.key, self._clock(), self._retention)
            )

    async def of_person(self, user_id: str, *, most: int) -> Sequence[Line]:
        """Return the newest lines about a person, newest first."""
        theirs = LINES.where(audit_details.c.user_id == user_id).order_by(audit.c.seq.desc()).limit(most)
        return [line_of(row) for row in await self._store.fetch(theirs)]


def _tell(event: Event, user: str | None, details: Details, place: Checkpoint) -> None:
    what = {
        "user": user,
        "client": details.client,
        "tool": details.tool,
        "decision": details.decision,
        "request_id": details.request,
        **{f"fact_{name}": value for name, value in details.facts.items()},
    }
    present = {name: value for name, value in what.items() if value is not None}
    metrics.LINES_WRITTEN.add(event.value)
    told.info(event.value, seq=place.seq, at=place.at, hash=place.hash.hex(), **present)
