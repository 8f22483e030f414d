"""Playlists: entries, versions, and how a change against an older version is merged."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from hashlib import sha1
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from auxcord.simulator.world.catalogue import Playable

KEPT_VERSIONS = 100


class LocalFile(NamedTuple):
    """A file on the owner's computer; it has no id."""

    artist: str
    album: str
    title: str
    seconds: int


@dataclass(slots=True, eq=False)
class Entry:
    """One row of a playlist; `item` is None when what was there has disappeared from the catalogue."""

    item: Playable | LocalFile | None
    added_at: float | None
    added_by: str | None
    uri: str


class Version(NamedTuple):
    """The playlist after one change."""

    at: float
    snapshot_id: str
    entries: tuple[Entry, ...]


@dataclass(slots=True, eq=False)
class Playlist:
    """A playlist; `fill` makes the entries when they are first needed.

    `owner` and `collaborators` are handles. Every change makes a new version with a new snapshot id.
    """

    id: str
    name: str
    owner: str
    description: str | None = None
    public: bool = True
    collaborative: bool = False
    collaborators: set[str] = field(default_factory=set)
    followers: set[str] = field(default_factory=set)
    extra_followers: int = 0
    by_spotify: bool = False
    fill: Callable[[], Iterable[Entry]] = tuple
    cover: bytes | None = None
    covered_at: float = 0.0
    versions: list[Version] = field(default_factory=list)
    revision: int = 0

    def _latest(self) -> Version:
        if not self.versions:
            self.versions.append(Version(float("-inf"), self._new_snapshot(), tuple(self.fill())))
        return self.versions[-1]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The rows as they are now."""
        return self._latest().entries

    @property
    def snapshot_id(self) -> str:
        """The newest snapshot id, the one a write returns."""
        return self._latest().snapshot_id

    def may_read_items(self, handle: str | None) -> bool:
        """Tell whether somebody owns the playlist or collaborates on it."""
        return handle is not None and (
            handle == self.owner or (self.collaborative and handle in self.collaborators)
        )

    def seen_entries(self, now: float, lag: float) -> tuple[Entry, ...]:
        """Give the rows a read returns at this moment, `lag` seconds behind the writes."""
        self._latest()
        for version in reversed(self.versions):
            if version.at + lag <= now:
                return version.entries
        return self.versions[0].entries

    def seen_snapshot(self, now: float, lag: float) -> str:
        """Give the snapshot id a read returns.

        For `lag` seconds after a write it is neither the old nor the new.
        """
        latest = self._latest()
        return latest.snapshot_id if latest.at + lag <= now else _snapshot(self.id, self.revision, "settling")

    def commit(self, now: float, entries: Sequence[Entry] | None = None) -> str:
        """Record a change (of the rows, or only of details) and return the new snapshot id."""
        before = self._latest()
        self.revision += 1
        after = Version(now, self._new_snapshot(), before.entries if entries is None else tuple(entries))
        self.versions.append(after)
        del self.versions[:-KEPT_VERSIONS]
        return after.snapshot_id

    def version(self, snapshot_id: str) -> Version | None:
        """Find the version a snapshot id names; the newest for an interim id, None for an unknown one."""
        latest = self._latest()
        for version in reversed(self.versions):
            if version.snapshot_id == snapshot_id:
                return version
        return latest if snapshot_id == _snapshot(self.id, self.revision, "settling") else None

    def _new_snapshot(self) -> str:
        return _snapshot(self.id, self.revision, "settled")


def insert(entries: Sequence[Entry], new: Sequence[Entry], position: int | None) -> list[Entry]:
    """Put rows at a position, or at the end."""
    place = len(entries) if position is None else position
    return [*entries[:place], *new, *entries[place:]]


def move(
    current: Sequence[Entry], base: Sequence[Entry], start: int, before: int, length: int
) -> list[Entry]:
    """Move rows, addressed by their positions in the version `base`, within the current rows."""
    moved, present = set(base[start : start + length]), set(current)
    anchor = next((entry for entry in base[before:] if entry not in moved and entry in present), None)
    rows = [entry for entry in current if entry in moved]
    rest = [entry for entry in current if entry not in moved]
    place = len(rest) if anchor is None else rest.index(anchor)
    return [*rest[:place], *rows, *rest[place:]]


def without(current: Sequence[Entry], base: Sequence[Entry], uris: set[str]) -> list[Entry]:
    """Remove every row with one of these URIs that the version `base` had; local files stay."""
    gone = {entry for entry in base if entry.uri in uris and not isinstance(entry.item, LocalFile)}
    return [entry for entry in current if entry not in gone]


def _snapshot(playlist_id: str, revision: int, stage: str) -> str:
    digest = sha1(f"{playlist_id}:{revision}:{stage}".encode(), usedforsecurity=False).digest()
    return base64.b64encode(revision.to_bytes(4, "big") + digest).decode()
