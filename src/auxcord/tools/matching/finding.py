"""Searching for what lines mean: one request for a line that is well written, a few for any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from auxcord.tools.matching.folding import fold
from auxcord.tools.matching.judging import Certainty, Verdict, certainty_of, judged
from auxcord.tools.matching.reading import Line, artists_in, read_line
from auxcord.tools.paging import side_by_side, unhurried

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from auxcord.caller import Caller
    from auxcord.errors import AuxcordError
    from auxcord.spotify.models import Track

ALTERNATIVES: Final = 3
_FEW: Final = 10
_MANY: Final = 30
_ORDERS: Final = 2
_LONGEST_QUERY: Final = 200
_ROUNDS: Final = 2
_AT_ONCE: Final = 5
"""Lines that are looked for at a time: half of a minute's pace is left to everybody else."""


class Query(NamedTuple):
    """What to search for, and how many tracks to look at."""

    text: str
    limit: int


@dataclass(frozen=True, slots=True)
class Match:
    """What a line was found to mean.

    Args:
        text: The line.
        certainty: How sure it is that `track` is meant.
        track: The best one found; None if nothing fits.
        alternatives: Other songs that may be meant, the likeliest first.
        failure: Why it could not be looked for, if it could not.
    """

    text: str
    certainty: Certainty
    track: Track | None = None
    alternatives: tuple[Track, ...] = ()
    failure: AuxcordError | None = None


async def match_lines(
    caller: Caller,
    texts: Sequence[str],
) -> list[Match]:
    """Find the track each line means, in their order.

    Args:
        caller: Who is looking.
        texts: One song each.
    """
    lines = {text: read_line(text) for text in texts}
    finished = 0

    async def one(line: Line) -> Match:
        nonlocal finished
        match = await _match(caller, line)
        finished += 1
        await caller.progress(finished, len(lines))
        return match

    results = await side_by_side(one, list(lines.values()), width=_AT_ONCE)
    matches = {
        text: result if isinstance(result, Match) else Match(text, Certainty.NONE, failure=result)
        for text, result in zip(lines, results, strict=True)
    }
    return [matches[text] for text in texts]


async def _match(caller: Caller, line: Line) -> Match:
    found: dict[str, Track] = {}
    verdicts: list[Verdict] = []
    certainty = Certainty.NONE
    for query in _queries(line, verdicts):
        for track in await _search(caller, query):
            found.setdefault(track.id or track.uri, track)
        verdicts[:] = judged(line.readings, found.values())
        certainty = certainty_of(verdicts, _named(line, found.values()))
        if certainty >= Certainty.LIKELY:
            break
    worthy = [verdict for verdict in verdicts if verdict.certainty > Certainty.NONE]
    if not worthy:
        return Match(line.text, Certainty.NONE)
    first, *others = worthy
    return Match(line.text, certainty, first.track, tuple(other.track for other in others[:ALTERNATIVES]))


async def _search(caller: Caller, query: Query) -> Sequence[Track]:
    async def look() -> Sequence[Track]:
        found = await caller.spotify.catalog.search(query.text, ["track"], limit=query.limit)
        return found.tracks.present if found.tracks else ()

    return await unhurried(caller, look, rounds=_ROUNDS)


def _queries(line: Line, verdicts: list[Verdict]) -> Iterator[Query]:
    """Yield what to search for; later ones only when what was found so far does not fit.

    Spotify forgives a slip in one word of several. If the artist was found, the slip is in the title: look at
    more of theirs. Else it is in the artist: look for the title alone.
    """
    if not line.readings:
        return
    yield Query(line.words[:_LONGEST_QUERY], _FEW)
    artists = {fold(artist.name) for verdict in verdicts for artist in verdict.track.artists}
    known = [
        reading
        for reading in line.readings
        if any(fold(name) in artists for name in artists_in(reading.artist) if name)
    ]
    if known:
        name = next(name for name in artists_in(known[0].artist) if fold(name) in artists)
        yield Query(f'artist:"{_bare(name)}"', _MANY)
        return
    for reading in line.readings[:_ORDERS]:
        if reading.artist:
            yield Query(reading.name.short[:_LONGEST_QUERY], _FEW)
            yield Query(f'artist:"{_bare(reading.artist)}"', _MANY)


def _bare(name: str) -> str:
    return name.replace('"', " ")[:_LONGEST_QUERY]


def _named(line: Line, tracks: Iterable[Track]) -> frozenset[str]:
    """Return those artists that were found whose names are exactly what the line says."""
    said = {fold(name) for reading in line.readings for name in artists_in(reading.artist) if name}
    artists = {fold(artist.name) for track in tracks for artist in track.artists}
    return frozenset(said & artists)
