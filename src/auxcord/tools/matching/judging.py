"""Weighing a track against a line: how alike they are, and how sure that makes us."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from auxcord.tools.matching.folding import MEMORY, fold, loose, spellings, without_article
from auxcord.tools.matching.likeness import is_slip, likeness
from auxcord.tools.matching.reading import Name, Reading, artists_in, take_apart
from auxcord.tools.matching.versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from auxcord.spotify.models import Track

_TITLE: Final = 0.6
_ARTIST: Final = 0.4
_NO_ARTIST: Final = 0.85
_CLOSE: Final = 0.03
"""Two songs whose scores differ by less may both be meant."""
_NOT_THE_SONG: Final = frozenset({Version.KARAOKE, Version.COVER})


class Certainty(IntEnum):
    """How sure a match is."""

    NONE = 0
    UNSURE = 1
    LIKELY = 2
    SURE = 3


class _Likeness(NamedTuple):
    """How alike two names are, and whether they are the same but for a slip of the hand."""

    score: float
    is_same: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of weighing one track.

    Args:
        track: The track.
        score: 1.0 when everything agrees.
        certainty: How sure it is, taken by itself.
        song: What it has in common with other releases of the same recording.
        is_exact: Title and artist are what the line says, letter for letter.
    """

    track: Track
    score: float
    certainty: Certainty
    song: tuple[str, str, frozenset[Version]]
    is_exact: bool


def judged(readings: Sequence[Reading], tracks: Iterable[Track]) -> list[Verdict]:
    """Weigh tracks against every reading of a line; the best first, each song once."""
    verdicts = [max((_verdict(reading, track) for reading in readings), key=_rank) for track in tracks]
    songs: dict[tuple[str, str, frozenset[Version]], Verdict] = {}
    for verdict in sorted(verdicts, key=_rank, reverse=True):
        songs.setdefault(verdict.song, verdict)
    return list(songs.values())


def certainty_of(verdicts: Sequence[Verdict], artists: frozenset[str]) -> Certainty:
    """Say how sure the first of several verdicts is, in sight of the others.

    Args:
        verdicts: From `judged`.
        artists: The artists found whose names are just what the line says, folded.
    """
    if not verdicts:
        return Certainty.NONE
    best, *others = verdicts
    if best.certainty is not Certainty.SURE:
        return best.certainty
    rivals = [other for other in others if best.score - other.score < _CLOSE]
    if any(other.is_exact >= best.is_exact for other in rivals):
        return Certainty.LIKELY
    named = fold(best.track.artists[0].name) if best.track.artists else ""
    # Somebody is called exactly as the line says: the nearly equal name may be another's.
    return Certainty.SURE if best.is_exact or named in artists or not artists else Certainty.LIKELY


def _rank(verdict: Verdict) -> tuple[float, int, bool]:
    return round(verdict.score, 4), verdict.certainty, verdict.track.is_playable is not False


def _verdict(reading: Reading, track: Track) -> Verdict:
    found = _taken_apart(track.name)
    title = _titles(reading.name, found)
    artist = _artists(reading.artist, track) if reading.artist else _Likeness(0.0, is_same=False)
    allowed, penalty = _versions(reading.name, found)
    score = title.score * (_TITLE if reading.artist else _NO_ARTIST) + artist.score * _ARTIST
    score -= penalty + _guests_missing(reading.name, track)
    certainty = min(allowed, _sure(reading, title, artist))
    main = track.artists[0] if track.artists else None
    song = (main.id or main.name if main else "", fold(found.full), _other(found.versions))
    exact = bool(reading.artist) and title.score == artist.score == 1.0
    return Verdict(track, score, certainty, song, exact)


def _sure(reading: Reading, title: _Likeness, artist: _Likeness) -> Certainty:
    if not reading.artist:
        return (
            Certainty.LIKELY if title.score > 0.97 else Certainty.UNSURE if title.is_same else Certainty.NONE
        )
    if title.is_same and artist.is_same:
        return Certainty.SURE
    if title.score + artist.score > 1.6 and min(title.score, artist.score) > 0.7:
        return Certainty.LIKELY if title.is_same or artist.is_same else Certainty.UNSURE
    if title.is_same or (artist.is_same and title.score > 0.6):
        return Certainty.UNSURE
    return Certainty.NONE


@lru_cache(maxsize=MEMORY)
def _taken_apart(title: str) -> Name:
    return take_apart(title)


def _titles(wanted: Name, found: Name) -> _Likeness:
    pairs = (
        (wanted.full, found.full, 1.0),
        (wanted.full, found.short, 0.97),
        (wanted.short, found.full, 0.95),
    )
    best = _Likeness(0.0, is_same=False)
    for here, there, worth in dict.fromkeys(pairs):
        alike = _alike(here, there)
        best = max(best, _Likeness(alike.score * worth, alike.is_same))
        if best.score == 1.0:
            break
    return best


def _artists(wanted: str, track: Track) -> _Likeness:
    best = _Likeness(0.0, is_same=False)
    for place, name in enumerate(artists_in(wanted)):
        for rank, artist in enumerate(track.artists):
            alike = _alike(name, artist.name)
            if alike.score < 1.0:
                bare = _alike(without_article(fold(name)), without_article(fold(artist.name)))
                alike = max(alike, _Likeness(0.97 * bare.score, bare.is_same))
            best = max(
                best,
                _Likeness(alike.score * (0.98 if place else 1.0) * (0.96 if rank else 1.0), alike.is_same),
            )
            if best.score == 1.0:
                return best
    return best


@lru_cache(maxsize=MEMORY)
def _alike(one: str, other: str) -> _Likeness:
    """Compare two names in every spelling of theirs; a name in another script as loosely as it is written."""
    here, there = spellings(one), spellings(other)
    best = _Likeness(0.0, is_same=False)
    for left in here:
        for right in there:
            best = max(best, _Likeness(likeness(left, right), is_slip(left, right)))
    if len(here) != len(there):
        left, right = loose(here[0]), loose(there[0])
        best = max(best, _Likeness(0.98 * likeness(left, right), is_slip(left, right)))
    return best


def _other(versions: frozenset[Version]) -> frozenset[Version]:
    return frozenset(version for version in versions if version.is_another_recording)


def _versions(wanted: Name, found: Name) -> tuple[Certainty, float]:
    """Return how sure a match can be for the recordings' sake, and what the difference costs."""
    asked, given = _other(wanted.versions), _other(found.versions)
    if given - asked & given & _NOT_THE_SONG:
        return Certainty.UNSURE, 0.3
    if (asked ^ given) - {Version.EDIT}:
        return Certainty.UNSURE, 0.2
    if asked ^ given:
        return Certainty.LIKELY, 0.05
    if asked and not _is_same_take(wanted.about, found.about):
        return Certainty.LIKELY, 0.1
    return Certainty.SURE, 0.01 if wanted.versions != found.versions else 0.0


def _is_same_take(wanted: str, found: str) -> bool:
    """Whether two live recordings or remixes are the same: what the line says must be said there too."""
    here, there = set(fold(wanted).split()), set(fold(found).split())
    return here <= there or likeness(fold(wanted), fold(found)) > 0.85


def _guests_missing(wanted: Name, track: Track) -> float:
    if not wanted.guests:
        return 0.0
    named = " ".join((fold(track.name), *(fold(artist.name) for artist in track.artists)))
    return (
        0.0
        if all(fold(guest) in named for guest in artists_in(wanted.guests)[1:] or (wanted.guests,))
        else 0.02
    )
