"""Audio features, audio analysis and recommendations: closed to most apps since November 2024."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auxcord.simulator.identifiers import Dice
from auxcord.simulator.webapi.answers import ApiError, bad_id, found, not_found
from auxcord.simulator.webapi.call import check_ids
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.shapes import music
from auxcord.simulator.world.names import GENRES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.catalogue import Track

MOST_SEEDS = 5
_MOODS = ("acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness", "valence")


def _sound(track: Track) -> dict[str, Any]:
    """Invent how a track sounds, always the same way."""
    dice = Dice(f"sound:{track.isrc}")
    return {
        **{mood: round(dice.random(), 4) for mood in _MOODS},
        "key": dice.randint(-1, 11),
        "loudness": round(dice.uniform(-24, -2), 3),
        "mode": dice.randint(0, 1),
        "tempo": round(dice.uniform(60, 190), 3),
        "time_signature": dice.choice((3, 4, 4, 4, 5, 7)),
    }


def _features(call: Call, track: Track) -> dict[str, Any]:
    return {
        **_sound(track),
        "analysis_url": f"{call.base}/audio-analysis/{track.id}",
        "duration_ms": track.duration_ms,
        "id": track.id,
        "track_href": f"{call.base}/tracks/{track.id}",
        "type": "audio_features",
        "uri": f"spotify:track:{track.id}",
    }


def get_features(call: Call) -> Response:
    """GET /audio-features/{id}."""
    track = call.catalogue.tracks.get(call.id())
    if track is None:
        raise not_found()
    return found(_features(call, track))


def get_many_features(call: Call) -> Response:
    """GET /audio-features."""
    tracks = [call.catalogue.tracks.get(key) for key in call.ids(100)]
    return found({"audio_features": [_features(call, track) if track else None for track in tracks]})


def get_analysis(call: Call) -> Response:
    """GET /audio-analysis/{id}: intervals of even length, and one segment a bar."""
    track = call.catalogue.tracks.get(call.id())
    if track is None:
        raise not_found()
    sound, seconds = _sound(track), track.duration_ms / 1000
    beat = 60 / sound["tempo"]
    summary = {name: sound[name] for name in ("loudness", "tempo", "time_signature", "key", "mode")}
    confidences = {f"{name}_confidence": 0.9 for name in ("tempo", "time_signature", "key", "mode")}
    bars = list(_intervals(seconds, beat * sound["time_signature"]))
    return found(
        {
            "meta": {
                "analyzer_version": "4.0.0",
                "platform": "Linux",
                "detailed_status": "OK",
                "status_code": 0,
                "timestamp": 1_495_193_577,
                "analysis_time": 6.9,
                "input_process": "simulated",
            },
            "track": {"num_samples": int(seconds * 22_050), "duration": seconds, **summary, **confidences},
            "bars": bars,
            "beats": list(_intervals(seconds, beat)),
            "tatums": list(_intervals(seconds, beat / 2)),
            "sections": [{**part, **summary, **confidences} for part in _intervals(seconds, seconds / 4)],
            "segments": [_segment(part, sound["loudness"]) for part in bars],
        }
    )


def _intervals(seconds: float, length: float) -> Iterator[dict[str, float]]:
    for number in range(int(seconds / length)):
        yield {"start": round(number * length, 5), "duration": round(length, 5), "confidence": 0.8}


def _segment(part: dict[str, float], loudness: float) -> dict[str, Any]:
    return {
        **part,
        "loudness_start": loudness - 6,
        "loudness_max": loudness,
        "loudness_max_time": 0.07,
        "loudness_end": 0.0,
        "pitches": [0.5] * 12,
        "timbre": [0.0] * 12,
    }


def get_recommendations(call: Call) -> Response:
    """GET /recommendations: songs of the seeds' genres, up to five seeds in all."""
    limit = call.limit(20, 100)
    named = {kind: _split(call.query.get(f"seed_{kind}s")) for kind in ("artist", "track", "genre")}
    count = sum(map(len, named.values()))
    if not 1 <= count <= MOST_SEEDS:
        raise ApiError(400, "Invalid number of seeds" if count else "At least one seed is required")
    if any(genre.replace("-", " ") not in _PLAIN_GENRES for genre in named["genre"]):
        raise ApiError(400, "Invalid genre")
    genres = {genre.replace("-", " ") for genre in named["genre"]}
    for artist_id in check_ids(named["artist"], MOST_SEEDS):
        artist = call.catalogue.artists.get(artist_id)
        if artist is None:
            raise bad_id()
        genres.update(artist.genres)
    for track_id in check_ids(named["track"], MOST_SEEDS):
        track = call.catalogue.tracks.get(track_id)
        if track is None:
            raise bad_id()
        genres.update(track.artists[0].genres)
    pool = [t for t in call.catalogue.tracks.values() if genres.intersection(_plain(t.artists[0].genres))]
    chosen = Dice(f"recommend:{sorted(genres)}").sample(pool, min(limit, len(pool)))
    seeds = [_seed(call, kind, key, len(pool)) for kind, keys in named.items() for key in keys]
    return found({"seeds": seeds, "tracks": [music.track(call.lens, track) for track in chosen]})


def _seed(call: Call, kind: str, key: str, pool: int) -> dict[str, Any]:
    href = None if kind == "genre" else f"{call.base}/{kind}s/{key}"
    sizes = dict.fromkeys(("afterFilteringSize", "afterRelinkingSize", "initialPoolSize"), pool)
    return {**sizes, "href": href, "id": key, "type": kind.upper()}


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()] if text else []


def _plain(genres: tuple[str, ...]) -> set[str]:
    return {*genres, *(genre.replace("-", " ") for genre in genres)}


_PLAIN_GENRES = _plain(GENRES)
OPERATIONS = (
    Operation("GET", "/audio-features", "get-several-audio-features", get_many_features, group="closed-2024"),
    Operation("GET", "/audio-features/{id}", "get-audio-features", get_features, group="closed-2024"),
    Operation("GET", "/audio-analysis/{id}", "get-audio-analysis", get_analysis, group="closed-2024"),
    Operation("GET", "/recommendations", "get-recommendations", get_recommendations, group="closed-2024"),
)
