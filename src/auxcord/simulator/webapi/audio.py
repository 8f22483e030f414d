"""Audio features and audio analysis: closed to most apps since November 2024."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auxcord.simulator.identifiers import Dice
from auxcord.simulator.webapi.answers import found, not_found
from auxcord.simulator.webapi.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.catalogue import Track

_MOODS = ("acousticness", "danceability", "energy", "instrumentalness", "liveness", "speechiness", "valence")


def sound_of(track: Track) -> dict[str, Any]:
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
        **sound_of(track),
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
    sound, seconds = sound_of(track), track.duration_ms / 1000
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


OPERATIONS = (
    Operation("GET", "/audio-features", "get-several-audio-features", get_many_features, group="closed-2024"),
    Operation("GET", "/audio-features/{id}", "get-audio-features", get_features, group="closed-2024"),
    Operation("GET", "/audio-analysis/{id}", "get-audio-analysis", get_analysis, group="closed-2024"),
)
