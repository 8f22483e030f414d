"""Playlists, their rows, and users in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auxcord.simulator.clock import iso_utc
from auxcord.simulator.webapi.paging import page
from auxcord.simulator.webapi.shapes import music, spoken
from auxcord.simulator.webapi.shapes.links import OPEN, images
from auxcord.simulator.world.catalogue import Playable, Track
from auxcord.simulator.world.playlists import LocalFile

if TYPE_CHECKING:
    from auxcord.simulator.webapi.call import Call, Lens
    from auxcord.simulator.world.people import Person
    from auxcord.simulator.world.playlists import Entry, Playlist

FIRST_PAGE = 100


def user_ref(lens: Lens, person: Person) -> dict[str, Any]:
    """Show a person in the short form that playlist rows carry."""
    return {
        "external_urls": {"spotify": f"{OPEN}/user/{person.quoted_id}"},
        "href": f"{lens.base}/users/{person.quoted_id}",
        "id": person.user_id,
        "type": "user",
        "uri": f"spotify:user:{person.quoted_id}",
    }


def owner(lens: Lens, person: Person) -> dict[str, Any]:
    """Show the owner of a playlist."""
    return {**user_ref(lens, person), "display_name": person.sketch.display_name}


def playable(lens: Lens, item: Playable) -> dict[str, Any]:
    """Show a track or an episode in full."""
    return music.track(lens, item) if isinstance(item, Track) else spoken.episode(lens, item)


def row(call: Call, entry: Entry, *, old_path: bool = False) -> dict[str, Any]:
    """Show one row of a playlist; apps older than the 2026 rules see the item under both names."""
    lens = call.lens
    adder = call.simulation.world.people.get(entry.added_by) if entry.added_by else None
    shown: dict[str, Any] = {
        "added_at": None if entry.added_at is None else iso_utc(entry.added_at),
        "added_by": None if adder is None else user_ref(lens, adder),
        "is_local": isinstance(entry.item, LocalFile),
        "primary_color": None,
        "video_thumbnail": {"url": None},
    }
    item = _item(call, entry)
    if call.reduced:
        return {**shown, "item": item}
    return {**shown, "track": item} if old_path else {**shown, "item": item, "track": item}


def _item(call: Call, entry: Entry) -> dict[str, Any] | None:
    if entry.item is None:
        return None
    if isinstance(entry.item, LocalFile):
        return _local(call.lens, entry.item, entry.uri)
    if isinstance(entry.item, Track) or "episode" in call.query.get("additional_types", "track").split(","):
        return playable(call.lens, entry.item)
    return _episode_as_track(call.lens, entry)


def _episode_as_track(lens: Lens, entry: Entry) -> dict[str, Any] | None:
    """Show an episode to a client that did not say it knows episodes: dressed up as a track."""
    item = entry.item
    if item is None or isinstance(item, Track | LocalFile):
        return None
    as_artist = {
        "external_urls": {"spotify": f"{OPEN}/show/{item.show.id}"},
        "href": f"{lens.base}/shows/{item.show.id}",
        "id": item.show.id,
        "name": item.show.name,
        "type": "show",
        "uri": f"spotify:show:{item.show.id}",
    }
    return {
        "album": {**as_artist, "album_type": "compilation", "artists": [], "images": images(item.show.id),
                  "release_date": item.date, "release_date_precision": "day",
                  "total_tracks": len(item.show.episodes)},
        "artists": [as_artist],
        "disc_number": 0,
        "duration_ms": item.duration_ms,
        "explicit": item.explicit,
        "external_ids": {},
        "external_urls": {"spotify": f"{OPEN}/episode/{item.id}"},
        "href": f"{lens.base}/episodes/{item.id}",
        "id": item.id,
        "is_local": False,
        "name": item.name,
        "preview_url": None,
        "track_number": 0,
        "type": "episode",
        "uri": f"spotify:episode:{item.id}",
    }  # fmt: skip


def _local(lens: Lens, item: LocalFile, uri: str) -> dict[str, Any]:
    nothing: dict[str, Any] = {"external_urls": {}, "href": None, "id": None}
    return {
        **_unknown_to_new_apps(lens),
        **nothing,
        "album": {**nothing, "album_type": None, "artists": [], "images": [], "name": item.album,
        "release_date": None,
                  "release_date_precision": None, "type": "album", "uri": None},
        "artists": [{**nothing, "name": item.artist, "type": "artist", "uri": None}],
        "disc_number": 0,
        "duration_ms": item.seconds * 1000,
        "explicit": False,
        "external_ids": {},
        "is_local": True,
        "name": item.title,
        "preview_url": None,
        "track_number": 0,
        "type": "track",
        "uri": uri,
    }  # fmt: skip


def _unknown_to_new_apps(lens: Lens) -> dict[str, Any]:
    return {} if lens.reduced else {"available_markets": [], "popularity": 0}


def playlist_ref(call: Call, playlist: Playlist) -> dict[str, Any]:
    """Show a playlist in the short form that lists carry."""
    shown = _details(call, playlist)
    total = len(playlist.seen_entries(call.now, call.simulation.settings.items_lag))
    path = f"{call.base}/playlists/{playlist.id}"
    shown["items"] = {"href": f"{path}/items", "total": total}
    return shown if call.reduced else {**shown, "tracks": {"href": f"{path}/tracks", "total": total}}


def playlist(call: Call, playlist: Playlist) -> dict[str, Any]:
    """Show a playlist in full.

    Its items only to its owner and collaborators (older apps see the tracks of any).
    """
    shown = _details(call, playlist)
    shown["followers"] = {"href": None, "total": len(playlist.followers) + playlist.extra_followers}
    if playlist.may_read_items(call.user.handle if call.user else None):
        shown["items"] = rows(call, playlist, "items", limit=FIRST_PAGE, offset=0)
    if not call.reduced:
        shown["tracks"] = rows(call, playlist, "tracks", limit=FIRST_PAGE, offset=0)
    return shown


def rows(call: Call, playlist: Playlist, name: str, *, limit: int, offset: int) -> dict[str, Any]:
    """Show a page of a playlist's rows; `name` is the last part of the path: items or tracks."""
    entries = playlist.seen_entries(call.now, call.simulation.settings.items_lag)
    shown = [row(call, entry, old_path=name == "tracks") for entry in entries[offset : offset + limit]]
    keep: dict[str, str] = {
        key: call.query[key] for key in ("market", "additional_types") if key in call.query
    }
    path = f"/playlists/{playlist.id}/{name}"
    return page(call.base, path, shown, total=len(entries), limit=limit, offset=offset, keep=keep)


def cover(playlist: Playlist) -> list[dict[str, Any]]:
    """Give the pictures of a playlist: the uploaded one, a mosaic, or none for an empty list."""
    if playlist.cover is not None:
        return [
            {
                "url": images(f"{playlist.id}:{playlist.covered_at}", (0,))[0]["url"],
                "height": None,
                "width": None,
            }
        ]
    return images(playlist.id, (640, 300, 60)) if playlist.entries else []


def _details(call: Call, playlist: Playlist) -> dict[str, Any]:
    lens, settings = call.lens, call.simulation.settings
    return {
        "collaborative": playlist.collaborative,
        "description": playlist.description,
        "external_urls": {"spotify": f"{OPEN}/playlist/{playlist.id}"},
        "href": f"{lens.base}/playlists/{playlist.id}",
        "id": playlist.id,
        "images": cover(playlist) or None,
        "name": playlist.name,
        "owner": owner(lens, call.simulation.world.people[playlist.owner]),
        "primary_color": None,
        "public": playlist.public or settings.private_reads_public,
        "snapshot_id": playlist.seen_snapshot(call.now, settings.snapshot_lag),
        "type": "playlist",
        "uri": f"spotify:playlist:{playlist.id}",
    }
