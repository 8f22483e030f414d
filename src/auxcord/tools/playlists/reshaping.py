"""Making a playlist have exactly these entries in this order, by the cheapest way that keeps the most.

Moving keeps when an entry was added and by whom; writing it anew does not, but takes a request a hundred
entries. Spotify cannot take one of two equal entries out: all go, and what should stay is put back.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from auxcord.errors import AmbiguousWriteError, AuxcordError, InputError
from auxcord.spotify.uris import Kind, parse
from auxcord.tools.paging import PAGE, unhurried
from auxcord.tools.playlists.contents import CHUNK, WAITS, read
from auxcord.views import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from auxcord.caller import Caller

_ROUNDS: Final = 2
_MOST_MOVES: Final = 200


class Move(NamedTuple):
    """A stretch to move: from where, how long, and before which position of the order at that time."""

    start: int
    length: int
    before: int


class Run(NamedTuple):
    """Entries to put in, from a position on."""

    place: int
    uris: list[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a playlist gets from one order to another.

    Args:
        moves: Stretches to move, one after the other.
        out: URIs of which every entry is taken out.
        runs: What is put in after that, from the front to the back.
        anew: All entries, when it is written anew.
    """

    moves: tuple[Move, ...] = ()
    out: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    anew: tuple[str, ...] | None = None

    @property
    def requests(self) -> int:
        """How many requests it takes."""
        rewriting = 0 if self.anew is None else max(1, -(-len(self.anew) // CHUNK))
        putting = sum(-(-len(run.uris) // CHUNK) for run in self.runs)
        return len(self.moves) + -(-len(self.out) // CHUNK) + putting + rewriting


@dataclass(frozen=True, slots=True)
class Reshaped:
    """What came of it.

    Args:
        target: What the playlist was to have.
        shown: What it has now; None if it could not be read back.
        is_new: Whether entries lost when they were added.
        failure: Why it stopped early.
    """

    target: Sequence[str]
    shown: Sequence[str] | None
    is_new: bool = False
    failure: AuxcordError | None = None

    @property
    def is_done(self) -> bool:
        """Whether the playlist is as it was to be."""
        return self.shown is not None and list(self.shown) == list(self.target)

    def told(self, done: str) -> str:
        """Say what is now true; `done` says it in a few words when all went well."""
        if self.is_done:
            note = "The dates at which entries were added are new." if self.is_new else ""
            return lines(f"verified: {done}.", note)
        why = f"{self.failure} {self.failure.advice}" if self.failure else ""
        if self.shown is None:
            return lines("unconfirmed: the playlist could not be read back; look with get_playlist.", why)
        missing = Counter(self.target) - Counter(self.shown)
        places = sum(one != other for one, other in zip(self.shown, self.target, strict=False))
        return lines(
            f"partial: {places:,} entries are not in their place, {missing.total():,} are missing; "
            "undo_playlist_change puts all back as it was.",
            why,
            f"missing: {' '.join(list(missing.elements())[:20])}" if missing else "",
        )


def planned(current: Sequence[str], target: Sequence[str]) -> Plan:
    """Plan the cheapest way.

    Raises:
        InputError: It would have to be written anew, and holds entries that apps cannot add.
    """
    if list(current) == list(target):
        return Plan()
    plans = [plan for plan in (_moving(current, target), _changing(current, target)) if plan is not None]
    if all(map(_is_addable, target)):
        plans.append(Plan(anew=tuple(target)))
    if not plans:
        raise InputError(
            "This playlist holds entries that apps cannot add again, such as local files, so it cannot be "
            "rewritten.",
            advice="Move or remove single entries instead.",
        )
    # Of two ways that cost about the same, the one that keeps the dates.
    return min(plans, key=lambda plan: plan.requests + bool(plan.runs) + 2 * (plan.anew is not None))


async def reshape(
    caller: Caller, playlist_id: str, plan: Plan, current: Sequence[str], target: Sequence[str]
) -> Reshaped:
    """Carry out a plan from `planned`, then read the playlist back.

    Raises:
        AuxcordError: Nothing was changed.
    """
    failure = await _carried_out(caller, playlist_id, plan)
    try:
        shown = await _seen(caller, playlist_id, current, target)
    except AuxcordError as error:
        return Reshaped(target, None, failure=failure or error)
    if failure is not None and list(shown) == list(current) != list(target):
        if isinstance(failure, AmbiguousWriteError):
            advice = "The playlist shows no change yet; look with get_playlist before doing it again."
            raise AmbiguousWriteError(str(failure), advice=advice) from failure
        raise failure
    return Reshaped(target, shown, is_new=plan.anew is not None, failure=failure)


async def _seen(
    caller: Caller, playlist_id: str, current: Sequence[str], target: Sequence[str]
) -> Sequence[str]:
    """Read the playlist once it shows the change, or when that has been waited for long enough.

    How many entries it has tells nothing when they were only moved: a page where they have to be others does.
    """
    shown = current
    for wait in WAITS:
        if wait:
            await caller.sleep(wait)
        place = _first_difference(shown, target)
        look = partial(caller.spotify.playlists.items, playlist_id, limit=PAGE, offset=place)
        page = await unhurried(caller, look, rounds=_ROUNDS)
        uris = [entry.item.uri if entry and entry.item else "" for entry in page.items]
        if page.total == len(target) and uris == list(target[place : place + PAGE]):
            shown = await read(caller, playlist_id)
            if list(shown) == list(target):
                return shown
    return await read(caller, playlist_id)


def _first_difference(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


async def _carried_out(caller: Caller, playlist_id: str, plan: Plan) -> AuxcordError | None:
    playlists = caller.spotify.playlists
    steps = [partial(playlists.reorder, playlist_id, range_start=move.start, range_length=move.length,
                     insert_before=move.before) for move in plan.moves]  # fmt: skip
    steps += [partial(playlists.remove, playlist_id, part) for part in _parts(plan.out)]
    for run in plan.runs:
        steps += [
            partial(playlists.add, playlist_id, part, position=run.place + CHUNK * number)
            for number, part in enumerate(_parts(run.uris))
        ]
    if plan.anew is not None:
        first, *rest = list(_parts(plan.anew)) or [[]]
        steps.append(partial(playlists.replace, playlist_id, first))
        steps += [partial(playlists.add, playlist_id, part) for part in rest]
    for done, step in enumerate(steps, 1):
        try:
            await unhurried(caller, step, rounds=_ROUNDS)
        except AuxcordError as error:
            return error
        await caller.progress(done, len(steps))
    return None


def _parts(uris: Sequence[str]) -> Iterator[list[str]]:
    return (list(uris[start : start + CHUNK]) for start in range(0, len(uris), CHUNK))


def _is_addable(uri: str) -> bool:
    try:
        return parse(uri).type in {Kind.TRACK, Kind.EPISODE}
    except InputError:
        return False


def _moving(current: Sequence[str], target: Sequence[str]) -> Plan | None:
    """Plan moves only: all stays but what is not on the longest stretch that is in order already."""
    if Counter(current) != Counter(target):
        return None
    places: dict[str, deque[int]] = defaultdict(deque)
    for place, uri in enumerate(target):
        places[uri].append(place)
    order = [places[uri].popleft() for uri in current]
    staying = set(_longest_rising(order))
    moving = [place for place in range(len(order)) if place not in staying]
    moves: list[Move] = []
    while moving:
        if len(moves) == _MOST_MOVES:
            return None
        move = _next_move(order, moving)
        if move.before != move.start:
            moves.append(move)
            _apply(order, move)
        del moving[: move.length]
    return Plan(moves=tuple(moves))


def _next_move(order: Sequence[int], moving: Sequence[int]) -> Move:
    """Move the first of what has to move behind what belongs before it, with those that follow it already."""
    first = moving[0]
    start, length = order.index(first), 1
    while moving[length : length + 1] == order[start + length : start + length + 1] == [first + length]:
        length += 1
    return Move(start, length, order.index(first - 1) + 1 if first else 0)


def _apply(order: list[int], move: Move) -> None:
    stretch = order[move.start : move.start + move.length]
    del order[move.start : move.start + move.length]
    at = move.before - move.length if move.before > move.start else move.before
    order[at:at] = stretch


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Return the longest rising subsequence (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        before.append(ends[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(number)
            ends.append(index)
        else:
            tops[pile], ends[pile] = number, index
    rising: list[int] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        rising.append(numbers[index])
        index = before[index]
    return rising[::-1]


def _changing(current: Sequence[str], target: Sequence[str]) -> Plan | None:
    """Plan to take every entry of some URIs out and to put in what is missing then."""
    fewer = Counter(current) - Counter(target)
    left = [uri for uri in current if uri not in fewer]
    runs: list[Run] = []
    next_left = 0
    for place, uri in enumerate(target):
        if next_left < len(left) and left[next_left] == uri:
            next_left += 1
        elif runs and runs[-1].place + len(runs[-1].uris) == place:
            runs[-1].uris.append(uri)
        else:
            runs.append(Run(place, [uri]))
    put_in = [uri for run in runs for uri in run.uris]
    if next_left < len(left) or not all(map(_is_addable, (*put_in, *fewer))):
        return None
    return Plan(out=tuple(fewer), runs=tuple(runs))
