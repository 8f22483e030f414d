"""Following artists, people and playlists, the way of before 2026."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.simulator.identifiers import Uri
from auxcord.simulator.webapi.answers import ApiError, empty, found, missing
from auxcord.simulator.webapi.library import has, put, take
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.playlists import modify_scope, the_playlist

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call

MOST = 50


def _kind(call: Call) -> str:
    kind = call.need("type")
    if kind not in {"artist", "user"}:
        raise ApiError(400, "Invalid type")
    return kind


def _wanted(call: Call) -> list[Uri]:
    """Read whom a call is about: artist ids are base62, user ids are anything."""
    kind = _kind(call)
    if kind == "artist":
        return [Uri(kind, key) for key in call.ids_anywhere(MOST)]
    ids = call.query["ids"].split(",") if call.query.get("ids") else call.fields_of_body().get("ids")
    if not isinstance(ids, list) or not ids:
        raise missing("ids")
    if len(ids) > MOST:
        raise ApiError(400, "Too many ids requested")
    return [Uri(kind, str(key)) for key in ids]


def follow(call: Call) -> Response:
    """PUT /me/following."""
    for uri in _wanted(call):
        put(call, uri)
    return empty(204)


def unfollow(call: Call) -> Response:
    """DELETE /me/following."""
    for uri in _wanted(call):
        take(call, uri)
    return empty(204)


def follows(call: Call) -> Response:
    """GET /me/following/contains."""
    call.need("ids")
    return found([has(call, uri) for uri in _wanted(call)])


def follow_playlist(call: Call) -> Response:
    """PUT /playlists/{playlist_id}/followers: publicly unless `public` is false."""
    wanted = the_playlist(call)
    public = call.fields_of_body().get("public", True)
    if not isinstance(public, bool):
        raise ApiError(400, "Error parsing JSON: wrong type for public.")
    call.require(modify_scope(public=public))
    put(call, Uri("playlist", wanted.id))
    return empty()


def unfollow_playlist(call: Call) -> Response:
    """DELETE /playlists/{playlist_id}/followers."""
    wanted = the_playlist(call)
    call.require(modify_scope(public=wanted.public))
    take(call, Uri("playlist", wanted.id))
    return empty()


def follows_playlist(call: Call) -> Response:
    """GET /playlists/{playlist_id}/followers/contains: about the caller, whoever `ids` names."""
    wanted = the_playlist(call)
    return found([has(call, Uri("playlist", wanted.id))])


OPERATIONS = (
    Operation("PUT", "/me/following", "follow-artists-users", follow, ("user-follow-modify",),
              user=True, group="removed-2026"),
    Operation("DELETE", "/me/following", "unfollow-artists-users", unfollow, ("user-follow-modify",),
              user=True, group="removed-2026"),
    Operation("GET", "/me/following/contains", "check-current-user-follows", follows, ("user-follow-read",),
              user=True, group="removed-2026"),
    Operation("PUT", "/playlists/{playlist_id}/followers", "follow-playlist", follow_playlist,
              user=True, group="removed-2026"),
    Operation("DELETE", "/playlists/{playlist_id}/followers", "unfollow-playlist", unfollow_playlist,
              user=True, group="removed-2026"),
    Operation("GET", "/playlists/{playlist_id}/followers/contains", "check-if-user-follows-playlist",
              follows_playlist, user=True, group="removed-2026"),
)  # fmt: skip
