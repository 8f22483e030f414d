"""Things of the simulated catalogue that play everywhere and for long, for somebody to ask for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from auxcord.simulator.world.catalogue import EVERYWHERE

if TYPE_CHECKING:
    from auxcord.simulator.world.catalogue import Catalogue

CATEGORY = "dinner"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 64 + b"\xff\xd9"
LINKED = ("track", "album", "artist", "show", "episode", "audiobook", "chapter")
"""Kinds of things that links in the catalogue name."""


@dataclass(frozen=True)
class Sample:
    """Ids and URIs.

    Attributes:
        ids: One of each kind.
        songs: Track URIs; each plays in every country, under no other id.
        talks: Episode URIs, nine minutes long or more, so that nothing ends while a case runs.
    """

    ids: dict[str, str]
    songs: tuple[str, ...]
    talks: tuple[str, ...]

    def uri(self, kind: str) -> str:
        """The URI of the one thing of a kind."""
        return f"spotify:{kind}:{self.ids[kind]}"


@lru_cache(maxsize=2)
def sample_of(catalogue: Catalogue) -> Sample:
    """Find them."""
    tracks = [t for t in catalogue.tracks.values() if t.markets == EVERYWHERE and t.twin is None]
    album = next(
        album for album in catalogue.albums.values() if album.tracks and album.tracks[0] is tracks[0]
    )
    artist = max(catalogue.artists.values(), key=lambda one: len(one.albums))
    show, book = next(iter(catalogue.shows.values())), next(iter(catalogue.audiobooks.values()))
    ids = {
        "track": tracks[0].id,
        "album": album.id,
        "artist": artist.id,
        "show": show.id,
        "episode": show.episodes[0].id,
        "audiobook": book.id,
        "chapter": book.chapters[0].id,
    }
    songs = tuple(f"spotify:track:{track.id}" for track in tracks)
    return Sample(ids, songs, tuple(f"spotify:episode:{one.id}" for one in show.episodes))
