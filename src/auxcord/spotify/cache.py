"""What Spotify answered a moment ago, ready to be given again.

Everybody has a shelf of their own, found by a key the caller chooses; nobody can reach another's. Kept are
models, not text, so that a hit costs a look-up and no decoding; they are never changed. Equal reads at the
same time share one request. `lifetimes.py` says what is kept for how long.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast
from weakref import WeakValueDictionary

from auxcord.spotify.flights import Flight
from auxcord.spotify.lifetimes import SETTLING, Rule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from auxcord.spotify.transport import Fetched

Key = tuple[Any, ...]
T = TypeVar("T")

_OVERHEAD = 600
_SWEEP_SECONDS = 30.0
_LARGEST_SHARE = 8


class Entry:
    """One answer on its shelf."""

    __slots__ = ("etag", "expires", "gone", "key", "shelf", "topic", "value", "weight")

    def __init__(self, shelf: Shelf, topic: str, key: Key, value: Any, weight: int) -> None:
        self.shelf = shelf
        self.topic = topic
        self.key = key
        self.value = value
        self.weight = weight
        self.etag: str | None = None
        self.expires = 0.0
        self.gone = 0.0


class CacheStatus(NamedTuple):
    """How full the cache is and what it is good for.

    Attributes:
        people: How many people's answers it holds.
        entries: How many answers.
        size: How much memory they are taken to use, in bytes.
        hits: Reads answered from it.
        misses: Reads that went to Spotify, those that shared somebody's request included.
        revalidated: Misses for which Spotify said that nothing had changed.
    """

    people: int
    entries: int
    size: int
    hits: int
    misses: int
    revalidated: int


class Cache:
    """Everybody's answers, bounded together; the ones unused for longest go first.

    Args:
        entries: Answers at most.
        size: Bytes at most, as Spotify sent them.
        clock: Unix seconds.
    """

    def __init__(
        self,
        *,
        entries: int = 4096,
        size: int = 8 * 1024 * 1024,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.clock = clock
        self.hits = self.misses = self.revalidated = 0
        self._most = entries
        self._largest = size
        self._size = 0
        self._order: OrderedDict[Entry, None] = OrderedDict()
        self._shelves: WeakValueDictionary[str, Shelf] = WeakValueDictionary()
        self._settling: set[Shelf] = set()
        self._swept = clock()
        self._sweeper: asyncio.TimerHandle | None = None
        self._commons: dict[str, Shelf] = {}

    def __repr__(self) -> str:
        return f"Cache({self.status()!r})"

    def shelf(self, owner: str, app: str = "") -> Shelf:
        """The shelf of one person.

        Args:
            owner: Whose, by a key that is theirs for good and no secret; never an access token.
            app: The client id of their Spotify app. What is the same for everybody of one app is not for
                those of another: Spotify shows some apps more than others.
        """
        shelf = self._shelves.get(owner)
        if shelf is None:
            shelf = self._shelves[owner] = Shelf(self)
        shelf.commons = self.commons(app)
        return shelf

    def commons(self, app: str = "") -> Shelf:
        """The shelf of what is the same for everybody of a Spotify app."""
        shelf = self._commons.get(app)
        if shelf is None:
            shelf = self._commons[app] = Shelf(self)
        return shelf

    def forget(self, owner: str) -> None:
        """Drop everything of a person at once; what is on its way for them will not be kept either."""
        shelf = self._shelves.pop(owner, None)
        if shelf is not None:
            shelf.close()
            self._settling.discard(shelf)

    def status(self) -> CacheStatus:
        """How things stand."""
        people = {entry.shelf for entry in self._order}.difference(self._commons.values())
        return CacheStatus(
            len(people), len(self._order), self._size, self.hits, self.misses, self.revalidated
        )

    def used(self, entry: Entry) -> None:
        """Note that an answer was given out."""
        self.hits += 1
        self._order.move_to_end(entry)

    def takes(self, weight: int) -> bool:
        """Whether an answer is not too large to keep."""
        return weight * _LARGEST_SHARE <= self._largest

    def add(self, entry: Entry) -> None:
        """Take an answer in, at the cost of the ones unused for longest."""
        self._order[entry] = None
        self._size += entry.weight
        while len(self._order) > self._most or self._size > self._largest:
            oldest = next(iter(self._order))
            oldest.shelf.drop(oldest)
        self._sweep_now_and_then()

    def remove(self, entry: Entry) -> None:
        """Let an answer go."""
        del self._order[entry]
        self._size -= entry.weight

    def settling(self, shelf: Shelf) -> None:
        """Remember a shelf, however empty, while a change of its person's settles."""
        self._settling.add(shelf)
        self._sweep_now_and_then()

    def sweep(self) -> None:
        """Drop what has run out; it happens by itself about every half a minute."""
        now = self._swept = self.clock()
        for entry in [entry for entry in self._order if not entry.gone - _LONGEST <= now < entry.gone]:
            entry.shelf.drop(entry)
        self._settling = {shelf for shelf in self._settling if shelf.is_settling()}

    def _sweep_now_and_then(self) -> None:
        """Sweep while the cache is used, and once more after it is not."""
        if not 0 <= self.clock() - self._swept < _SWEEP_SECONDS:
            self.sweep()
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep_later)

    def _sweep_later(self) -> None:
        self._sweeper = None
        self.sweep()
        if self._order or self._settling:
            self._sweeper = asyncio.get_running_loop().call_later(_SWEEP_SECONDS, self._sweep_later)


_LONGEST = 3600.0
"""No answer lives as long; one that seems to has been kept under a clock that was set back since."""


class _Change:
    """How far a change of a topic is."""

    __slots__ = ("running", "until")

    def __init__(self) -> None:
        self.running = 0
        self.until = -math.inf


class Shelf:
    """One person's answers.

    Attributes:
        cache: What it is a part of.
        commons: The shelf of what is the same for everybody of the person's Spotify app.
        is_closed: Whether the person has gone: it stays empty then, whoever still holds it.
    """

    __slots__ = ("__weakref__", "_changes", "_entries", "_flights", "cache", "commons", "is_closed")

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self.commons = self
        self.is_closed = False
        self._entries: dict[str, dict[Key, Entry]] = {}
        self._flights: dict[tuple[str, Key], Flight] = {}
        self._changes: dict[str, _Change] = {}

    def find(self, topic: str, key: Key) -> Entry | None:
        """An answer that may be given again."""
        entries = self._entries.get(topic)
        entry = None if entries is None else entries.get(key)
        if entry is None or not 0 < entry.expires - self.cache.clock() <= _LONGEST:
            return None
        self.cache.used(entry)
        return entry

    async def read(
        self,
        rule: Rule,
        key: Key,
        fetch: Callable[[str | None], Awaitable[Fetched]],
        make: Callable[[bytes | None], T],
    ) -> T:
        """Read something that was not found here, together with everybody who wants the same.

        Args:
            rule: How it is kept.
            key: What it is found by.
            fetch: Asks Spotify; takes the ETag of what is known already.
            make: Makes a model of the answer.
        """
        self.cache.misses += 1
        if self.is_closed or self._is_changing(rule.topic):
            return make((await fetch(None)).body)
        place = (rule.topic, key)
        while (flight := self._flights.get(place)) is not None:
            if await flight.landed():
                return cast("T", flight.value)
        flight = self._flights[place] = Flight()
        with flight:
            try:
                flight.value = await self._fetch(rule, key, flight, fetch, make)
            finally:
                if self._flights.get(place) is flight:
                    del self._flights[place]
        return cast("T", flight.value)

    def put(self, rule: Rule, key: Key, value: Any, *, weight: int) -> None:
        """Keep an answer that came as a part of a larger one, unless a change makes that doubtful."""
        if not self.is_closed and not self._is_changing(rule.topic):
            self._keep(rule, key, value, weight, None, rule.seconds)

    @contextmanager
    def changing(self, topics: Iterable[str]) -> Iterator[None]:
        """Something about these topics is being changed: nothing that was known of them counts any more."""
        touched = tuple(topics)
        for topic in touched:
            self._clear(topic)
            self._changes.setdefault(topic, _Change()).running += 1
        try:
            yield
        finally:
            until = self.cache.clock() + SETTLING
            for topic in touched:
                change = self._changes.setdefault(topic, _Change())
                change.running = max(0, change.running - 1)
                change.until = until
            if not self.is_closed:
                self.cache.settling(self)

    def is_settling(self) -> bool:
        """Whether a change is under way or has only just been made."""
        self._changes = {topic: change for topic, change in self._changes.items() if self._is_changing(topic)}
        return bool(self._changes)

    def drop(self, entry: Entry) -> None:
        """Let an answer go."""
        entries = self._entries[entry.topic]
        del entries[entry.key]
        if not entries:
            del self._entries[entry.topic]
        self.cache.remove(entry)

    def close(self) -> None:
        """Drop everything, now and for good."""
        self.is_closed = True
        for topic in [*self._entries]:
            self._clear(topic)
        self._flights.clear()

    def _clear(self, topic: str) -> None:
        """Drop what is known of a topic; what is on its way will be given out, but not kept."""
        for entry in self._entries.pop(topic, {}).values():
            self.cache.remove(entry)
        for place in [place for place in self._flights if place[0] == topic]:
            del self._flights[place]

    def _is_changing(self, topic: str) -> bool:
        change = self._changes.get(topic)
        if change is None:
            return False
        return change.running > 0 or 0 < change.until - self.cache.clock() <= SETTLING

    async def _fetch(
        self,
        rule: Rule,
        key: Key,
        flight: Flight,
        fetch: Callable[[str | None], Awaitable[Fetched]],
        make: Callable[[bytes | None], Any],
    ) -> Any:
        old = self._entries.get(rule.topic, {}).get(key)
        etag = old.etag if old is not None and self.cache.clock() < old.gone else None
        answer = await fetch(etag)
        if old is not None and answer.unchanged:
            self.cache.revalidated += 1
            value, weight, etag = old.value, old.weight, answer.etag or old.etag
        else:
            value, weight, etag = make(answer.body), _OVERHEAD + len(answer.body or b""), answer.etag
        seconds = rule.seconds if answer.keep_for is None else min(rule.seconds, answer.keep_for)
        # A change of ours, or the person's leaving, takes the flight off its place.
        if seconds > 0 and self._flights.get((rule.topic, key)) is flight:
            self._keep(rule, key, value, weight, etag, seconds)
        return value

    def _keep(self, rule: Rule, key: Key, value: Any, weight: int, etag: str | None, seconds: float) -> None:
        old = self._entries.get(rule.topic, {}).get(key)
        if old is not None:
            self.drop(old)
        if not self.cache.takes(weight):
            return
        entry = Entry(self, rule.topic, key, value, weight)
        entry.etag = etag
        entry.expires = self.cache.clock() + seconds
        entry.gone = entry.expires + (rule.grace if etag else 0.0)
        self._entries.setdefault(rule.topic, {})[key] = entry
        self.cache.add(entry)
