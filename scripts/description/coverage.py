"""Which operations our client uses, and why it does not use the rest."""

from __future__ import annotations

_SAVED = ("albums", "audiobooks", "episodes", "shows", "tracks")

REPLACED: dict[str, str] = {
    "get-multiple-albums": "get-an-album",
    "get-multiple-artists": "get-an-artist",
    "get-multiple-shows": "get-a-show",
    "get-multiple-episodes": "get-an-episode",
    "get-multiple-audiobooks": "get-an-audiobook",
    "get-several-chapters": "get-a-chapter",
    "get-several-tracks": "get-track",
    "get-playlists-tracks": "get-playlists-items",
    "add-tracks-to-playlist": "add-items-to-playlist",
    "reorder-or-replace-playlists-tracks": "reorder-or-replace-playlists-items",
    "remove-tracks-playlist": "remove-items-playlist",
    "create-playlist-for-user": "create-playlist",
    "get-list-users-playlists": "get-a-list-of-current-users-playlists",
    "get-users-profile": "get-current-users-profile",
    "follow-playlist": "save-library-items",
    "unfollow-playlist": "remove-library-items",
    "check-if-user-follows-playlist": "check-library-contains",
    "follow-artists-users": "save-library-items",
    "unfollow-artists-users": "remove-library-items",
    "check-current-user-follows": "check-library-contains",
    **{f"save-{kind}-user": "save-library-items" for kind in _SAVED},
    **{f"remove-{kind}-user": "remove-library-items" for kind in _SAVED},
    **{f"check-users-saved-{kind}": "check-library-contains" for kind in _SAVED},
}
"""Deprecated operations and the one our client uses instead, in every access mode."""

_GONE = "closed to apps made since 2026, and nothing replaces it"
_GONE_LONG = "closed to apps made since 2024, and nothing replaces it"

WITHOUT_REPLACEMENT: dict[str, str] = {
    "get-an-artists-top-tracks": _GONE,
    "get-categories": _GONE,
    "get-a-category": _GONE,
    "get-new-releases": _GONE,
    "get-available-markets": _GONE,
    "get-an-artists-related-artists": _GONE_LONG,
    "get-featured-playlists": _GONE_LONG,
    "get-a-categories-playlists": _GONE_LONG,
    "get-several-audio-features": _GONE_LONG,
    "get-audio-features": _GONE_LONG,
    "get-audio-analysis": _GONE_LONG,
    "get-recommendations": _GONE_LONG,
    "get-recommendation-genres": _GONE_LONG,
}
"""Deprecated operations our client has no use for."""


def reason_unused(operation_id: str) -> str | None:
    """Why our client does not use an operation; None when there is no good reason."""
    if operation_id in REPLACED:
        return f"uses `{REPLACED[operation_id]}`"
    return WITHOUT_REPLACEMENT.get(operation_id)
