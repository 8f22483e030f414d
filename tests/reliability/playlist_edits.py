"""Edits of playlists, each with what it makes of a plain list, request by request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from auxcord.spotify.session import chunks

if TYPE_CHECKING:
    from auxcord.spotify.client import SpotifyClient

Rows: TypeAlias = tuple[str, ...]

HUNDRED = 100
"""Entries Spotify takes in one request."""


class State(tuple[str, Rows]):
    """What a playlist is: its name and its entries."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """What it is called."""
        return self[0]

    @property
    def rows(self) -> Rows:
        """The URIs of its entries, in order."""
        return self[1]

    def holding(self, rows: Rows) -> State:
        """The same playlist with other entries."""
        return State((self.name, rows))


class Edit(Protocol):
    """One change of one playlist."""

    def states(self, state: State) -> list[State]:
        """The state before, and the one after each request of the change."""

    async def send(self, client: SpotifyClient, key: str, state: State) -> None:
        """Ask for the change; positions refer to `state`."""


@dataclass(frozen=True)
class Add:
    """Add at the end, or at a place (taken modulo the places there are)."""

    uris: Rows
    place: int | None = None

    def _position(self, rows: Rows) -> int | None:
        return None if self.place is None else self.place % (len(rows) + 1)

    def states(self, state: State) -> list[State]:
        """One more state for each hundred."""
        position = self._position(state.rows)
        start = len(state.rows) if position is None else position
        head, tail = state.rows[:start], state.rows[start:]
        ends = [*range(0, len(self.uris), HUNDRED), len(self.uris)]
        return [state.holding((*head, *self.uris[:end], *tail)) for end in ends]

    async def send(self, client: SpotifyClient, key: str, state: State) -> None:
        """Add."""
        await client.playlists.add(key, self.uris, self._position(state.rows))


@dataclass(frozen=True)
class Remove:
    """Remove every entry of some songs."""

    uris: Rows

    def states(self, state: State) -> list[State]:
        """One more state for each hundred songs."""
        states = [state]
        for part in chunks(self.uris, HUNDRED):
            states.append(state.holding(tuple(uri for uri in states[-1].rows if uri not in part)))
        return states

    async def send(self, client: SpotifyClient, key: str, _state: State) -> None:
        """Remove."""
        await client.playlists.remove(key, self.uris)


@dataclass(frozen=True)
class Replace:
    """Let the playlist hold exactly this."""

    uris: Rows

    def states(self, state: State) -> list[State]:
        """The first hundred in place of everything, then one more state for each further hundred."""
        ends = [*range(HUNDRED, len(self.uris), HUNDRED), len(self.uris)]
        return [state, *(state.holding(self.uris[:end]) for end in ends)]

    async def send(self, client: SpotifyClient, key: str, _state: State) -> None:
        """Replace."""
        await client.playlists.replace(key, self.uris)


@dataclass(frozen=True)
class Reorder:
    """Move a stretch; all three numbers are taken modulo what makes sense."""

    start: int
    before: int
    length: int

    def _numbers(self, total: int) -> tuple[int, int, int]:
        start = self.start % total
        return start, self.before % (total + 1), 1 + self.length % (total - start)

    def states(self, state: State) -> list[State]:
        """Two; one when there is nothing to move."""
        rows = list(state.rows)
        if not rows:
            return [state]
        start, before, length = self._numbers(len(rows))
        moved = rows[start : start + length]
        del rows[start : start + length]
        place = before if before <= start else max(before - length, start)
        rows[place:place] = moved
        return [state, state.holding(tuple(rows))]

    async def send(self, client: SpotifyClient, key: str, state: State) -> None:
        """Move it, unless there is nothing to move."""
        if not state.rows:
            return
        start, before, length = self._numbers(len(state.rows))
        await client.playlists.reorder(key, range_start=start, insert_before=before, range_length=length)


@dataclass(frozen=True)
class Rename:
    """Give the playlist another name."""

    name: str

    def states(self, state: State) -> list[State]:
        """Two."""
        return [state, State((self.name, state.rows))]

    async def send(self, client: SpotifyClient, key: str, _state: State) -> None:
        """Rename."""
        await client.playlists.change_details(key, name=self.name)
