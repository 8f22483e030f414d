"""Tracks, albums and artists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.simulator.webapi.answers import ApiError, found, not_found
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.paging import page
from auxcord.simulator.webapi.shapes import music

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.catalogue import Album, Artist

ALBUM_GROUPS = ("album", "single", "appears_on", "compilation")


def get_track(call: Call) -> Response:
    """GET /tracks/{id}."""
    track = call.catalogue.tracks.get(call.id())
    if track is None:
        raise not_found()
    return found(music.track(call.lens, track))


def get_tracks(call: Call) -> Response:
    """GET /tracks."""
    tracks = map(call.catalogue.tracks.get, call.ids(50))
    return found({"tracks": [music.track(call.lens, track) if track else None for track in tracks]})


def get_album(call: Call) -> Response:
    """GET /albums/{id}."""
    album = call.catalogue.albums.get(call.id())
    if album is None:
        raise not_found()
    return found(music.album(call.lens, album))


def get_albums(call: Call) -> Response:
    """GET /albums."""
    albums = map(call.catalogue.albums.get, call.ids(20))
    return found({"albums": [music.album(call.lens, album) if album else None for album in albums]})


def get_album_tracks(call: Call) -> Response:
    """GET /albums/{id}/tracks."""
    album = call.catalogue.albums.get(call.id())
    if album is None:
        raise not_found()
    limit, offset = call.limit(), call.offset()
    shown = [music.track_ref(call.lens, track) for track in album.tracks[offset : offset + limit]]
    path = f"/albums/{album.id}/tracks"
    return found(
        page(call.base, path, shown, total=len(album.tracks), limit=limit, offset=offset, keep=call.query)
    )


def get_artist(call: Call) -> Response:
    """GET /artists/{id}."""
    return found(music.artist(call.lens, _artist(call)))


def get_artists(call: Call) -> Response:
    """GET /artists."""
    artists = map(call.catalogue.artists.get, call.ids(50))
    return found({"artists": [music.artist(call.lens, artist) if artist else None for artist in artists]})


def get_artist_albums(call: Call) -> Response:
    """GET /artists/{id}/albums.

    By group (albums, singles, appearances, compilations), newest first in each.
    """
    artist = _artist(call)
    limit = call.limit(5, 10) if call.reduced else call.limit(20, 50)
    offset = call.offset()
    wanted = call.query.get("include_groups", ",".join(ALBUM_GROUPS)).split(",")
    if not set(wanted) <= set(ALBUM_GROUPS):
        raise ApiError(400, "Invalid album type")
    groups = [
        (group, album) for group in ALBUM_GROUPS if group in wanted for album in _albums_in(artist, group)
    ]
    shown = []
    for group, album in groups[offset : offset + limit]:
        item = music.album_ref(call.lens, album)
        shown.append(item if call.reduced else {**item, "album_group": group})
    path = f"/artists/{artist.id}/albums"
    return found(page(call.base, path, shown, total=len(groups), limit=limit, offset=offset, keep=call.query))


def get_artist_top_tracks(call: Call) -> Response:
    """GET /artists/{id}/top-tracks."""
    artist = _artist(call)
    tracks = [track for album in artist.albums for track in album.tracks]
    best = sorted(tracks, key=lambda track: (-track.popularity, track.id))[:10]
    return found({"tracks": [music.track(call.lens, track) for track in best]})


def get_related_artists(call: Call) -> Response:
    """GET /artists/{id}/related-artists."""
    artist = _artist(call)
    shared = [
        (len(set(artist.genres) & set(other.genres)), other)
        for other in call.catalogue.artists.values()
        if other is not artist
    ]
    nearest = sorted(
        (pair for pair in shared if pair[0]), key=lambda pair: (-pair[0], -pair[1].popularity, pair[1].id)
    )
    return found({"artists": [music.artist(call.lens, other) for _, other in nearest[:20]]})


def _artist(call: Call) -> Artist:
    artist = call.catalogue.artists.get(call.id())
    if artist is None:
        raise not_found()
    return artist


def _albums_in(artist: Artist, group: str) -> list[Album]:
    albums = (
        artist.appears_on
        if group == "appears_on"
        else [album for album in artist.albums if album.type == group]
    )
    return sorted(albums, key=lambda album: album.sort_date, reverse=True)


OPERATIONS = (
    Operation("GET", "/tracks/{id}", "get-track", get_track, catalogue=True),
    Operation("GET", "/tracks", "get-several-tracks", get_tracks, group="removed-2026", catalogue=True),
    Operation("GET", "/albums/{id}", "get-an-album", get_album, catalogue=True),
    Operation("GET", "/albums", "get-multiple-albums", get_albums, group="removed-2026", catalogue=True),
    Operation("GET", "/albums/{id}/tracks", "get-an-albums-tracks", get_album_tracks, catalogue=True),
    Operation("GET", "/artists/{id}", "get-an-artist", get_artist, catalogue=True),
    Operation("GET", "/artists", "get-multiple-artists", get_artists, group="removed-2026", catalogue=True),
    Operation("GET", "/artists/{id}/albums", "get-an-artists-albums", get_artist_albums, catalogue=True),
    Operation("GET", "/artists/{id}/top-tracks", "get-an-artists-top-tracks", get_artist_top_tracks,
              group="removed-2026", catalogue=True),
    Operation("GET", "/artists/{id}/related-artists", "get-an-artists-related-artists", get_related_artists,
              group="closed-2024", catalogue=True),
)  # fmt: skip
