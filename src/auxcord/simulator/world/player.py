"""A person's player: devices, what is playing, the queue, and the short delay before a change shows."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from auxcord.simulator.identifiers import Dice, Uri
from auxcord.simulator.world.catalogue import Episode, Playable, Track

if TYPE_CHECKING:
    from collections.abc import Iterable

HISTORY_LENGTH = 50
COUNTS_AS_PLAYED_MS = 30_000
FORGOTTEN_AFTER = 24 * 3600.0


@dataclass(slots=True, eq=False)
class Device:
    """Something that plays. A restricted one refuses commands; one without an id cannot be addressed."""

    id: str | None
    name: str
    type: str
    volume: int | None = 50
    supports_volume: bool = True
    restricted: bool = False
    private: bool = False
    online: bool = True


class Play(NamedTuple):
    """One finished (or long enough) play of a track."""

    track: Track
    at: float
    context: Uri | None


@dataclass(slots=True, frozen=True)
class Playback:
    """One state of the player; `position_ms` was true at `since`."""

    device: Device | None = None
    item: Playable | None = None
    context: Uri | None = None
    items: tuple[Playable, ...] = ()
    order: tuple[int, ...] = ()
    place: int = 0
    playing: bool = False
    position_ms: int = 0
    since: float = 0.0
    shuffle: bool = False
    repeat: str = "off"
    queue: tuple[Playable, ...] = ()

    def progress_ms(self, now: float) -> int:
        """Say how far into the item the player is."""
        passed = int(max(0.0, now - self.since) * 1000) if self.playing else 0
        return min(self.position_ms + passed, self.item.duration_ms if self.item else 0)

    def ends_at(self) -> float:
        """Say when the item will be over, unix seconds; never, when nothing plays."""
        if not self.playing or self.item is None:
            return float("inf")
        return self.since + (self.item.duration_ms - self.position_ms) / 1000

    def upcoming(self) -> list[Playable]:
        """Give what plays next without being queued, in order."""
        later = [self.items[n] for n in self.order[self.place + 1 :]]
        if self.repeat == "context":
            later += [self.items[n] for n in self.order[: self.place + 1]]
        return later

    @property
    def has_next(self) -> bool:
        """Whether there is anything to skip to."""
        return (
            bool(self.queue)
            or self.place + 1 < len(self.order)
            or (self.repeat == "context" and bool(self.order))
        )

    @property
    def has_previous(self) -> bool:
        """Whether there is anything to go back to."""
        return self.place > 0 or (self.repeat == "context" and bool(self.order))

    def moved(self, step: int, now: float, *, playing: bool) -> Playback:
        """Step through the queue and the context.

        With nothing left the player stops at the start of the item.
        """
        if step > 0 and self.queue:
            return replace(
                self, item=self.queue[0], queue=self.queue[1:], position_ms=0, since=now, playing=playing
            )
        place = self.place + step
        if not 0 <= place < len(self.order):
            if self.repeat != "context" or not self.order:
                return replace(self, position_ms=0, since=now, playing=False)
            place %= len(self.order)
        item = self.items[self.order[place]]
        return replace(self, place=place, item=item, position_ms=0, since=now, playing=playing)


@dataclass(eq=False)
class Player:
    """Devices and playback of one person. Reads see a change only `lag` seconds after the write."""

    label: str
    devices: list[Device] = field(default_factory=list)
    idle_after: float = 1800.0
    resume_points: dict[str, int] = field(default_factory=dict)
    """How far into each episode the person has listened, in milliseconds."""
    plays: deque[Play] = field(default_factory=lambda: deque(maxlen=HISTORY_LENGTH))
    _versions: list[tuple[float, Playback]] = field(default_factory=lambda: [(float("-inf"), Playback())])
    _shuffles: int = 0

    def current(self, now: float) -> Playback:
        """Give the true state: what has been commanded and what time has done since."""
        visible_from, latest = self._versions[-1]
        moved_on = self._run(latest, now)
        if moved_on is not latest:
            self._versions[-1] = (visible_from, moved_on)
        return moved_on

    def seen(self, now: float) -> Playback:
        """Give the state that a read returns now."""
        self.current(now)
        for visible_from, state in reversed(self._versions):
            if visible_from <= now:
                return state
        return self._versions[0][1]

    def change(self, state: Playback, now: float, lag: float) -> None:
        """Make this the state; reads see it after `lag` seconds."""
        self._remember(self.current(now), now)
        self._versions = [(at, old) for at, old in self._versions[-20:] if at <= now + lag]
        self._versions.append((now + lag, state))

    def device(self, device_id: str) -> Device | None:
        """Find an online device by id."""
        return next((d for d in self.devices if d.id == device_id and d.online), None)

    def skip(self, step: int, now: float, lag: float) -> None:
        """Go to the next or previous item."""
        state = self.current(now)
        self._record(state, now)
        self.change(state.moved(step, now, playing=True), now, lag)

    def order_for(self, places: Iterable[int], start: int, *, shuffle: bool) -> tuple[int, ...]:
        """Give the order in which the items at these places play; shuffled, it begins with `start`."""
        if not shuffle:
            return tuple(sorted(places))
        self._shuffles += 1
        rest = [place for place in sorted(places) if place != start]
        Dice(f"{self.label}:{self._shuffles}").shuffle(rest)
        return (start, *rest)

    def _run(self, state: Playback, now: float) -> Playback:
        """Let time pass: items end, the next ones begin, an unused device falls asleep."""
        if state.device is None:
            return state
        if not state.device.online:
            return replace(state, device=None, playing=False, position_ms=state.progress_ms(now), since=now)
        if not state.playing:
            return replace(state, device=None) if now - state.since > self.idle_after else state
        if now - state.since > FORGOTTEN_AFTER:
            return replace(state, device=None, playing=False, position_ms=0, since=now)
        while (ends := state.ends_at()) <= now:
            self._remember(state, ends)
            self._record(state, ends)
            if state.repeat == "track":
                state = replace(state, position_ms=0, since=ends)
            else:
                state = state.moved(1, ends, playing=True)
        return state

    def _remember(self, state: Playback, at: float) -> None:
        if isinstance(state.item, Episode):
            self.resume_points[state.item.id] = state.progress_ms(at)

    def _record(self, state: Playback, at: float) -> None:
        enough = (
            COUNTS_AS_PLAYED_MS if state.item is None else min(COUNTS_AS_PLAYED_MS, state.item.duration_ms)
        )
        if isinstance(state.item, Track) and state.progress_ms(at) >= enough:
            self.plays.appendleft(Play(state.item, at, state.context))
