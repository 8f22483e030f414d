"""What is counted and timed, without anybody's library: until somebody asks for it, recording does nothing.

One person's server over stdio starts fast because of that, and a server for many pays a dictionary look-up.
`metrics.py` declares what there is, `exposition.py` writes it down for Prometheus.
"""

from __future__ import annotations

from bisect import bisect_left
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Labels: TypeAlias = tuple[str, ...]

MOST: Final = 1000
"""Combinations of label values an instrument keeps. The rest is counted together as `other`, so that nothing
anybody sends makes a process or a monitoring system grow without end."""

OTHER: Final = "other"

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the classes that durations are counted in."""


class Recording:
    """Whether anything is recorded in this process."""

    __slots__ = ("on",)

    def __init__(self) -> None:
        self.on = False

    def now(self) -> float:
        """The time to measure from; 0 while nothing is recorded."""
        return perf_counter() if self.on else 0.0


recording: Final = Recording()


class Instrument:
    """Something that is watched.

    Args:
        name: As Prometheus knows it.
        meaning: One sentence for the person who watches.
        labels: Names of its labels. Their values come from short lists of ours, never from a client.
    """

    kind = ""

    def __init__(self, name: str, meaning: str, labels: Sequence[str] = ()) -> None:
        self.name = name
        self.meaning = meaning
        self.labels = tuple(labels)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def forget(self) -> None:
        """Begin anew."""

    def _place(self, known: Mapping[Labels, object], labels: Labels) -> Labels:
        if labels in known or len(known) < MOST:
            return labels
        return (OTHER,) * len(self.labels)


class Counter(Instrument):
    """How often something happened since the process started."""

    kind = "counter"

    def __init__(self, name: str, meaning: str, labels: Sequence[str] = ()) -> None:
        super().__init__(name, meaning, labels)
        self.values: dict[Labels, float] = {}

    def add(self, *labels: str, by: float = 1.0) -> None:
        """Count it once more, or `by` times more."""
        if recording.on:
            place = self._place(self.values, labels)
            self.values[place] = self.values.get(place, 0.0) + by

    def forget(self) -> None:
        """Begin anew."""
        self.values.clear()


class Durations:
    """Durations of one combination of labels: how many in each class, and their sum."""

    __slots__ = ("classes", "total")

    def __init__(self) -> None:
        self.classes = [0] * (len(SECONDS) + 1)
        self.total = 0.0


class Timing(Instrument):
    """How long something took."""

    kind = "histogram"

    def __init__(self, name: str, meaning: str, labels: Sequence[str] = ()) -> None:
        super().__init__(name, meaning, labels)
        self.values: dict[Labels, Durations] = {}

    def note(self, seconds: float, *labels: str) -> None:
        """Note that it took so long."""
        if recording.on:
            place = self._place(self.values, labels)
            durations = self.values.get(place)
            if durations is None:
                durations = self.values[place] = Durations()
            durations.classes[bisect_left(SECONDS, seconds)] += 1
            durations.total += seconds

    def since(self, began: float, *labels: str) -> None:
        """Note the time since `recording.now()`; not if recording began in between."""
        if recording.on and began:
            self.note(perf_counter() - began, *labels)

    def forget(self) -> None:
        """Begin anew."""
        self.values.clear()


class Gauge(Instrument):
    """How something stands; it is asked for when somebody looks, and costs nothing until then."""

    kind = "gauge"

    def __init__(self, name: str, meaning: str, labels: Sequence[str] = ()) -> None:
        super().__init__(name, meaning, labels)
        self._sources: list[Callable[[], Mapping[Labels, float]]] = []
        self._changes: dict[Labels, float] = {}

    def add(self, *labels: str, by: float = 1.0) -> None:
        """Move it by so much."""
        if recording.on:
            place = self._place(self._changes, labels)
            self._changes[place] = self._changes.get(place, 0.0) + by

    @contextmanager
    def told_by(self, source: Callable[[], Mapping[Labels, float]]) -> Iterator[None]:
        """Ask `source`, which is quick and does not fail, until the block is left."""
        self._sources.append(source)
        try:
            yield
        finally:
            self._sources.remove(source)

    @property
    def values(self) -> dict[Labels, float]:
        """How it stands now; several sources of the same add up."""
        values = dict(self._changes)
        for source in self._sources:
            for labels, value in source().items():
                place = self._place(values, labels)
                values[place] = values.get(place, 0.0) + value
        return values

    def forget(self) -> None:
        """Begin anew; who tells goes on telling."""
        self._changes.clear()


class Tally(Gauge):
    """A number that only grows, and that somebody else counts already."""

    kind = "counter"
