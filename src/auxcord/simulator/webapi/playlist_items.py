"""Changing what is in a playlist: add, replace, reorder, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auxcord.simulator.webapi.answers import ApiError, found, missing
from auxcord.simulator.webapi.call import check_uri
from auxcord.simulator.webapi.operation import Answer, Group, Operation
from auxcord.simulator.webapi.playlists import require_write, the_playlist
from auxcord.simulator.world.playlists import Entry, Playlist, Version, insert, move, without

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call

MAX_URIS = 100
MAX_ITEMS = 10_000
_PLAYABLE = frozenset({"track", "episode"})


def add(call: Call) -> Response:
    """POST /playlists/{playlist_id}/items: at `position`, or at the end."""
    wanted = the_playlist(call)
    require_write(call, wanted, items=True)
    sent = call.fields_of_body() if "uris" not in call.query else {}
    uris = _uris(call, sent)
    if not uris:
        raise ApiError(400, "No uris provided.")
    position = _position(call, sent, len(wanted.entries))
    if len(wanted.entries) + len(uris) > MAX_ITEMS:
        raise ApiError(400, "Playlist size limit reached")
    return _commit(call, wanted, insert(wanted.entries, _entries(call, uris), position), 201)


def replace_or_reorder(call: Call) -> Response:
    """PUT /playlists/{playlist_id}/items: replace everything with `uris`, or move a range; not both."""
    wanted = the_playlist(call)
    require_write(call, wanted, items=True)
    sent = call.fields_of_body() if call.body.strip() else {}
    reorders = "range_start" in sent or "insert_before" in sent
    replaces = "uris" in call.query or "uris" in sent
    if reorders and replaces:
        raise ApiError(400, "Replace and reorder cannot be applied together in a single request.")
    if reorders:
        return _reorder(call, wanted, sent)
    if not replaces:
        raise missing("uris")
    return _commit(call, wanted, _entries(call, _uris(call, sent)), 200)


def _reorder(call: Call, wanted: Playlist, sent: dict[str, Any]) -> Response:
    base = _base(wanted, sent)
    total = len(base.entries)
    start, before = _index(sent, "range_start"), _index(sent, "insert_before")
    length = _index(sent, "range_length", 1)
    if start >= total or length < 1 or start + length > total:
        raise ApiError(400, "Range out of bounds")
    if before > total:
        raise ApiError(400, "Index out of bounds")
    return _commit(call, wanted, move(wanted.entries, base.entries, start, before, length), 200)


def remove(call: Call) -> Response:
    """DELETE /playlists/{playlist_id}/items: every occurrence of each URI."""
    return _remove(call, "items")


def remove_tracks(call: Call) -> Response:
    """DELETE /playlists/{playlist_id}/tracks: the same under its old name."""
    return _remove(call, "tracks")


def _remove(call: Call, key: str) -> Response:
    wanted = the_playlist(call)
    require_write(call, wanted, items=True)
    sent = call.fields_of_body()
    listed = sent.get(key)
    if not isinstance(listed, list) or not listed:
        raise missing(key)
    if len(listed) > MAX_URIS:
        raise ApiError(400, f"You can remove a maximum of {MAX_URIS} items per request.")
    texts = [entry.get("uri") if isinstance(entry, dict) else None for entry in listed]
    uris = {str(check_uri(text if isinstance(text, str) else "", _PLAYABLE)) for text in texts}
    return _commit(call, wanted, without(wanted.entries, _base(wanted, sent).entries, uris), 200)


def _base(wanted: Playlist, sent: dict[str, Any]) -> Version:
    """Find the version a change is made against: the one named, or the newest."""
    named = sent.get("snapshot_id")
    version = wanted.version(wanted.snapshot_id if named is None else str(named))
    if version is None:
        raise ApiError(400, "Invalid snapshot id")
    return version


def _uris(call: Call, sent: dict[str, Any]) -> list[str]:
    """Read the URIs to add or set: the query overrides the body."""
    if "uris" in call.query:
        texts: list[Any] = [text.strip() for text in call.query["uris"].split(",") if text.strip()]
    else:
        listed = sent.get("uris", [])
        if not isinstance(listed, list):
            raise ApiError(400, "Error parsing JSON: uris is not a list.")
        texts = listed
    if len(texts) > MAX_URIS:
        raise ApiError(400, f"You can add a maximum of {MAX_URIS} tracks per request.")
    return [str(check_uri(str(text), _PLAYABLE)) for text in texts]


def _entries(call: Call, uris: list[str]) -> list[Entry]:
    """Make rows; a well-formed URI that names nothing is refused."""
    rows = []
    for text in uris:
        uri = check_uri(text, _PLAYABLE)
        item = call.catalogue.playable(uri.type, uri.id)
        if item is None:
            raise ApiError(404, "Payload contains a non-existing ID")
        rows.append(Entry(item, call.now, call.me.handle, text))
    return rows


def _position(call: Call, sent: dict[str, Any], total: int) -> int | None:
    if "position" in call.query:
        return call.number("position", 0, 0, total)
    if sent.get("position") is None:
        return None
    position = _index(sent, "position")
    if position > total:
        raise ApiError(400, "Index out of bounds.")
    return position


def _index(sent: dict[str, Any], name: str, default: int | None = None) -> int:
    value = sent.get(name, default)
    if value is None:
        raise missing(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ApiError(400, f"Invalid {name}")
    return value


def _commit(call: Call, wanted: Playlist, entries: list[Entry], status: int) -> Response:
    return found({"snapshot_id": wanted.commit(call.now, entries)}, status)


_WRITES: tuple[tuple[str, str, str, Answer, Group], ...] = (
    ("POST", "items", "add-items-to-playlist", add, "open"),
    ("PUT", "items", "reorder-or-replace-playlists-items", replace_or_reorder, "open"),
    ("DELETE", "items", "remove-items-playlist", remove, "open"),
    ("POST", "tracks", "add-tracks-to-playlist", add, "removed-2026"),
    ("PUT", "tracks", "reorder-or-replace-playlists-tracks", replace_or_reorder, "removed-2026"),
    ("DELETE", "tracks", "remove-tracks-playlist", remove_tracks, "removed-2026"),
)
OPERATIONS = tuple(
    Operation(method, f"/playlists/{{playlist_id}}/{name}", operation_id, answer, user=True, group=group)
    for method, name, operation_id, answer, group in _WRITES
)
