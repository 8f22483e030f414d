"""Somebody's playlists as plain lists, held against the client's and the simulator's while there is trouble.

Where an answer is lost, the model allows the states before and after that request and no other; which of them
it is, is found by reading back.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from auxcord.errors import AmbiguousWriteError, SpotifyError
from auxcord.tools.paging import stretch
from tests.reliability.lab import rows_of
from tests.reliability.playlist_edits import HUNDRED, State

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from tests.reliability.lab import Lab
    from tests.reliability.playlist_edits import Edit

_LONGEST = 10_000
_CALM = 600.0
"""Seconds after which no rest, pause or quota of the troubles below is left."""
_PROGRESS = re.compile(r"The first (\d+) of")


class Trouble(NamedTuple):
    """What one edit meets.

    Attributes:
        fault: A rule for the simulator, without the requests it is about.
        skip: How many requests go well before, modulo how many there are.
        times: How many do not.
    """

    fault: Mapping[str, Any]
    skip: int
    times: int


class Create(NamedTuple):
    """Make a playlist."""

    name: str


class Move(NamedTuple):
    """One step: an edit of one of the playlists (by number, modulo how many there are), or a new one."""

    what: Edit | Create
    which: int = 0
    trouble: Trouble | None = None


class Model:
    """What must be true.

    Args:
        lab: Where the client and the simulator are.
        seen: Counts what happened.
    """

    def __init__(self, lab: Lab, seen: Counter[str]) -> None:
        self._lab = lab
        self._seen = seen
        self._lists: dict[str, State] = {}

    async def play(self, moves: list[Move]) -> None:
        """Make the moves one by one and look after each; the first one is always a playlist to work on."""
        await self._create(Create("First"))
        for move in moves:
            self._seen["edits"] += 1
            key = list(self._lists)[move.which % len(self._lists)]
            if isinstance(move.what, Create):
                await self._trouble(move.trouble, 1)
                await self._create(move.what)
            else:
                await self._trouble(move.trouble, len(move.what.states(self._lists[key])) - 1)
                await self._edit(key, move.what)
        for key, state in self._lists.items():
            assert await self._read(key) == state

    async def _trouble(self, trouble: Trouble | None, requests: int) -> None:
        if trouble is not None and requests:
            self._seen["with trouble"] += 1
            rule = {"path": "/v1/*", "skip": trouble.skip % requests, "times": trouble.times}
            await self._lab.control("POST", "/faults", **rule, **trouble.fault)

    async def _calm(self) -> None:
        """Let everything that was sent take effect, and every limit end."""
        await self._lab.wire.settle()
        if self._lab.simulation.faults:
            await self._lab.control("DELETE", "/faults")
            await asyncio.sleep(_CALM)

    # --- Edits ----------------------------------------------------------------------------------------------

    async def _edit(self, key: str, edit: Edit) -> None:
        before = self._lists[key]
        states = edit.states(before)
        error = None
        try:
            await edit.send(self._lab.client, key, before)
        except SpotifyError as raised:
            error = raised
        await self._calm()
        now = await self._read(key)
        possible = _possible(states, error)
        assert now in possible, f"{edit} ended with {error!r}, and the playlist is in none of the states due"
        self._lists[key] = now
        self._count(error, happened=now == states[-1], differs=states[0] != states[-1])

    async def _create(self, new: Create) -> None:
        made, error = "", None
        try:
            made = (await self._lab.client.playlists.create(new.name, public=False)).id
        except SpotifyError as raised:
            error = raised
        await self._calm()
        there = set(await self._all()) - set(self._lists)
        assert len(there) <= 1
        for key in there:
            assert await self._read(key) == State((new.name, ()))
            self._lists[key] = State((new.name, ()))
        if error is None:
            assert there == {made}
        else:
            assert not there or isinstance(error, AmbiguousWriteError)
        self._count(error, happened=bool(there), differs=True)

    def _count(self, error: SpotifyError | None, *, happened: bool, differs: bool) -> None:
        if error is not None and differs:
            kind = "in doubt" if _is_open(error) else "refused"
            self._seen[f"{kind}, {'had' if happened else 'had not'} happened"] += 1

    # --- Looking --------------------------------------------------------------------------------------------

    async def _read(self, key: str) -> State:
        """What the client shows, which must be what there is."""
        client = self._lab.client

        async def page(limit: int, offset: int) -> Any:
            return await client.playlists.items(key, limit, offset)

        shown = await stretch(page, 0, _LONGEST)
        rows = tuple(row.item.uri if row and row.item else "" for row in shown.items)
        state = State(((await client.playlists.get(key)).name, rows))
        true = self._lab.simulation.world.playlists[key]
        assert state == State((true.name, rows_of(true)))
        return state

    async def _all(self) -> list[str]:
        """The ids of the playlists that the client shows, which must be those that there are."""
        shown = await stretch(self._lab.client.playlists.mine, 0, _LONGEST)
        keys = [playlist.id for playlist in shown.items if playlist is not None]
        assert sorted(keys) == sorted(self._lab.shelf)
        return keys


def _is_open(error: SpotifyError) -> bool:
    """Whether the error leaves open what happened."""
    return isinstance(error, AmbiguousWriteError) or "asking for it again is safe" in str(error)


def _possible(states: list[State], error: SpotifyError | None) -> list[State]:
    """The states a playlist may be in: one, or the two around the request that was lost."""
    if error is None:
        return states[-1:]
    if not _is_open(error):
        return states[:1]
    progress = _PROGRESS.match(str(error))
    done = int(progress[1]) // HUNDRED if progress else 0
    return states[done : done + 2]
