"""Rate limits: a rolling half minute per app, and a rolling day per developer account and endpoint family."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

WINDOW_SECONDS = 30.0
QUOTA_SECONDS = 86_400.0


class RollingCount:
    """Counts events in a rolling span, in sixty slots, so that memory stays small however many there are."""

    def __init__(self, span: float) -> None:
        self._span = span
        self._slot = span / 60
        self._slots: deque[list[float]] = deque()
        self._total = 0

    def add(self, now: float) -> None:
        """Count one event."""
        start = math.floor(now / self._slot) * self._slot
        if self._slots and self._slots[-1][0] >= start:
            self._slots[-1][1] += 1
        else:
            self._slots.append([start, 1])
        self._total += 1

    def total(self, now: float) -> int:
        """Say how many events the last span saw."""
        while self._slots and self._slots[0][0] + self._slot + self._span <= now:
            self._total -= int(self._slots.popleft()[1])
        return self._total

    def free_at(self) -> float:
        """Say when the oldest events leave the span."""
        return self._slots[0][0] + self._slot + self._span if self._slots else 0.0


@dataclass
class Limits:
    """The counters of every app and developer account, and until when exhausted quotas stay closed."""

    _windows: dict[str, RollingCount] = field(default_factory=dict)
    _quotas: dict[tuple[str, str], RollingCount] = field(default_factory=dict)
    _closed_until: dict[tuple[str, str], float] = field(default_factory=dict)

    def over_rate(self, client_id: str, limit: int, now: float) -> int | None:
        """Count a call of an app; when it is one too many, say for how many seconds to stay away."""
        window = self._windows.get(client_id)
        if window is None:
            window = self._windows[client_id] = RollingCount(WINDOW_SECONDS)
        if window.total(now) >= limit:
            return max(1, math.ceil(window.free_at() - now))
        window.add(now)
        return None

    def over_quota(self, developer: str, family: str, limit: int | None, now: float) -> int | None:
        """Count a call to an endpoint family; when the day's quota is spent, say for how many seconds.

        The end of the closure is fixed when it begins: asking again does not move it.
        """
        if limit is None:
            return None
        key = (developer, family)
        deadline = self._closed_until.get(key)
        if deadline is not None and now < deadline:
            return math.ceil(deadline - now)
        count = self._quotas.get(key)
        if count is None:
            count = self._quotas[key] = RollingCount(QUOTA_SECONDS)
        if count.total(now) >= limit:
            self._closed_until[key] = deadline = count.free_at()
            return max(1, math.ceil(deadline - now))
        count.add(now)
        return None
