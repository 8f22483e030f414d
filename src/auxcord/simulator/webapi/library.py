"""What a person has saved, and the one place where anything is saved or removed: /me/library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auxcord.simulator.clock import iso_utc
from auxcord.simulator.webapi.answers import empty, found
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.paging import page
from auxcord.simulator.webapi.shapes import music, spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response

    from auxcord.simulator.identifiers import Uri
    from auxcord.simulator.webapi.call import Call

SAVE_SCOPES = {
    "artist": "user-follow-modify",
    "user": "user-follow-modify",
    "playlist": "playlist-modify-public",
}
CHECK_SCOPES = {"artist": "user-follow-read", "user": "user-follow-read", "playlist": "playlist-read-private"}


def _saved(call: Call, kind: str, show: Callable[[str], dict[str, Any]]) -> Response:
    shelf = call.me.library[kind]
    limit, offset = call.limit(), call.offset()
    entries = shelf.newest_first()[offset : offset + limit]
    shown = [{"added_at": iso_utc(added), kind: show(key)} for key, added in entries]
    return found(
        page(call.base, f"/me/{kind}s", shown, total=len(shelf), limit=limit, offset=offset, keep=call.query)
    )


def get_tracks(call: Call) -> Response:
    """GET /me/tracks."""
    return _saved(call, "track", lambda key: music.track(call.lens, call.catalogue.tracks[key]))


def get_albums(call: Call) -> Response:
    """GET /me/albums."""
    return _saved(call, "album", lambda key: music.album(call.lens, call.catalogue.albums[key]))


def get_shows(call: Call) -> Response:
    """GET /me/shows."""
    return _saved(call, "show", lambda key: spoken.show_ref(call.lens, call.catalogue.shows[key]))


def get_episodes(call: Call) -> Response:
    """GET /me/episodes."""
    return _saved(call, "episode", lambda key: spoken.episode(call.lens, call.catalogue.episodes[key]))


def get_audiobooks(call: Call) -> Response:
    """GET /me/audiobooks."""
    return _saved(call, "audiobook", lambda key: spoken.audiobook(call.lens, call.catalogue.audiobooks[key]))


def exists(call: Call, uri: Uri) -> bool:
    """Tell whether a URI names something that can be saved."""
    world, found_ = call.simulation.world, call.catalogue
    pools: dict[str, Any] = {
        "track": found_.tracks, "album": found_.albums, "show": found_.shows, "episode": found_.episodes,
        "audiobook": found_.audiobooks, "artist": found_.artists, "playlist": world.playlists,
    }  # fmt: skip
    return world.person_by_user_id(uri.id) is not None if uri.type == "user" else uri.id in pools[uri.type]


def put(call: Call, uri: Uri) -> None:
    """Save a thing, follow somebody, or put a playlist into the list; unknown ids are passed over."""
    me, now = call.me, call.now
    if not exists(call, uri):
        return
    if uri.type == "artist":
        me.followed_artists.add(uri.id, now)
    elif uri.type == "user":
        me.followed_people.add(uri.id, now)
    elif uri.type == "playlist":
        call.simulation.world.rootlist(me).add(uri.id, now)
        playlist = call.simulation.world.playlists[uri.id]
        if playlist.owner != me.handle:
            playlist.followers.add(me.handle)
    else:
        me.library[uri.type].add(uri.id, now)


def take(call: Call, uri: Uri) -> None:
    """Undo `put`; an unfollowed playlist goes on existing."""
    me = call.me
    if uri.type == "artist":
        me.followed_artists.remove(uri.id)
    elif uri.type == "user":
        me.followed_people.remove(uri.id)
    elif uri.type == "playlist":
        call.simulation.world.rootlist(me).remove(uri.id)
        playlist = call.simulation.world.playlists.get(uri.id)
        if playlist is not None:
            playlist.followers.discard(me.handle)
    else:
        me.library[uri.type].remove(uri.id)


def has(call: Call, uri: Uri) -> bool:
    """Tell whether a thing is in the library."""
    me = call.me
    if uri.type == "artist":
        return uri.id in me.followed_artists
    if uri.type == "user":
        return uri.id in me.followed_people
    if uri.type == "playlist":
        return uri.id in call.simulation.world.rootlist(me)
    return uri.id in me.library[uri.type]


def _checked(call: Call, scopes: dict[str, str], default: str) -> list[Uri]:
    uris = call.library_uris()
    call.require(*{scopes.get(uri.type, default) for uri in uris})
    return uris


def save(call: Call) -> Response:
    """PUT /me/library."""
    for uri in _checked(call, SAVE_SCOPES, "user-library-modify"):
        put(call, uri)
    return empty()


def remove(call: Call) -> Response:
    """DELETE /me/library."""
    for uri in _checked(call, SAVE_SCOPES, "user-library-modify"):
        take(call, uri)
    return empty()


def contains(call: Call) -> Response:
    """GET /me/library/contains."""
    return found([has(call, uri) for uri in _checked(call, CHECK_SCOPES, "user-library-read")])


_READ = ("user-library-read",)
OPERATIONS = (
    Operation("GET", "/me/tracks", "get-users-saved-tracks", get_tracks, _READ, user=True),
    Operation("GET", "/me/albums", "get-users-saved-albums", get_albums, _READ, user=True),
    Operation("GET", "/me/shows", "get-users-saved-shows", get_shows, _READ, user=True),
    Operation("GET", "/me/episodes", "get-users-saved-episodes", get_episodes,
              (*_READ, "user-read-playback-position"), user=True),
    Operation("GET", "/me/audiobooks", "get-users-saved-audiobooks", get_audiobooks, _READ, user=True),
    Operation("PUT", "/me/library", "save-library-items", save, user=True),
    Operation("DELETE", "/me/library", "remove-library-items", remove, user=True),
    Operation("GET", "/me/library/contains", "check-library-contains", contains, user=True),
)  # fmt: skip
