"""What Spotify's 429 answers close, and until when.

A deadline is fixed by the first refusal: Spotify's Retry-After counts down towards it however often one asks.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 60.0
_QUOTA_PAUSE = 3_600.0
_LONGEST_CLOSURE = 25 * 3_600.0


class Limit(Enum):
    """Which limit a request ran into."""

    PACE = "pace"
    """The app's rolling window: everything waits."""

    OWN = "own"
    """A window of this kind of request alone, such as uploading covers."""

    QUOTA = "quota"
    """The app's quota for this kind of request; it frees up over about a day."""


class Closure(NamedTuple):
    """What is closed, and for how many more seconds (0: open)."""

    limit: Limit
    seconds: float


class Closures:
    """Remembers refusals: one deadline for the whole app, and one for each kind of request.

    Args:
        clock: Seconds, rising.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = 0.0
        self._noted = -math.inf
        self._unexplained = 0
        self._families: dict[str, tuple[Limit, float]] = {}

    def note(self, family: str, *, limit: Limit, began: float, after: float | None) -> float:
        """Note a 429; returns the seconds until the same request can help.

        Args:
            family: What kind of request it was.
            limit: Which limit it ran into.
            began: When it was sent. Refusals of requests sent before the last one was known do not add up.
            after: Spotify's Retry-After in seconds, if it gave one that can be read.
        """
        if limit is Limit.PACE:
            return self._note_app(began, after)
        now = self._clock()
        self._families = {name: kept for name, kept in self._families.items() if kept[1] > now}
        if after is None:
            after = _QUOTA_PAUSE if limit is Limit.QUOTA else _FIRST_PAUSE
        until = now + min(after, _LONGEST_CLOSURE)
        return self._families.setdefault(family, (limit, until))[1] - now

    def is_news(self, began: float) -> bool:
        """Whether a refusal of a request sent then says more than the last one did."""
        return began > self._noted

    def _note_app(self, began: float, after: float | None) -> float:
        now = self._clock()
        if self.is_news(began):
            self._unexplained = self._unexplained + 1 if after is None else 0
            if after is None:
                after = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (self._unexplained - 1))
            self._until = max(self._until, now + min(after, _LONGEST_CLOSURE))
            self._noted = now
        return max(0.0, self._until - now)

    def answered(self) -> None:
        """Note that Spotify answered normally: pauses without a Retry-After start short again."""
        self._unexplained = 0

    def app(self) -> float:
        """Seconds until the app's requests may go on."""
        return max(0.0, self._until - self._clock())

    def family(self, family: str) -> Closure:
        """What closes this kind of request alone."""
        limit, until = self._families.get(family, (Limit.OWN, 0.0))
        return Closure(limit, max(0.0, until - self._clock()))

    def quotas(self) -> dict[str, float]:
        """Kinds of request without quota, each with the seconds until it frees up."""
        now = self._clock()
        used_up = {name: until for name, (limit, until) in self._families.items() if limit is Limit.QUOTA}
        return {name: until - now for name, until in used_up.items() if until > now}
