"""The gate every request to Spotify passes: one per Spotify app, shared by all its people.

Spotify counts requests per app in a rolling 30 s window of unpublished size, and, for apps in development
mode, against a quota that frees up over about a day. Both answer 429. Asking on after a 429 makes it worse,
so a refusal closes the gate for everybody until Spotify's own deadline, and nobody waits beyond a ceiling.

Source: developer.spotify.com/documentation/web-api/concepts/rate-limits.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, NamedTuple, Self

import anyio

from auxcord.errors import QuotaExceededError, RateLimitedError
from auxcord.spotify.closures import Closures, Limit
from auxcord.spotify.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable
    from types import TracebackType

    from auxcord.spotify.closures import Closure


class GateStatus(NamedTuple):
    """How the gate stands, for people who wonder why Spotify is slow.

    Attributes:
        closed_for: Seconds until requests may go on; 0 when they may.
        pace: Requests that may start within one window.
        quotas: Kinds of request whose quota is used up, each with the seconds until it frees up.
        running: Requests under way.
        waiting: Requests waiting for their turn.
    """

    closed_for: float
    pace: int
    quotas: dict[str, float]
    running: int
    waiting: int


class Ticket:
    """One request's place in its person's line. `event` is set when it is worth looking at `granted`."""

    __slots__ = ("event", "granted")

    def __init__(self) -> None:
        self.event = anyio.Event()
        self.granted = False


class Gate:
    """Lets requests through at a pace, a few at a time, in turns between people.

    Args:
        per_window: Requests that may start within one window; fewer once Spotify has refused that many.
        window: Seconds.
        concurrency: Requests under way at once.
        ceiling: Seconds a request waits at most; one that would wait longer fails at once.
        clock: Seconds, rising.
        sleep: Waits that many seconds.
    """

    def __init__(
        self,
        *,
        per_window: int = 600,
        window: float = 30.0,
        concurrency: int = 16,
        ceiling: float = 10.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.concurrency = concurrency
        self.ceiling = ceiling
        self.closures = Closures(clock)
        self.clock = clock
        self.sleep = sleep
        self.place = "1"
        self._pace = Pace(per_window, window, clock)
        self._running = 0
        self._lines: OrderedDict[Hashable, deque[Ticket]] = OrderedDict()

    def turn(self, line: Hashable, family: str, *, patience: float | None = None) -> Turn:
        """A turn for one request: `async with` waits for it, and gives the place back at the end.

        Args:
            line: Whose request it is; people take turns.
            family: What kind of request, as Spotify counts its quota.
            patience: Seconds to wait at most, when less than the ceiling.
        """
        return Turn(self, line, family, self.ceiling if patience is None else min(patience, self.ceiling))

    def status(self) -> GateStatus:
        """How the gate stands now."""
        waiting = sum(len(line) for line in self._lines.values())
        return GateStatus(
            self.closures.app(), self._pace.size, self.closures.quotas(), self._running, waiting
        )

    def join(self, line: Hashable) -> Ticket:
        """Stand in line; the ticket is granted when the turn has come."""
        ticket = Ticket()
        self._lines.setdefault(line, deque()).append(ticket)
        self.advance()
        return ticket

    def leave(self, line: Hashable, ticket: Ticket) -> None:
        """Give the place back: in the line, or among the running when the turn had come."""
        if ticket.granted:
            self._running -= 1
        else:
            waiting = self._lines[line]
            waiting.remove(ticket)
            if not waiting:
                del self._lines[line]
        self.advance()
        if self._lines and self.opens_in() > 0:
            self._nudge()

    def advance(self) -> None:
        """Let through as many as may go now, one person after the other."""
        while self._lines and self._running < self.concurrency and self.opens_in() <= 0:
            line, waiting = self._lines.popitem(last=False)
            ticket = waiting.popleft()
            if waiting:
                self._lines[line] = waiting
            self._running += 1
            self._pace.start()
            ticket.granted = True
            ticket.event.set()

    def _nudge(self) -> None:
        """Tell those who wait for a place that a place is there, and only time is in the way."""
        for waiting in self._lines.values():
            for ticket in waiting:
                ticket.event.set()

    def opens_in(self, ahead: int = 0) -> float:
        """Seconds until the pace and closures let one more through, after that many others."""
        return max(self._pace.opens_in(ahead), self.closures.app())

    def refused(self, family: str, *, limit: Limit, began: float, after: float | None) -> float:
        """Note a 429; returns the seconds until the same request can help.

        Args:
            family: What kind of request it was.
            limit: Which limit it ran into.
            began: When its turn began.
            after: Spotify's Retry-After in seconds, if it gave one that can be read.
        """
        if limit is Limit.PACE and self.closures.is_news(began):
            self._pace.refused()
        return self.closures.note(family, limit=limit, began=began, after=after)

    def ahead_of(self, line: Hashable, ticket: Ticket) -> int:
        """How many requests get their turn before this one."""
        mine = self._lines[line].index(ticket)
        return sum(min(len(waiting), mine + (name != line)) for name, waiting in self._lines.items())


class Turn:
    """One request's turn at the gate. `began` is when it came."""

    def __init__(self, gate: Gate, line: Hashable, family: str, patience: float) -> None:
        self._gate = gate
        self._line = line
        self._family = family
        self._patience = patience
        self._arrived = gate.clock()
        self._slept = 0.0
        self._ticket: Ticket | None = None
        self.began = self._arrived
        self.waited = 0.0

    async def __aenter__(self) -> Self:
        """Wait for the turn.

        Raises:
            RateLimitedError: It would take too long; `retry_after` says how long.
            QuotaExceededError: This kind of request has no quota left.
        """
        while self._ticket is None:
            await self._await_family()
            ticket = self._gate.join(self._line)
            try:
                await self._await_grant(ticket)
                self._ticket = ticket
            finally:
                # The kind of request may have been closed while this one stood in line.
                if self._ticket is None or self._family_wait().seconds > 0:
                    self._ticket = None
                    self._gate.leave(self._line, ticket)
        self.began = self._gate.clock()
        self.waited = self._so_far()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ticket is not None:
            self._gate.leave(self._line, self._ticket)

    def _family_wait(self) -> Closure:
        return self._gate.closures.family(self._family)

    def _so_far(self) -> float:
        return max(self._slept, self._gate.clock() - self._arrived)

    async def _await_family(self) -> None:
        while (closure := self._family_wait()).seconds > 0:
            await self._pause(closure.seconds, closure.limit)

    async def _await_grant(self, ticket: Ticket) -> None:
        gate = self._gate
        if not ticket.granted:
            self._check(gate.opens_in(gate.ahead_of(self._line, ticket)), Limit.PACE)
        while not ticket.granted:
            wait = gate.opens_in()
            if wait > 0:
                await self._pause(wait, Limit.PACE)
                gate.advance()
            else:
                await self._await_place(ticket)

    async def _await_place(self, ticket: Ticket) -> None:
        ticket.event = anyio.Event()
        with anyio.move_on_after(self._patience - self._so_far()):
            await ticket.event.wait()
            return
        if not ticket.granted:
            raise RateLimitedError("Too many requests to Spotify are waiting already.", retry_after=1.0)

    async def _pause(self, wait: float, limit: Limit) -> None:
        self._check(wait, limit)
        self._slept += wait
        await self._gate.sleep(wait)

    def _check(self, wait: float, limit: Limit) -> None:
        if self._so_far() + wait > self._patience:
            raise limited(wait, limit)


def limited(wait: float, limit: Limit) -> RateLimitedError:
    """The error that says which limit was met and how long it lasts."""
    if limit is Limit.QUOTA:
        return QuotaExceededError(
            f"The app's Spotify quota for this is used up; it frees up in {spoken(wait)}.", retry_after=wait
        )
    return RateLimitedError(
        f"Spotify takes no more requests from this app for {spoken(wait)}.", retry_after=wait
    )


def spoken(seconds: float) -> str:
    """A time as people say it: `12 seconds`, `5 minutes`, `14 hours`."""
    for size, word in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            count = max(1, round(seconds / size))
            return f"{count} {word}{'s' if count > 1 else ''}"
    return "a second"
