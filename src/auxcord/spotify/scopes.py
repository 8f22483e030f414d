"""The 19 permissions Spotify can ask a person for.

Source: developer.spotify.com/documentation/web-api/concepts/scopes.
"""

from __future__ import annotations

from enum import StrEnum


class SpotifyScope(StrEnum):
    """One permission on Spotify's consent page."""

    USER_READ_PRIVATE = "user-read-private"
    USER_READ_EMAIL = "user-read-email"
    USER_LIBRARY_READ = "user-library-read"
    USER_LIBRARY_MODIFY = "user-library-modify"
    USER_FOLLOW_READ = "user-follow-read"
    USER_FOLLOW_MODIFY = "user-follow-modify"
    USER_TOP_READ = "user-top-read"
    USER_READ_RECENTLY_PLAYED = "user-read-recently-played"
    USER_READ_PLAYBACK_POSITION = "user-read-playback-position"
    USER_READ_PLAYBACK_STATE = "user-read-playback-state"
    USER_READ_CURRENTLY_PLAYING = "user-read-currently-playing"
    USER_MODIFY_PLAYBACK_STATE = "user-modify-playback-state"
    PLAYLIST_READ_PRIVATE = "playlist-read-private"
    PLAYLIST_READ_COLLABORATIVE = "playlist-read-collaborative"
    PLAYLIST_MODIFY_PUBLIC = "playlist-modify-public"
    PLAYLIST_MODIFY_PRIVATE = "playlist-modify-private"
    UGC_IMAGE_UPLOAD = "ugc-image-upload"
    STREAMING = "streaming"
    APP_REMOTE_CONTROL = "app-remote-control"
