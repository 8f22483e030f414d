"""The model that the answer to each read is made into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import inspect as kinds

from auxcord.spotify.models import (
    Album,
    Artist,
    Audiobook,
    Category,
    Chapter,
    CursorPage,
    Episode,
    Featured,
    Image,
    Page,
    PlaybackState,
    PlayHistory,
    Playlist,
    PlaylistItem,
    Queue,
    SavedAlbum,
    SavedAudiobook,
    SavedEpisode,
    SavedShow,
    SavedTrack,
    Show,
    Track,
    User,
)
from auxcord.spotify.models.browsing import (
    Artists,
    Categories,
    Genres,
    ManyAudioFeatures,
    Markets,
    NewReleases,
    Recommendations,
    Tracks,
)
from auxcord.spotify.models.wrappers import Devices, Following

if TYPE_CHECKING:
    from collections.abc import Iterable

SHAPES: dict[str, Any] = {
    "catalog.track": Track,
    "catalog.album": Album,
    "catalog.artist": Artist,
    "catalog.show": Show,
    "catalog.episode": Episode,
    "catalog.audiobook": Audiobook,
    "catalog.chapter": Chapter,
    "catalog.item (track)": Track,
    "catalog.item (show)": Show,
    "catalog.search": dict[str, Page[Track] | None],
    "catalog.album_tracks": Page[Track],
    "catalog.artist_albums": Page[Album],
    "catalog.artist_top_tracks": Tracks,
    "catalog.related_artists": Artists,
    "catalog.show_episodes": Page[Episode],
    "catalog.audiobook_chapters": Page[Chapter],
    "browse.markets": Markets,
    "browse.genres": Genres,
    "browse.categories": Categories,
    "browse.category": Category,
    "browse.category_playlists": Featured,
    "browse.featured": Featured,
    "browse.new_releases": NewReleases,
    "browse.recommendations": Recommendations,
    "browse.audio_features": ManyAudioFeatures,
    "follow": Page[SavedTrack],
    "profile.me": User,
    "profile.user": User,
    "profile.playlists_of": Page[Playlist],
    "history.recently_played": CursorPage[PlayHistory],
    "history.top_tracks": Page[Track],
    "history.top_artists": Page[Artist],
    "history.top": Page[Track],
    "library.tracks": Page[SavedTrack],
    "library.albums": Page[SavedAlbum],
    "library.shows": Page[SavedShow],
    "library.episodes": Page[SavedEpisode],
    "library.audiobooks": Page[SavedAudiobook],
    "library.artists": Following,
    "library.contains": list[bool],
    "playback.state": PlaybackState,
    "playback.currently_playing": PlaybackState,
    "playback.devices": Devices,
    "playback.queue": Queue,
    "playlists.mine": Page[Playlist],
    "playlists.get": Playlist,
    "playlists.items": Page[PlaylistItem],
    "playlists.cover": list[Image],
    "playlists.create": Playlist,
}
"""By the name of the row."""

TOGETHER = frozenset(
    {"catalog.many", "catalog.each", "catalog.search (fifty)", "catalog.artist_albums (fifty)", "find_mode"}
)
"""Rows that several different answers go into, or that read the same answers as others."""


def reachable(shapes: Iterable[Any]) -> set[type]:
    """Every model that these are made of."""
    found: set[type] = set()
    waiting = [kinds.type_info(shape) for shape in shapes]
    while waiting:
        match waiting.pop():
            case kinds.StructType(cls=model, fields=fields):
                if model not in found:
                    waiting += [field.type for field in fields]
                found.add(model)
            case kinds.UnionType(types=types):
                waiting += types
            case kinds.ListType(item_type=item) | kinds.VarTupleType(item_type=item):
                waiting.append(item)
            case kinds.DictType(value_type=value):
                waiting.append(value)
    return {getattr(model, "__origin__", model) for model in found}
