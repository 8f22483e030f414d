"""Somebody's playlists as plain lists, held against what the tools say of them while there is trouble."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tests.reliability.lab import rows_of
from tests.reliability.playlist_edits import HUNDRED, Rows

if TYPE_CHECKING:
    from collections import Counter

    from tests.tools.door import Door

_CALM = 600.0
"""Seconds after which no rest, pause or quota of the troubles here is left."""
_OPEN = ("ambiguous",)
_SAID = re.compile(r"(\d[\d,]*) of (\d[\d,]*) items")
_CODE = re.compile(r"\[(\w+)\]\s*$")
_URI = re.compile(r"spotify:playlist:\w{22}")


class Trouble(NamedTuple):
    """What one call meets.

    Attributes:
        fault: A rule for the simulator, without the requests it is about.
        method: Which requests.
        skip: How many of them go well before.
        times: How many do not.
    """

    fault: dict[str, Any]
    method: str
    skip: int
    times: int


class Create(NamedTuple):
    """Make a playlist that holds this."""

    name: str
    uris: Rows


@dataclass(frozen=True)
class Add:
    """Add at a place (from 1, taken modulo the places there are and one more), or at the end."""

    uris: Rows
    place: int | None = None

    def arguments(self, rows: Rows) -> dict[str, Any]:
        """What the tool is told."""
        place = {} if self.place is None else {"position": 1 + self.place % (len(rows) + 2)}
        return {"uris": list(self.uris), **place}

    def states(self, rows: Rows) -> list[Rows]:
        """The rows before, and after each hundred."""
        start = len(rows) if self.place is None else min(self.place % (len(rows) + 2), len(rows))
        ends = [*range(0, len(self.uris), HUNDRED), len(self.uris)]
        return [(*rows[:start], *self.uris[:end], *rows[start:]) for end in ends]


@dataclass(frozen=True)
class Remove:
    """Remove every entry of some songs."""

    uris: Rows

    def arguments(self, _rows: Rows) -> dict[str, Any]:
        """What the tool is told."""
        return {"uris": list(self.uris)}

    def states(self, rows: Rows) -> list[Rows]:
        """The rows before, and after each hundred of the songs that are there."""
        present = [uri for uri in dict.fromkeys(self.uris) if uri in rows]
        ends = [*range(0, len(present), HUNDRED), len(present)]
        return [tuple(uri for uri in rows if uri not in present[:end]) for end in ends]


Work: TypeAlias = Create | Add | Remove


class Move(NamedTuple):
    """One call: work on one of the playlists (by number, modulo how many there are), or a new one."""

    what: Work
    which: int = 0
    trouble: Trouble | None = None


class ToolModel:
    """What must be true.

    Args:
        door: The person's client.
        seen: Counts what happened.
    """

    def __init__(self, door: Door, seen: Counter[str]) -> None:
        self.seen = seen
        self._door = door
        self._lists: dict[str, Rows] = {}

    async def play(self, moves: list[Move]) -> None:
        """Make the moves one by one and look after each; the first one is always a playlist to work on."""
        self.seen["sequences"] += 1
        self._lists = {}
        await self._create(Create("First", ()))
        for move in moves:
            self.seen["calls"] += 1
            if move.trouble is not None:
                self.seen["with trouble"] += 1
                fault, method, skip, times = move.trouble
                await self._door.house.fault(path="/v1/*", method=method, skip=skip, times=times, **fault)
            if isinstance(move.what, Create):
                await self._create(move.what)
            else:
                await self._edit(list(self._lists)[move.which % len(self._lists)], move.what)

    async def _call(self, tool: str, **arguments: Any) -> tuple[str, str]:
        """What the tool said, and the code of its error; then everything is calm again."""
        result = await self._door.client.call_tool(tool, arguments, raise_on_error=False)
        (block,) = result.content
        await self._door.house.control("DELETE", "faults")
        self._door.house.clock.now += _CALM
        if not result.is_error:
            return block.text, ""
        found = _CODE.search(block.text)
        assert found, block.text
        assert found[1] != "internal_error", block.text
        self.seen[f"error {found[1]}"] += 1
        return block.text, found[1]

    def _rows(self, key: str) -> Rows:
        return rows_of(self._door.house.world.playlists[key])

    # --- Calls ----------------------------------------------------------------------------------------------

    async def _edit(self, key: str, work: Add | Remove) -> None:
        before = self._lists[key]
        tool = "add_to_playlist" if isinstance(work, Add) else "remove_from_playlist"
        text, code = await self._call(tool, playlist=f"spotify:playlist:{key}", **work.arguments(before))
        states, now = work.states(before), self._rows(key)
        self._judge(work, text, code, states, now)
        self._lists[key] = now

    async def _create(self, new: Create) -> None:
        known = set(self._door.house.world.playlists)
        text, code = await self._call("create_playlist", name=new.name, uris=list(new.uris))
        made = set(self._door.house.world.playlists) - known
        assert len(made) <= 1, text
        if code:
            assert code == "ambiguous" or not made, text
            named = [uri.rpartition(":")[2] for uri in _URI.findall(text)]
            assert not made or not named or made <= set(named), text
        for key in made:
            states, now = Add(new.uris).states(()), self._rows(key)
            if not code:
                assert _URI.search(text), text
                assert text.startswith(f"created: {new.name}"), text
                if new.uris:
                    self._judge(new, text, code, states, now)
            self._lists[key] = now
        assert made or code, f"said to be created, but is not: {text}"

    # --- What was said, and what is so ----------------------------------------------------------------------

    def _judge(self, work: Work, text: str, code: str, states: list[Rows], now: Rows) -> None:
        about = f"{work} came to {len(now)} rows, and it was said: {text}"
        assert now in states, about
        if code and code not in _OPEN:
            assert now == states[0], about
        if code:
            return
        kind = next((word for word in _KINDS if word in text), "")
        self.seen[kind or "other"] += 1
        assert kind, about
        if kind == "verified:":
            assert now == states[-1], about
        elif "could not be read back" not in text:
            self._count(work, text, states, now)

    @staticmethod
    def _count(work: Work, text: str, states: list[Rows], now: Rows) -> None:
        """The number that the tool found must be the number that is true; nothing is late here."""
        found = _SAID.search(text)
        if found is None or isinstance(work, Remove):
            return
        assert len(now) - len(states[0]) == int(found[1].replace(",", "")), text


_KINDS = ("verified:", "partial:", "unconfirmed:", "Nothing to remove")
