"""What may be asked of the tools for playlists, and what each makes of a plain list."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from auxcord.tools.matching.folding import fold
from tests.reliability.playlist_edits import HUNDRED, Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auxcord.simulator.world.catalogue import Catalogue
    from auxcord.simulator.world.playlists import Entry

_NOT_LOOKED_FOR = re.compile(r"^(\d+)\|not looked for\|", re.MULTILINE)

Action = Literal["move", "swap", "sort", "reverse", "shuffle", "remove_duplicates"]
By = Literal["title", "added", "length"]


class Trouble(NamedTuple):
    """What one call meets.

    Attributes:
        fault: A rule for the simulator, without the requests it is about.
        method: Which requests; `change` for all that change something.
        skip: How many of them go well before.
        times: How many do not.
        is_silent: Whether a connection that is cut off is silent, until it is waited for no longer.
    """

    fault: dict[str, Any]
    method: str
    skip: int
    times: int
    is_silent: bool = False


class Named(NamedTuple):
    """A song by its name: the line, and the only track that can be meant."""

    line: str
    uri: str


@dataclass(frozen=True)
class Things:
    """What is to go into a playlist.

    Args:
        uris: Songs; `spotify:album:…` stands for all on it, `playlist 3` for all in one of the playlists.
        songs: Songs by their names.
    """

    uris: Rows = ()
    songs: tuple[Named, ...] = ()

    def given(self, keys: Sequence[str]) -> dict[str, Any]:
        """What the tool is told, when these are the playlists there are."""
        uris = [_address(uri, keys) for uri in self.uris]
        return {"uris": uris, "songs": [song.line for song in self.songs]}

    def meant(self, lists: dict[str, Rows], catalogue: Catalogue) -> Rows:
        """All of them."""
        rows: list[str] = []
        for uri in (_address(each, list(lists)) for each in self.uris):
            kind, _, key = uri.removeprefix("spotify:").partition(":")
            if kind == "album":
                rows += [f"spotify:track:{track.id}" for track in catalogue.albums[key].tracks]
            else:
                rows += lists[key] if kind == "playlist" else [uri]
        return (*rows, *(song.uri for song in self.songs))

    def found(self, text: str, meant: Rows) -> Rows:
        """Without the songs of which the tool said that it could not look for them."""
        left_out = {int(number) - 1 for number in _NOT_LOOKED_FOR.findall(text)}
        uris = meant[: len(meant) - len(self.songs)]
        return (*uris, *(song.uri for place, song in enumerate(self.songs) if place not in left_out))


@dataclass(frozen=True)
class Create:
    """Make a playlist that holds this."""

    name: str
    things: Things = Things()


@dataclass(frozen=True)
class Add:
    """Add at a place (from 1, taken modulo the places there are and one more), or at the end."""

    things: Things
    place: int | None = None

    tool = "add_to_playlist"

    def arguments(self, rows: Rows, keys: Sequence[str]) -> dict[str, Any]:
        """What the tool is told."""
        place = {} if self.place is None else {"position": 1 + self.place % (len(rows) + 2)}
        return self.things.given(keys) | place

    def states(self, rows: Rows, wanted: Rows) -> list[Rows]:
        """The rows before, and after each hundred."""
        start = len(rows) if self.place is None else min(self.place % (len(rows) + 2), len(rows))
        ends = [*range(0, len(wanted), HUNDRED), len(wanted)]
        return [(*rows[:start], *wanted[:end], *rows[start:]) for end in ends]


@dataclass(frozen=True)
class Remove:
    """Remove every entry of some songs."""

    uris: Rows

    tool = "remove_from_playlist"

    def arguments(self, _rows: Rows, _keys: Sequence[str]) -> dict[str, Any]:
        """What the tool is told."""
        return {"uris": list(self.uris)}

    def states(self, rows: Rows) -> list[Rows]:
        """The rows before, and after each hundred of the songs that are there."""
        present = [uri for uri in dict.fromkeys(self.uris) if uri in rows]
        ends = [*range(0, len(present), HUNDRED), len(present)]
        return [tuple(uri for uri in rows if uri not in present[:end]) for end in ends]


@dataclass(frozen=True)
class Reorder:
    """Put it into another order, or take out what is there twice; positions are modulo those there are."""

    action: Action
    start: int = 0
    to: int = 0
    length: int = 1
    by: By = "length"
    descending: bool = False

    tool = "reorder_playlist"

    def arguments(self, rows: Rows, _keys: Sequence[str]) -> dict[str, Any]:
        """What the tool is told."""
        told: dict[str, Any] = {"action": self.action}
        if self.action in {"move", "swap"}:
            start, to, length = self._places(len(rows))
            told |= {"start": start + 1, "to": to + 1, "length": length}
        if self.action == "sort":
            told |= {"by": self.by, "descending": self.descending}
        return told

    def target(self, entries: Sequence[Entry]) -> Rows:
        """What is to come of it; when shuffled, in any order."""
        rows = [entry.uri for entry in entries]
        if self.action == "reverse":
            return tuple(rows[::-1])
        if self.action == "remove_duplicates":
            return tuple(dict.fromkeys(rows))
        if self.action == "sort":
            ordered = sorted(entries, key=self._key, reverse=self.descending)
            return tuple(entry.uri for entry in ordered)
        if self.action == "shuffle" or not rows:
            return tuple(rows)
        start, to, length = self._places(len(rows))
        if self.action == "swap":
            rows[start], rows[to] = rows[to], rows[start]
        else:
            moving = rows[start : start + length]
            del rows[start : start + length]
            rows[to:to] = moving
        return tuple(rows)

    def _places(self, total: int) -> tuple[int, int, int]:
        if not total:
            return 0, 0, 1
        start = self.start % total
        return start, self.to % total, 1 + self.length % (total - start)

    def _key(self, entry: Entry) -> Any:
        item: Any = entry.item
        if self.by == "added":
            return int(entry.added_at or 0)
        return item.duration_ms if self.by == "length" else fold(item.name)


@dataclass(frozen=True)
class Edit:
    """Rename it, describe it, show or hide it."""

    name: str | None = None
    description: str | None = None
    public: bool | None = None

    def arguments(self) -> dict[str, Any]:
        """What the tool is told."""
        return {name: value for name, value in vars(self).items() if value is not None}

    def target(self, before: Details) -> Details:
        """What is to come of it."""
        return before._replace(**self.arguments())


class Details(NamedTuple):
    """What a playlist is called, what is said of it, and whether it is shown."""

    name: str
    description: str
    public: bool


@dataclass(frozen=True)
class Undo:
    """Take the last change back: of the playlist meant, or of any; or go on although it has changed since."""

    is_any: bool = False
    even_if_changed: bool = False


@dataclass(frozen=True)
class Meddle:
    """Somebody else changes the playlist, at Spotify itself."""

    how: Literal["append", "drop", "reverse"]

    def target(self, entries: Sequence[Entry], another: Entry) -> list[Entry]:
        """What is to come of it."""
        if self.how == "append":
            return [*entries, another]
        return list(entries[1:] if self.how == "drop" else entries[::-1])


Work: TypeAlias = Create | Add | Remove | Reorder | Edit | Undo | Meddle


class Move(NamedTuple):
    """One call: work on one of the playlists (by number, modulo how many there are), or a new one."""

    what: Work
    which: int = 0
    trouble: Trouble | None = None


def may_be_between(now: Rows, before: Rows, target: Rows) -> bool:
    """Whether nothing is in it that was neither in it before nor is to be, nor more often."""
    return Counter(now) <= Counter(before) | Counter(target)


def _address(uri: str, keys: Sequence[str]) -> str:
    word, _, number = uri.partition(" ")
    return f"spotify:playlist:{keys[int(number) % len(keys)]}" if word == "playlist" else uri
