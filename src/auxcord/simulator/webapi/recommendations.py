"""Recommendations: closed to most apps since November 2024."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from auxcord.simulator.identifiers import Dice
from auxcord.simulator.webapi.answers import ApiError, bad_id, found
from auxcord.simulator.webapi.audio import sound_of
from auxcord.simulator.webapi.call import check_ids
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.shapes import music
from auxcord.simulator.world.names import GENRES

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.catalogue import Track

MOST_SEEDS = 5
_MOODS = ("acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness", "valence")
_ANY = (-math.inf, math.inf)
FEATURES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(_MOODS, (0.0, 1.0)),
    "duration_ms": _ANY,
    "key": (0, 11),
    "loudness": _ANY,
    "mode": (0, 1),
    "popularity": (0, 100),
    "tempo": _ANY,
    "time_signature": (-math.inf, 11),
}
"""What recommendations can be tuned by, with the values that make sense."""
_WHOLE = frozenset({"duration_ms", "key", "mode", "popularity", "time_signature"})


class Tuning(NamedTuple):
    """One `min_`, `max_` or `target_` parameter."""

    kind: str
    feature: str
    value: float


def get_recommendations(call: Call) -> Response:
    """GET /recommendations: songs of the seeds' genres, tuned; five seeds at most."""
    limit = call.limit(20, 100)
    tunings = _tunings(call)
    named = {kind: _split(call.query.get(f"seed_{kind}s")) for kind in ("artist", "track", "genre")}
    count = sum(map(len, named.values()))
    if not 1 <= count <= MOST_SEEDS:
        raise ApiError(400, "Invalid number of seeds" if count else "At least one seed is required")
    genres = _genres(call, named)
    pool = [t for t in call.catalogue.tracks.values() if not genres.isdisjoint(t.artists[0].genres)]
    fitting = [track for track in pool if all(_fits(track, tuning) for tuning in tunings)]
    chosen = Dice(f"recommend:{sorted(genres)}").sample(fitting, min(limit, len(fitting)))
    targets = [tuning for tuning in tunings if tuning.kind == "target"]
    chosen.sort(key=lambda track: sum(abs(_value(track, t.feature) - t.value) for t in targets))
    seeds = [_seed(call, kind, key, pool, fitting) for kind, keys in named.items() for key in keys]
    return found({"seeds": seeds, "tracks": [music.track(call.lens, track) for track in chosen]})


def _tunings(call: Call) -> list[Tuning]:
    read = []
    for kind in ("min", "max", "target"):
        for feature, (lowest, highest) in FEATURES.items():
            name = f"{kind}_{feature}"
            if name not in call.query:
                continue
            try:
                value = float(int(call.query[name]) if feature in _WHOLE else float(call.query[name]))
            except ValueError:
                raise ApiError(400, f"Invalid {name}") from None
            if not lowest <= value <= highest:
                raise ApiError(400, f"Invalid {name}")
            read.append(Tuning(kind, feature, value))
    return read


def _genres(call: Call, named: dict[str, list[str]]) -> set[str]:
    """Collect the genres of the seeds; a seed that names nothing is refused."""
    by_slug = {genre.replace(" ", "-"): genre for genre in GENRES}
    genres = set()
    for slug in named["genre"]:
        if slug not in by_slug:
            raise ApiError(400, "Invalid genre")
        genres.add(by_slug[slug])
    artists = [call.catalogue.artists.get(key) for key in check_ids(named["artist"], MOST_SEEDS)]
    tracks = [call.catalogue.tracks.get(key) for key in check_ids(named["track"], MOST_SEEDS)]
    for artist in (*artists, *(track.artists[0] if track else None for track in tracks)):
        if artist is None:
            raise bad_id()
        genres.update(artist.genres)
    return genres


def _value(track: Track, feature: str) -> float:
    if feature in {"duration_ms", "popularity"}:
        return float(getattr(track, feature))
    return float(sound_of(track)[feature])


def _fits(track: Track, tuning: Tuning) -> bool:
    if tuning.kind == "target":
        return True
    value = _value(track, tuning.feature)
    return value >= tuning.value if tuning.kind == "min" else value <= tuning.value


def _seed(call: Call, kind: str, key: str, pool: list[Track], fitting: list[Track]) -> dict[str, Any]:
    return {
        "afterFilteringSize": len(fitting),
        "afterRelinkingSize": len(fitting),
        "href": None if kind == "genre" else f"{call.base}/{kind}s/{key}",
        "id": key,
        "initialPoolSize": len(pool),
        "type": kind.upper(),
    }


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()] if text else []


OPERATIONS = (
    Operation("GET", "/recommendations", "get-recommendations", get_recommendations, group="closed-2024"),
)
