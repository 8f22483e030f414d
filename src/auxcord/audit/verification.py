"""Proving that the trail is whole, or naming the first line that is not as it was written.

Every line is checked against its own hash and against the line before; the last one against a sealed
checkpoint, so that lines missing at the end are noticed; the first one against another, if lines were pruned.
Details may be missing only where a later line says that an erasure took them. Somebody who can write to the
database, but has no key, cannot mend a hash. Who puts back an older copy of the whole database is found out
by an anchor: number and hash of a line, noted elsewhere (the log has one for every line).
"""

from __future__ import annotations

import re
import struct
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from auxcord.audit.events import Event
from auxcord.audit.lines import NOTHING, Checkpoint, chained, commitment, sealed
from auxcord.audit.ranges import read
from auxcord.audit.reading import HEAD, LINES, PRUNED, line_of, lines, stored_checkpoint
from auxcord.errors import InputError
from auxcord.store.schema import audit

if TYPE_CHECKING:
    from auxcord.audit.lines import Line
    from auxcord.store import Store

_SHORTEST: Final = 16
_BARE: Final = "its details are missing, and no erasure took them"


class Fault(NamedTuple):
    """The first line that is not as it was written, and what is wrong with it."""

    seq: int
    reason: str


class Verdict(NamedTuple):
    """What was found.

    Attributes:
        lines: How many lines were looked at.
        first: Number of the first of them.
        end: The place where the chain ends; None if there is nothing.
        fault: What is wrong, if anything is.
    """

    lines: int
    first: int
    end: Checkpoint | None
    fault: Fault | None


class Anchor(NamedTuple):
    """Number and hash of a line that was noted elsewhere; at least 16 hexadecimal digits of the hash."""

    seq: int
    hash: str

    @classmethod
    def of(cls, text: str) -> Anchor:
        """Read `number:hash`.

        Raises:
            InputError: It is something else.
        """
        match = re.fullmatch(rf"(\d{{1,18}}):([0-9a-f]{{{_SHORTEST},64}})", text)
        if match is None:
            raise InputError(
                "An anchor is the number of a line, a colon, and at least 16 hexadecimal digits of its hash.",
                advice="Take it from the log, or from the last line of an earlier `auxcord audit verify`.",
            )
        return cls(int(match[1]), match[2])


async def verify(store: Store, key: bytes, anchor: Anchor | None = None) -> Verdict:
    """Check the whole trail; servers may write to it meanwhile.

    Args:
        store: Where it lies.
        key: The key of the chain.
        anchor: A line that must be there as noted.

    Raises:
        InputError: The anchor's line was pruned, so that it cannot be compared.
    """
    head, pruned = await stored_checkpoint(store, HEAD), await stored_checkpoint(store, PRUNED)
    walk = _Walk(store, key, pruned or Checkpoint(0, NOTHING, 0.0))
    fault = await walk.run()
    fault = _first(fault, await walk.unexplained())
    fault = fault or _forged(key, PRUNED, pruned) or _forged(key, HEAD, head)
    if fault is None:
        fault = _at_the_end(walk.place, head, await stored_checkpoint(store, HEAD))
    if fault is None and anchor is not None:
        fault = await _moved(store, anchor, walk.place)
    return Verdict(walk.lines, walk.first, head, fault)


class _Walk:
    """One way along the chain, from its first line to its last."""

    def __init__(self, store: Store, key: bytes, start: Checkpoint) -> None:
        self._store = store
        self._key = key
        self._bare: list[int] = []
        self._bare_erasures: list[int] = []
        self.place = start
        self.first = start.seq + 1
        self.lines = 0

    async def run(self) -> Fault | None:
        """Follow the chain until it breaks."""
        async for line in lines(self._store, after=self.place.seq):
            if line.seq != self.place.seq + 1 and not await self._was_pruned(line):
                return Fault(self.place.seq + 1, "it is missing")
            fault = self._fault_of(line)
            if fault is not None:
                return Fault(line.seq, fault)
            self.lines += 1
            self.place = Checkpoint(line.seq, line.hash, line.at)
        return None

    async def unexplained(self) -> Fault | None:
        """Name the first line whose details are gone although nobody's erasure took them."""
        if self._bare_erasures:
            return Fault(self._bare_erasures[0], _BARE)
        spans = await self._erased() if self._bare else deque[range]()
        for seq in self._bare:
            while spans and spans[0].stop <= seq:
                spans.popleft()
            if not spans or spans[0].start > seq:
                return Fault(seq, _BARE)
        return None

    def _fault_of(self, line: Line) -> str | None:
        if line.previous != self.place.hash:
            return "it does not follow the line before it"
        if not _is_as_written(self._key, line):
            return "it was altered"
        if line.content is None or line.salt is None:
            (self._bare_erasures if line.event == Event.ERASED else self._bare).append(line.seq)
        elif not _is_committed(line):
            return "its details were altered"
        return None

    async def _was_pruned(self, line: Line) -> bool:
        """Whether the lines before this one were pruned while we were on our way."""
        pruned = await stored_checkpoint(self._store, PRUNED)
        if pruned is None or pruned.seq + 1 != line.seq or _forged(self._key, PRUNED, pruned):
            return False
        self.place = pruned
        return True

    async def _erased(self) -> deque[range]:
        """Return the lines whose details erasures took, in order; no line belongs to two."""
        found: list[range] = []
        for row in await self._store.fetch(LINES.where(audit.c.event == Event.ERASED.value)):
            line = line_of(row)
            details = line.details
            if details and _is_as_written(self._key, line) and _is_committed(line):
                found += read(details.facts.get("lines", ""))
        return deque(sorted(found, key=lambda span: span.start))


def _is_as_written(key: bytes, line: Line) -> bool:
    try:
        expected = chained(key, line.seq, line.at, line.event, line.commitment, line.previous)
    except (struct.error, TypeError, AttributeError):
        return False  # a column holds something of another kind than was written
    return expected == line.hash


def _is_committed(line: Line) -> bool:
    try:
        return commitment(line.salt or b"", line.user_id, line.content or "") == line.commitment
    except (struct.error, TypeError, AttributeError):
        return False


def _first(one: Fault | None, other: Fault | None) -> Fault | None:
    faults = [fault for fault in (one, other) if fault is not None]
    return min(faults, default=None)


def _forged(key: bytes, name: str, place: Checkpoint | None) -> Fault | None:
    if place is None or sealed(key, name, place) == place.seal:
        return None
    return Fault(place.seq, f"the checkpoint {name!r} at it was altered")


def _at_the_end(place: Checkpoint, before: Checkpoint | None, after: Checkpoint | None) -> Fault | None:
    """Compare where the chain ends with where it should: known before we looked, and after."""
    if before is None or after is None:
        if place.seq == 0:
            return None
        return Fault(
            place.seq + 1, "nothing tells any more whether it is missing: the checkpoint 'head' is gone"
        )
    if place.seq < before.seq:
        return Fault(place.seq + 1, "it is missing, with all that followed")
    if place.seq > after.seq or (place.seq == before.seq and place.hash != before.hash):
        return Fault(after.seq + 1, "the checkpoint 'head' is older than this line")
    return None


async def _moved(store: Store, anchor: Anchor, end: Checkpoint) -> Fault | None:
    """Say whether the line an anchor names is another one now, or gone."""
    if anchor.seq > end.seq:
        return Fault(
            end.seq + 1, f"it is missing, with all that followed: line {anchor.seq} was there before"
        )
    pruned = await stored_checkpoint(store, PRUNED)
    if pruned is not None and anchor.seq < pruned.seq:
        raise InputError(
            f"Line {anchor.seq} was pruned, so the anchor cannot be compared.", advice="Use a newer one."
        )
    rows = await store.fetch(select(audit.c.hash).where(audit.c.seq == anchor.seq))
    found = rows[0].hash if rows else pruned.hash if pruned is not None else b""
    if found.hex().startswith(anchor.hash):
        return None
    return Fault(anchor.seq, "it is another one than the anchor says")
