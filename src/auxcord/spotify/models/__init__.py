"""What Spotify answers, as plain values; removed and missing fields are None.

Only what something here shows or decides by is kept: answers stay in memory, and their text is most of it.
"""

from auxcord.spotify.models.browsing import AudioFeatures, Category, Featured
from auxcord.spotify.models.lists import (
    PlayHistory,
    Playlist,
    PlaylistContents,
    PlaylistItem,
    SavedAlbum,
    SavedAudiobook,
    SavedEpisode,
    SavedShow,
    SavedTrack,
    SearchResults,
    Snapshot,
)
from auxcord.spotify.models.music import Album, AlbumRef, Artist, ArtistRef, Track
from auxcord.spotify.models.people import User, UserRef
from auxcord.spotify.models.player import Context, Device, PlaybackState, Queue
from auxcord.spotify.models.shapes import (
    CursorPage,
    Cursors,
    Image,
    Named,
    Page,
    Part,
    Person,
)
from auxcord.spotify.models.spoken import (
    Audiobook,
    AudiobookRef,
    Chapter,
    Episode,
    Show,
    ShowRef,
)

__all__ = [
    "Album",
    "AlbumRef",
    "Artist",
    "ArtistRef",
    "AudioFeatures",
    "Audiobook",
    "AudiobookRef",
    "Category",
    "Chapter",
    "Context",
    "CursorPage",
    "Cursors",
    "Device",
    "Episode",
    "Featured",
    "Image",
    "Named",
    "Page",
    "Part",
    "Person",
    "PlayHistory",
    "PlaybackState",
    "Playlist",
    "PlaylistContents",
    "PlaylistItem",
    "Queue",
    "SavedAlbum",
    "SavedAudiobook",
    "SavedEpisode",
    "SavedShow",
    "SavedTrack",
    "SearchResults",
    "Show",
    "ShowRef",
    "Snapshot",
    "Track",
    "User",
    "UserRef",
]
