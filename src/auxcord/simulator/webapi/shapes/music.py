"""Artists, albums and tracks in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auxcord.simulator.webapi.paging import page
from auxcord.simulator.webapi.shapes.links import identity, images
from auxcord.simulator.world.catalogue import in_market

if TYPE_CHECKING:
    from auxcord.simulator.webapi.call import Lens
    from auxcord.simulator.world.catalogue import Album, Artist, Track

ALBUM_TRACKS = 50


def artist_ref(lens: Lens, artist: Artist) -> dict[str, Any]:
    """Show an artist in the short form that albums and tracks carry."""
    return {**identity(lens, "artist", artist.id), "name": artist.name}


def artist(lens: Lens, artist: Artist) -> dict[str, Any]:
    """Show an artist in full."""
    shown = {
        **artist_ref(lens, artist),
        "genres": list(artist.genres),
        "images": images(artist.id, (640, 320, 160)) if artist.has_image else [],
    }
    if not lens.reduced:
        shown["followers"] = {"href": None, "total": artist.followers}
        shown["popularity"] = artist.popularity
    return shown


def album_ref(lens: Lens, album: Album) -> dict[str, Any]:
    """Show an album in the short form."""
    shown: dict[str, Any] = {
        **identity(lens, "album", album.id),
        "album_type": album.type,
        "artists": [artist_ref(lens, artist) for artist in album.artists],
        "images": images(album.id) if album.name else [],
        "name": album.name,
        "release_date": album.date,
        "release_date_precision": album.precision,
        "total_tracks": len(album.tracks),
    }
    if lens.market is not None and lens.market not in album.markets:
        shown["restrictions"] = {"reason": "market"}
    if lens.market is None and not lens.reduced:
        shown["available_markets"] = sorted(album.markets)
    return shown


def album(lens: Lens, album: Album) -> dict[str, Any]:
    """Show an album in full, with the first page of its tracks."""
    shown = {
        **album_ref(lens, album),
        "copyrights": [
            {"text": f"{album.date[:4]} {album.label}", "type": "C"},
            {"text": f"℗ {album.date[:4]} {album.label}", "type": "P"},
        ],
        "external_ids": {"upc": album.upc},
        "genres": [],
        "tracks": page(
            lens.base,
            f"/albums/{album.id}/tracks",
            [track_ref(lens, track) for track in album.tracks[:ALBUM_TRACKS]],
            total=len(album.tracks),
            limit=ALBUM_TRACKS,
            offset=0,
            keep={"market": lens.market} if lens.market else None,
        ),
    }
    if not lens.reduced:
        shown["label"] = album.label
        shown["popularity"] = album.popularity
    return shown


def track_ref(lens: Lens, asked: Track) -> dict[str, Any]:
    """Show a track in the short form that albums list.

    With a market it may be another recording (relinking).
    """
    track = asked if lens.market is None else in_market(asked, lens.market)
    shown: dict[str, Any] = {
        **identity(lens, "track", track.id),
        "artists": [artist_ref(lens, artist) for artist in track.artists],
        "disc_number": track.disc,
        "duration_ms": track.duration_ms,
        "explicit": track.explicit,
        "is_local": False,
        "name": track.name,
        "preview_url": None,
        "track_number": track.number,
    }
    if lens.market is not None:
        _add_playability(lens, shown, track)
        if track is not asked and not lens.reduced:
            shown["linked_from"] = identity(lens, "track", asked.id)
    elif not lens.reduced:
        shown["available_markets"] = sorted(track.markets)
    return shown


def track(lens: Lens, asked: Track) -> dict[str, Any]:
    """Show a track in full."""
    track = asked if lens.market is None else in_market(asked, lens.market)
    shown = {
        **track_ref(lens, asked),
        "album": album_ref(lens, track.album),
        "external_ids": {"isrc": track.isrc},
    }
    if not lens.reduced:
        shown["popularity"] = track.popularity
    return shown


def _add_playability(lens: Lens, shown: dict[str, Any], track: Track) -> None:
    there = lens.market in track.markets
    filtered = track.explicit and lens.user is not None and lens.user.filter_explicit
    shown["is_playable"] = there and not filtered
    if not there or filtered:
        shown["restrictions"] = {"reason": "explicit" if there else "market"}
