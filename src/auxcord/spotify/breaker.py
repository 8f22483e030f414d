"""Leaving Spotify alone while it keeps failing.

Outages come in bursts, and often strike one kind of request only. After many failures in a row that kind is
refused here, at once and with the time to wait, instead of being tried three times by everybody. Then one
request is let through: when it is answered everything goes on, when it fails the rest is twice as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from auxcord.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

TOLERANCE = 9
"""Failures in a row before a kind of request is given a rest: three reads, each tried three times."""

_FIRST_REST = 5.0
_LONGEST_REST = 60.0
_MEMORY = 60.0
_BEHIND_ANOTHER = 1.0


class _Trouble:
    """How one kind of request has been failing."""

    __slots__ = ("failures", "last", "rest", "trying", "until")

    def __init__(self) -> None:
        self.failures = 0
        self.last = 0.0
        self.rest = 0.0
        self.until = 0.0
        self.trying = False


class Breaker:
    """Counts failures by kind of request; holds nothing for kinds that work.

    Args:
        clock: Seconds, rising.
        tolerance: Failures in a row before a rest.
    """

    def __init__(self, clock: Callable[[], float], *, tolerance: int = TOLERANCE) -> None:
        self._clock = clock
        self._tolerance = tolerance
        self._troubles: dict[str, _Trouble] = {}
        self.place = "1"

    @property
    def resting(self) -> int:
        """How many kinds of request are given a rest now."""
        return sum(self.resting_for(family) > 0 for family in self._troubles)

    def resting_for(self, family: str) -> float:
        """Seconds until a request of this kind makes sense; 0 when it does."""
        trouble = self._troubles.get(family)
        if trouble is None or not trouble.rest:
            return 0.0
        wait = min(trouble.until - self._clock(), trouble.rest)  # the clock may have been set back
        return wait if wait > 0 else _BEHIND_ANOTHER if trouble.trying else 0.0

    def attempt(self, family: str) -> Attempt:
        """A request of this kind on its way: `with` it, and say in `failed` how it went."""
        return Attempt(self, family)

    def begin(self, family: str) -> bool:
        """Whether the request that begins now is the one that decides over the end of a rest."""
        trouble = self._troubles.get(family)
        if trouble is None or not trouble.rest or trouble.trying:
            return False
        trouble.trying = True
        return True

    def end(self, family: str, *, failed: bool | None, decides: bool) -> None:
        """Note how a request went; `failed` is None when it was never sent, or nobody waited for it."""
        trouble = self._troubles.get(family)
        if decides and trouble is not None:
            trouble.trying = False
        if failed is False:
            self._troubles.pop(family, None)
        elif failed:
            self._count(family, decides=decides)

    def _count(self, family: str, *, decides: bool) -> None:
        trouble, now = self._troubles.setdefault(family, _Trouble()), self._clock()
        if trouble.rest:
            if decides:
                trouble.rest = min(trouble.rest * 2, _LONGEST_REST)
                trouble.until = now + trouble.rest
                metrics.BREAKERS_OPENED.add(self.place)
            return  # sent before the rest began: it says nothing new
        trouble.failures = trouble.failures + 1 if 0 <= now - trouble.last <= _MEMORY else 1
        trouble.last = now
        if trouble.failures >= self._tolerance:
            trouble.rest = _FIRST_REST
            trouble.until = now + trouble.rest
            metrics.BREAKERS_OPENED.add(self.place)


class Attempt:
    """One request. Whatever ends it, a rest that waits for its outcome goes on waiting for another."""

    __slots__ = ("_breaker", "_decides", "_family", "failed")

    def __init__(self, breaker: Breaker, family: str) -> None:
        self._breaker = breaker
        self._family = family
        self._decides = False
        self.failed: bool | None = None

    def __enter__(self) -> Self:
        self._decides = self._breaker.begin(self._family)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._breaker.end(self._family, failed=self.failed, decides=self._decides)
