"""Playlists: reading them, their details, their covers, making and listing them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from auxcord.simulator.identifiers import is_base62_id, new_id
from auxcord.simulator.webapi.answers import ApiError, bad_id, empty, found, missing, not_found
from auxcord.simulator.webapi.fields import parse_fields
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.paging import page
from auxcord.simulator.webapi.shapes.playlists import cover, playlist, playlist_ref, rows
from auxcord.simulator.world.playlists import Playlist

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.people import Person

MAX_COVER = 256 * 1024
MAX_PLAYLISTS = 11_000
LAST_LIST_OFFSET = 100_000
_WEB_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)


def the_playlist(call: Call) -> Playlist:
    """Find the playlist of the path; Spotify's own ones exist only for extended apps."""
    playlist_id = call.params["playlist_id"]
    if not is_base62_id(playlist_id):
        raise bad_id()
    wanted = call.simulation.world.playlists.get(playlist_id)
    if wanted is None or (wanted.by_spotify and call.app.is_development):
        raise not_found()
    return wanted


def modify_scope(*, public: bool) -> str:
    """Name the scope that allows changing a playlist of this visibility."""
    return "playlist-modify-public" if public else "playlist-modify-private"


def require_write(call: Call, wanted: Playlist, *, items: bool) -> None:
    """Refuse unless the caller may change this playlist (its items.

    Collaborators may too) with this token.
    """
    call.require(modify_scope(public=wanted.public))
    allowed = wanted.may_read_items(call.me.handle) if items else wanted.owner == call.me.handle
    if not allowed:
        raise ApiError(403, "Forbidden")


def get_playlist(call: Call) -> Response:
    """GET /playlists/{playlist_id}."""
    shown = playlist(call, the_playlist(call))
    return found(parse_fields(call.query["fields"]).apply(shown) if call.query.get("fields") else shown)


def get_items(call: Call) -> Response:
    """GET /playlists/{playlist_id}/items: only for the owner and collaborators."""
    wanted = the_playlist(call)
    if not wanted.may_read_items(call.me.handle):
        raise ApiError(403, "Forbidden")
    return _rows(call, wanted, "items", 50)


def get_tracks(call: Call) -> Response:
    """GET /playlists/{playlist_id}/tracks: the old path, open to everybody who still has it."""
    return _rows(call, the_playlist(call), "tracks", 100)


def _rows(call: Call, wanted: Playlist, name: str, most: int) -> Response:
    shown = rows(call, wanted, name, limit=call.limit(20, most), offset=call.offset())
    return found(parse_fields(call.query["fields"]).apply(shown) if call.query.get("fields") else shown)


def change_details(call: Call) -> Response:
    """PUT /playlists/{playlist_id}."""
    wanted = the_playlist(call)
    require_write(call, wanted, items=False)
    sent = _details(call.fields_of_body())
    public = sent.get("public", wanted.public)
    collaborative = sent.get("collaborative", wanted.collaborative)
    if public != wanted.public:
        call.require(modify_scope(public=public))
    if collaborative and public:
        raise ApiError(400, "Collaborative playlists can only be private.")
    wanted.name = sent.get("name") or wanted.name
    wanted.description = sent.get("description", wanted.description)
    wanted.public, wanted.collaborative = public, collaborative
    wanted.commit(call.now)
    call.simulation.world.reindex(wanted)
    return empty()


def _details(sent: dict[str, Any]) -> dict[str, Any]:
    """Check the details somebody sent: types, and no web addresses in descriptions."""
    kinds: dict[str, type] = {"name": str, "description": str, "public": bool, "collaborative": bool}
    details = {name: sent[name] for name in kinds if sent.get(name) is not None}
    for name, value in details.items():
        if not isinstance(value, kinds[name]):
            raise ApiError(400, f"Error parsing JSON: wrong type for {name}.")
    if _WEB_ADDRESS.search(details.get("description", "")):
        raise ApiError(400, "Invalid description")
    return details


def create(call: Call) -> Response:
    """POST /me/playlists."""
    return _create(call, call.me)


def create_for_user(call: Call) -> Response:
    """POST /users/{user_id}/playlists: only for oneself."""
    if call.params["user_id"] != call.me.user_id:
        raise ApiError(403, "You cannot create a playlist for another user.")
    return _create(call, call.me)


def _create(call: Call, me: Person) -> Response:
    sent = _details(call.fields_of_body())
    if not sent.get("name"):
        raise missing("name")
    public, collaborative = sent.get("public", True), sent.get("collaborative", False)
    if collaborative and public:
        raise ApiError(400, "Collaborative playlists can only be private.")
    call.require(modify_scope(public=public))
    if collaborative:
        call.require("playlist-modify-public")
    world = call.simulation.world
    shelf = world.rootlist(me)
    if len(shelf) >= MAX_PLAYLISTS:
        raise ApiError(400, "Playlist limit reached")
    call.simulation.writes += 1
    made = Playlist(
        id=new_id(world.seed, "made", me.handle, call.simulation.writes),
        name=sent["name"],
        owner=me.handle,
        description=sent.get("description"),
        public=public,
        collaborative=collaborative,
    )
    world.playlists[made.id] = made
    shelf.add(made.id, call.now)
    world.reindex(made)
    return found(playlist(call, made), 201)


def get_mine(call: Call) -> Response:
    """GET /me/playlists: private and collaborative ones only with their scopes.

    Spotify's own ones are null.
    """
    world = call.simulation.world
    ids = [key for key in world.rootlist(call.me) if _is_listed(call, world.playlists[key])]
    return _list(call, ids, "/me/playlists")


def get_of_user(call: Call) -> Response:
    """GET /users/{user_id}/playlists: the public ones of somebody else."""
    world = call.simulation.world
    person = world.person_by_user_id(call.params["user_id"])
    if person is None:
        raise not_found()
    own = person is call.user
    ids = [
        key
        for key in world.rootlist(person)
        if (_is_listed(call, world.playlists[key]) if own else world.playlists[key].public)
    ]
    return _list(call, ids, f"/users/{person.quoted_id}/playlists")


def _is_listed(call: Call, listed: Playlist) -> bool:
    if listed.collaborative:
        return "playlist-read-collaborative" in call.scopes
    return listed.public or "playlist-read-private" in call.scopes


def _list(call: Call, ids: list[str], path: str) -> Response:
    limit, offset = call.limit(), call.offset(LAST_LIST_OFFSET)
    shown = []
    for key in ids[offset : offset + limit]:
        listed = call.simulation.world.playlists[key]
        shown.append(None if listed.by_spotify and call.app.is_development else playlist_ref(call, listed))
    return found(page(call.base, path, shown, total=len(ids), limit=limit, offset=offset, keep=call.query))


def get_cover(call: Call) -> Response:
    """GET /playlists/{playlist_id}/images."""
    return found(cover(the_playlist(call)))


def put_cover(call: Call) -> Response:
    """PUT /playlists/{playlist_id}/images: the base64 text of a JPEG."""
    wanted = the_playlist(call)
    if "ugc-image-upload" not in call.scopes:
        raise ApiError(401, "Insufficient client scope")
    require_write(call, wanted, items=False)
    if len(call.body) > MAX_COVER:
        raise ApiError(413, "Image too large")
    wait = call.simulation.limits.over_rate(
        f"{call.app.client_id} covers", call.simulation.settings.cover_limit, call.now
    )
    if wait is not None:
        raise ApiError(429, "API rate limit exceeded", retry_after=wait)
    if call.content_type.partition(";")[0].strip() != "image/jpeg":
        raise ApiError(400, "Invalid content type")
    try:
        picture = base64.b64decode(call.body, validate=True)
    except binascii.Error:
        raise ApiError(400, "Invalid base64 image") from None
    if not picture.startswith(b"\xff\xd8"):
        raise ApiError(400, "Invalid image")
    wanted.cover, wanted.covered_at = picture, call.now
    wanted.commit(call.now)
    return empty(202)


_MODIFY = {"user": True}
OPERATIONS = (
    Operation("GET", "/playlists/{playlist_id}", "get-playlist", get_playlist),
    Operation("PUT", "/playlists/{playlist_id}", "change-playlist-details", change_details, user=True),
    Operation("GET", "/playlists/{playlist_id}/items", "get-playlists-items", get_items,
              ("playlist-read-private",), user=True),
    Operation("GET", "/playlists/{playlist_id}/tracks", "get-playlists-tracks", get_tracks,
        group="removed-2026"),
    Operation("GET", "/playlists/{playlist_id}/images", "get-playlist-cover", get_cover),
    Operation("PUT", "/playlists/{playlist_id}/images", "upload-custom-playlist-cover", put_cover, user=True),
    Operation("GET", "/me/playlists", "get-a-list-of-current-users-playlists", get_mine, user=True),
    Operation("POST", "/me/playlists", "create-playlist", create, user=True),
    Operation("GET", "/users/{user_id}/playlists", "get-list-users-playlists", get_of_user,
        group="removed-2026"),
    Operation("POST", "/users/{user_id}/playlists", "create-playlist-for-user", create_for_user,
              user=True, group="removed-2026"),
)  # fmt: skip
