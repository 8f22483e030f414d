"""How long which answer is kept, for whom, and which answers a change of ours makes worthless.

Spotify's terms (IV.3.2) allow caching for performance, temporarily, and ask to show the freshest data. So
nothing lives longer than ten minutes, what a person can change elsewhere lives for seconds, and who somebody
is, whether they are still welcome, and what is drawn by lot is always asked anew.

Almost everything depends on who asks: on their country (what exists, what can be played, which release
stands for another), on their filter for explicit content, on how far they have listened. What a person is
shown is therefore kept for that person alone. Shared between people is only what is the same for everyone:
artists, how recordings sound, and the lists of countries and genres.
"""

from __future__ import annotations

from typing import NamedTuple

SETTLING = 5.0
"""Seconds after a change of ours during which what it touches is neither kept nor given again: Spotify shows
changes late (the player after 0.2 to 1 s, playlists after about 0.6 s)."""


class Rule(NamedTuple):
    """How one kind of answer is kept.

    Attributes:
        seconds: For how long.
        topic: What it is about; a change of ours drops it by topic.
        shared: Whether it is the same for everybody.
        grace: Seconds after its end during which it may come back to life by Spotify's word that it is
            unchanged.
    """

    seconds: float
    topic: str
    shared: bool = False
    grace: float = 0.0


_CATALOGUE = Rule(300.0, "catalogue", grace=300.0)
_EVERYBODYS = Rule(600.0, "catalogue", shared=True, grace=600.0)
_SPOKEN = Rule(30.0, "spoken", grace=60.0)
_SEARCH = Rule(60.0, "search")
_LIBRARY = Rule(5.0, "library")
_HISTORY = Rule(5.0, "history")
_TOP = Rule(300.0, "top")
_PLAYER = Rule(1.0, "player")

_MINE: dict[str, Rule] = {
    "tracks": _LIBRARY,
    "albums": _LIBRARY,
    "shows": _LIBRARY,
    "episodes": _LIBRARY,
    "audiobooks": _LIBRARY,
    "following": _LIBRARY,
    "library": _LIBRARY,
    "playlists": _LIBRARY,
    "top": _TOP,
    "player": _PLAYER,
}
_PLACES: dict[str, Rule] = {
    "tracks": _CATALOGUE,
    "albums": _CATALOGUE,
    "artists": _CATALOGUE,
    "audiobooks": _SPOKEN,
    "chapters": _SPOKEN,
    "shows": _SPOKEN,
    "episodes": _SPOKEN,
    "search": _SEARCH,
    "browse": _CATALOGUE,
    "audio-features": _EVERYBODYS,
    "markets": _EVERYBODYS,
    "users": _LIBRARY,
}
_ONE_BY_ONE = frozenset({"tracks", "albums", "artists", "audiobooks", "chapters", "shows", "episodes"})
"""Where several things come at once, each of them is kept by itself."""

_EVERYTHING = tuple({rule.topic for rule in (*_MINE.values(), *_PLACES.values(), _HISTORY)})


def rule_for(path: str) -> Rule | None:
    """How the answer to a read is kept; None when it is not.

    Args:
        path: Within the API, without a query, such as `/tracks/11dFghVXANMlKmJXsNCbNl`.
    """
    _, place, *rest = path.split("/")
    if place == "me":
        if rest[-1:] == ["recently-played"]:
            return _HISTORY
        return _MINE.get(rest[0]) if rest else None
    if place == "playlists":
        return Rule(_LIBRARY.seconds, _playlist(rest[0]))
    if place == "artists" and rest and rest[1:] in ([], ["related-artists"]):
        return _EVERYBODYS
    if place == "recommendations":
        return _EVERYBODYS if rest == ["available-genre-seeds"] else None
    return _PLACES.get(place) if rest or place not in _ONE_BY_ONE else None


def touched_by(path: str) -> tuple[str, ...]:
    """The topics that a change at this path makes worthless."""
    _, place, *rest = path.split("/")
    if place == "playlists":
        return (_playlist(rest[0]), "library", "search")
    if place == "me" and rest:
        match rest[0]:
            case "player":
                return ("player", "history", "spoken")
            case "library":
                return ("library", "top")
            case "playlists":
                return ("library", "search")
    return _EVERYTHING


def _playlist(playlist_id: str) -> str:
    return f"playlist {playlist_id}"
