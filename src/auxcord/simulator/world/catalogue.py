"""What can be played: artists, albums and tracks, shows and episodes, audiobooks and chapters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

AlbumType = Literal["album", "single", "compilation"]
_MARKETS = """
AD AE AR AT AU BA BE BG BR CA CH CL CO CR CY CZ DE DK DO DZ EC EE EG ES FI FR GB GH GR HK HR HU
ID IE IL IN IS IT JO JP KE KR LB LT LU LV MA MT MX MY NG NL NO NZ PE PH PK PL PT RO RS SA SE SG
SI SK TH TN TR TW TZ UA US UY VN ZA
"""
MARKETS: tuple[str, ...] = tuple(_MARKETS.split())
EVERYWHERE = frozenset(MARKETS)
AUDIOBOOK_MARKETS = frozenset({"US", "GB", "CA", "IE", "NZ", "AU"})


@dataclass(slots=True, eq=False)
class Artist:
    """A performer. `albums` are those under their name, `appears_on` those of others they play on."""

    id: str
    name: str
    genres: tuple[str, ...]
    popularity: int
    followers: int
    has_image: bool = True
    albums: list[Album] = field(default_factory=list)
    appears_on: list[Album] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Album:
    """A release; `date` is as precise as its length says (year, year-month, or day)."""

    id: str
    name: str
    type: AlbumType
    artists: tuple[Artist, ...]
    date: str
    label: str
    upc: str
    popularity: int
    markets: frozenset[str] = EVERYWHERE
    tracks: list[Track] = field(default_factory=list)

    @property
    def precision(self) -> str:
        """How precisely the release date is known: year, month or day."""
        return {4: "year", 7: "month"}.get(len(self.date), "day")

    @property
    def sort_date(self) -> str:
        """The release date, completed so that dates of any precision sort."""
        return self.date + "-01-01"[len(self.date) - 4 :] if len(self.date) < 10 else self.date


@dataclass(slots=True, eq=False)
class Track:
    """One recording on one album. `twin` is the same recording for the markets this one lacks."""

    id: str
    name: str
    artists: tuple[Artist, ...]
    album: Album
    disc: int
    number: int
    duration_ms: int
    explicit: bool
    isrc: str
    popularity: int
    markets: frozenset[str] = EVERYWHERE
    twin: Track | None = None


@dataclass(slots=True, eq=False)
class Show:
    """A podcast; episodes are newest first."""

    id: str
    name: str
    publisher: str
    description: str
    language: str
    explicit: bool
    externally_hosted: bool | None
    markets: frozenset[str] = EVERYWHERE
    episodes: list[Episode] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Episode:
    """One episode of a show."""

    id: str
    name: str
    description: str
    duration_ms: int
    explicit: bool
    date: str
    show: Show
    externally_hosted: bool = False


@dataclass(slots=True, eq=False)
class Audiobook:
    """A book that is read aloud."""

    id: str
    name: str
    authors: tuple[str, ...]
    narrators: tuple[str, ...]
    publisher: str
    description: str
    language: str
    edition: str
    explicit: bool
    date: str
    chapters: list[Chapter] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Chapter:
    """One chapter of an audiobook."""

    id: str
    name: str
    number: int
    description: str
    duration_ms: int
    audiobook: Audiobook


Playable = Track | Episode
PLAYABLE_TYPES = ("track", "episode")


class Catalogue:
    """Everything that can be looked up by id; immutable once generated, so that apps may share it."""

    def __init__(self) -> None:
        self.artists: dict[str, Artist] = {}
        self.albums: dict[str, Album] = {}
        self.tracks: dict[str, Track] = {}
        self.shows: dict[str, Show] = {}
        self.episodes: dict[str, Episode] = {}
        self.audiobooks: dict[str, Audiobook] = {}
        self.chapters: dict[str, Chapter] = {}

    def playable(self, kind: str, item_id: str) -> Playable | None:
        """Find a track or episode."""
        if kind == "track":
            return self.tracks.get(item_id)
        return self.episodes.get(item_id) if kind == "episode" else None


def in_market(track: Track, market: str) -> Track:
    """Relink: the recording that stands for this track in a market (the track itself when it plays there)."""
    if market in track.markets or track.twin is None or market not in track.twin.markets:
        return track
    return track.twin
