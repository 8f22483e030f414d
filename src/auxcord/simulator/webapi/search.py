"""Search over all seven types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auxcord.simulator.webapi.answers import ApiError, found
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.paging import link
from auxcord.simulator.webapi.shapes import music, spoken
from auxcord.simulator.webapi.shapes.playlists import playlist_ref
from auxcord.simulator.world.catalogue import AUDIOBOOK_MARKETS, in_market
from auxcord.simulator.world.search import Query, parse_query

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.playlists import Playlist

TYPES = ("album", "artist", "playlist", "track", "show", "episode", "audiobook")
LAST_OFFSET = 1000
LONGEST_QUERY = 250


def search(call: Call) -> Response:
    """GET /search."""
    text = call.query.get("q") or call.query.get("query") or ""
    if not text.strip():
        raise ApiError(400, "No search query")
    if len(text) > LONGEST_QUERY:
        raise ApiError(400, f"Query exceeds maximum length of {LONGEST_QUERY} characters")
    if not call.query.get("type"):
        raise ApiError(400, "Missing parameter type")
    wanted = [kind.strip() for kind in call.query["type"].split(",")]
    for kind in wanted:
        if kind not in TYPES:
            raise ApiError(400, f"Bad search type field {kind}")
    if call.query.get("include_external", "audio") != "audio":
        raise ApiError(400, "Invalid include_external")
    limit = call.limit(5, 10) if call.reduced else call.limit(20, 50)
    offset = call.offset(LAST_OFFSET)
    query = parse_query(text)
    return found(
        {f"{kind}s": _page(call, kind, text, query, limit, offset) for kind in dict.fromkeys(wanted)}
    )


def _page(call: Call, kind: str, text: str, query: Query, limit: int, offset: int) -> dict[str, Any]:
    show, hits = _FINDERS[kind](call, query)
    total = min(len(hits), LAST_OFFSET)
    keep: dict[str, str] = {
        name: call.query[name] for name in ("market", "include_external") if name in call.query
    }

    def at(place: int) -> str:
        return link(
            call.base, "/search", {"offset": place, "limit": limit, "query": text, "type": kind, **keep}
        )

    return {
        "href": at(offset),
        "items": [show(hit) for hit in hits[offset : min(offset + limit, LAST_OFFSET)]],
        "limit": limit,
        "next": at(offset + limit) if offset + limit < total else None,
        "offset": offset,
        "previous": at(max(0, offset - limit)) if offset > 0 else None,
        "total": total,
    }


Hits = tuple[Callable[[Any], dict[str, Any] | None], Sequence[Any]]


def _tracks(call: Call, query: Query) -> Hits:
    country, hits = call.country, call.simulation.world.finder.tracks(query)
    if country is not None:
        hits = [track for track in hits if country in in_market(track, country).markets]
    return lambda track: music.track(call.lens, track), hits


def _albums(call: Call, query: Query) -> Hits:
    today = datetime.fromtimestamp(call.now, tz=UTC).date().isoformat()
    hits = call.simulation.world.finder.albums(query, today)
    if call.country is not None:
        hits = [album for album in hits if call.country in album.markets]
    return lambda album: music.album_ref(call.lens, album), hits


def _artists(call: Call, query: Query) -> Hits:
    return lambda artist: music.artist(call.lens, artist), call.simulation.world.finder.artists(query)


def _playlists(call: Call, query: Query) -> Hits:
    def show(playlist: Playlist) -> dict[str, Any] | None:
        hidden = playlist.by_spotify and call.app.is_development
        return None if hidden else playlist_ref(call, playlist)

    return show, call.simulation.world.playlist_index.find(query)


def _shows(call: Call, query: Query) -> Hits:
    hits = [show for show in call.simulation.world.finder.shows(query) if call.country in show.markets]
    return lambda show: spoken.show_ref(call.lens, show), hits


def _episodes(call: Call, query: Query) -> Hits:
    external = call.query.get("include_external") == "audio"
    hits = [hit for hit in call.simulation.world.finder.episodes(query) if call.country in hit.show.markets]
    return lambda episode: spoken.episode_ref(call.lens, episode, external=external), hits


def _audiobooks(call: Call, query: Query) -> Hits:
    hits = call.simulation.world.finder.audiobooks(query) if call.country in AUDIOBOOK_MARKETS else []
    return lambda book: spoken.audiobook_ref(call.lens, book), hits


_FINDERS: dict[str, Callable[[Call, Query], Hits]] = {
    "track": _tracks,
    "album": _albums,
    "artist": _artists,
    "playlist": _playlists,
    "show": _shows,
    "episode": _episodes,
    "audiobook": _audiobooks,
}

OPERATIONS = (Operation("GET", "/search", "search", search),)
