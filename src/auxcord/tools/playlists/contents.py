"""What a playlist holds, and waiting until it shows a change.

A new snapshot id proves nothing (Spotify shows it late, and other changes move it too); the entries do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from auxcord.errors import AmbiguousWriteError, AuxcordError, SpotifyUnavailableError
from auxcord.tools.paging import PAGE, stretch, unhurried
from auxcord.views import count, lines

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from auxcord.caller import Caller
    from auxcord.spotify.models import Page, Playlist, PlaylistItem

LONGEST: Final = 10_000
"""Entries a playlist can hold."""
CHUNK: Final = 100
"""Entries Spotify takes per request."""

WAITS: Final = (0.0, 0.4, 0.8, 1.2)
"""Seconds between looks at a playlist; a change shows after about 0.6 s."""
_LISTED: Final = 20


async def read(caller: Caller, playlist_id: str, offset: int = 0, limit: int = LONGEST) -> list[str]:
    """The URIs of a stretch of a playlist; empty text stands for an entry Spotify does not show."""

    async def fetch(size: int, start: int) -> Page[PlaylistItem]:
        page = partial(caller.spotify.playlists.items, playlist_id, limit=size, offset=start)
        return await unhurried(caller, page, rounds=_rounds(limit))

    part = await stretch(fetch, offset, limit, caller.progress)
    return [entry.item.uri if entry and entry.item else "" for entry in part.items]


def _rounds(items: int) -> int:
    """How often a request may wait for the app's pace: long jobs are worth it, short ones fail fast."""
    return 2 if items > CHUNK else 0


async def size(caller: Caller, playlist: Playlist) -> int:
    """How many entries a playlist has."""
    if playlist.total is not None:
        return playlist.total
    return (await caller.spotify.playlists.items(playlist.id, limit=1, offset=0)).total


async def settled(caller: Caller, playlist_id: str, expected: int) -> int:
    """Wait, within bounds, until a playlist has `expected` entries; how many it has then."""
    total = -1
    for wait in WAITS:
        if wait:
            await caller.sleep(wait)
        look = partial(caller.spotify.playlists.items, playlist_id, limit=1, offset=0)
        total = (await unhurried(caller, look, rounds=_rounds(expected))).total
        if total == expected:
            break
    return total


@dataclass(frozen=True, slots=True)
class Filling:
    """How far adding to a playlist came.

    Args:
        wanted: What was to be added, in order.
        accepted: How many Spotify said it added, from the first on.
        possible: How many it may have added, counting one answer that was lost.
        arrived: How many the playlist shows at their place.
        renamed: How many of those it shows under another URI.
        failure: Why adding stopped early.
        unread: Why the playlist could not be read back.
    """

    wanted: Sequence[str]
    accepted: int
    possible: int
    arrived: int = 0
    renamed: int = 0
    failure: AuxcordError | None = None
    unread: AuxcordError | None = None

    @property
    def is_nothing(self) -> bool:
        """Nothing was added, and certainly so."""
        return self.failure is not None and not self.possible

    def told(self) -> str:
        """Say what is now true."""
        everything = len(self.wanted)
        if self.arrived == everything and not self.renamed:
            return f"verified: {count(everything, 'item')} added, all in place."
        if self.arrived == everything:
            return (
                f"added: {count(everything, 'item')}; {self.renamed} of them are shown under another URI "
                "(Spotify replaces what cannot be played here, or somebody else changed the playlist)."
            )
        return lines(
            self._progress(),
            f"{self.failure} {self.failure.advice}" if self.failure else "",
            _listed("may still appear, so look with get_playlist before adding them again", self._open),
            _listed("not added", self._missing),
        )

    def _progress(self) -> str:
        everything = len(self.wanted)
        if self.unread is not None:
            return (
                f"unconfirmed: Spotify accepted {self.accepted:,} of {everything:,} items, "
                f"but the playlist could not be read back. {self.unread}"
            )
        word = "partial" if self.failure else "unconfirmed"
        return f"{word}: {self.arrived:,} of {everything:,} items are in the playlist."

    @property
    def _open(self) -> Sequence[str]:
        """What Spotify accepted, or may have accepted, but does not show."""
        return self.wanted[self.arrived : self.possible]

    @property
    def _missing(self) -> Sequence[str]:
        return self.wanted[self.possible :]


def _listed(what: str, uris: Sequence[str]) -> str:
    """List what is left exactly, or where it begins when it is long."""
    if not uris:
        return ""
    if len(uris) <= _LISTED:
        return f"{what}: {' '.join(uris)}"
    return f"{what}: {len(uris):,} items of the list, from {uris[0]} to {uris[-1]}"


async def fill(
    caller: Caller, playlist_id: str, wanted: Sequence[str], at: int | None, before: int
) -> Filling:
    """Add in chunks, then compare the playlist with what was to be added.

    Args:
        caller: Whose playlist it is.
        playlist_id: Which one.
        wanted: The URIs, in order.
        at: The place of the first, from 0; None for the end.
        before: How many entries the playlist had.
    """
    accepted = 0
    failure: AuxcordError | None = None
    possible = 0
    for start in range(0, len(wanted), CHUNK):
        chunk = list(wanted[start : start + CHUNK])
        possible = start + len(chunk)
        place = None if at is None else at + start
        add = partial(caller.spotify.playlists.add, playlist_id, chunk, position=place)
        try:
            await unhurried(caller, add, rounds=_rounds(len(wanted)))
        except AuxcordError as error:
            failure = error
            break
        accepted = possible
        await caller.progress(accepted, len(wanted))
    if failure is not None and not isinstance(failure, AmbiguousWriteError):
        possible = accepted
    first = before if at is None else at
    try:
        arrived, renamed = await _arrived(caller, playlist_id, wanted[:possible], first, before)
    except AuxcordError as error:
        return Filling(wanted, accepted, possible, failure=failure, unread=error)
    return Filling(wanted, accepted, possible, arrived, renamed, failure)


async def _arrived(
    caller: Caller,
    playlist_id: str,
    expected: Sequence[str],
    place: int,
    before: int,
) -> tuple[int, int]:
    if not expected:
        return 0, 0
    total, shown = await _seen(caller, playlist_id, place, len(expected), before + len(expected))
    same = [one == other for one, other in zip(expected, shown, strict=False)]
    if total == before + len(expected) == before + len(shown):
        return len(expected), same.count(False)
    leading = same.index(False) if False in same else len(same)
    # What stood there before may look like what was added; the playlist must have grown as well.
    return min(leading, max(0, total - before)), 0


async def _seen(
    caller: Caller, playlist_id: str, place: int, number: int, expected: int
) -> tuple[int, list[str]]:
    """Read a stretch once the playlist has as many entries as expected; how many it has, and the stretch."""
    if number > PAGE:
        total = await settled(caller, playlist_id, expected)
        return total, await read(caller, playlist_id, place, number)
    page = partial(caller.spotify.playlists.items, playlist_id, limit=number, offset=place)
    for wait in WAITS:  # one look tells both
        if wait:
            await caller.sleep(wait)
        seen = await unhurried(caller, page, rounds=0)
        if seen.total == expected:
            break
    return seen.total, [entry.item.uri if entry and entry.item else "" for entry in seen.items]


@dataclass(frozen=True, slots=True)
class Removal:
    """How far taking out came.

    Args:
        wanted: What was to be taken out and was there.
        entries: How many entries of the playlist that were.
        accepted: How many of `wanted` Spotify said it took out, from the first on.
        left: What of it the playlist still shows.
        remaining: How many entries the playlist has now.
        failure: Why it stopped early.
        unread: Why the playlist could not be read back.
    """

    wanted: Sequence[str]
    entries: int
    accepted: int
    left: Sequence[str] = ()
    remaining: int = 0
    failure: AuxcordError | None = None
    unread: AuxcordError | None = None

    @property
    def is_nothing(self) -> bool:
        """Nothing was taken out, and certainly so."""
        return self.failure is not None and not self.accepted and list(self.left) == list(self.wanted)

    def told(self) -> str:
        """Say what is now true."""
        everything = len(self.wanted)
        if not everything:
            return "Nothing to remove."
        why = f"{self.failure} {self.failure.advice}" if self.failure else ""
        if self.unread is not None:
            unread = f"but the playlist could not be read back. {self.unread} Look with get_playlist."
            return lines(
                f"unconfirmed: Spotify removed {self.accepted:,} of {everything:,} items, {unread}", why
            )
        if not self.left:
            entries = "1 entry" if self.entries == 1 else f"{self.entries:,} entries"
            return f"verified: {count(everything, 'item')} removed ({entries}); {self.remaining:,} remain."
        word = "partial" if self.failure else "unconfirmed"
        gone = everything - len(self.left)
        return lines(
            f"{word}: {gone:,} of {everything:,} items removed; {self.remaining:,} entries remain.",
            why,
            _listed("still in it", self.left),
        )


async def take_out(caller: Caller, playlist_id: str, wanted: Sequence[str], before: Counter[str]) -> Removal:
    """Remove every occurrence in chunks, then look whether any is left.

    Args:
        caller: Whose playlist it is.
        playlist_id: Which one.
        wanted: The URIs, all of them in the playlist.
        before: How often each URI was in it.
    """
    accepted, failure = 0, None
    for start in range(0, len(wanted), CHUNK):
        chunk = list(wanted[start : start + CHUNK])
        remove = partial(caller.spotify.playlists.remove, playlist_id, chunk)
        try:
            await unhurried(caller, remove, rounds=_rounds(len(wanted)))
        except AuxcordError as error:
            failure = error
            break
        accepted = start + len(chunk)
        await caller.progress(accepted, len(wanted))
    entries = sum(before[uri] for uri in wanted)
    in_doubt = isinstance(failure, (AmbiguousWriteError, SpotifyUnavailableError))
    if not wanted or (failure is not None and not accepted and not in_doubt):
        return Removal(wanted, entries, accepted, wanted, before.total(), failure)
    gone = sum(before[uri] for uri in wanted[:accepted])
    try:
        await settled(caller, playlist_id, before.total() - gone)
        shown = await read(caller, playlist_id)
    except AuxcordError as error:
        return Removal(wanted, entries, accepted, failure=failure, unread=error)
    left = [uri for uri in wanted if uri in set(shown)]
    return Removal(wanted, entries, accepted, left, len(shown), failure)
