"""Which operations our client uses, and why it does not use the rest."""

from __future__ import annotations

_SAVED = ("albums", "audiobooks", "episodes", "shows", "tracks")

REPLACED: dict[str, str] = {
    "get-audio-features": "get-several-audio-features",
    "get-playlists-tracks": "get-playlists-items",
    "add-tracks-to-playlist": "add-items-to-playlist",
    "reorder-or-replace-playlists-tracks": "reorder-or-replace-playlists-items",
    "remove-tracks-playlist": "remove-items-playlist",
    "create-playlist-for-user": "create-playlist",
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

WITHOUT_REPLACEMENT: dict[str, str] = {
    "get-audio-analysis": "nothing here needs to know where every beat of a song lies",
}
"""Deprecated operations our client has no use for."""


def reason_unused(operation_id: str) -> str | None:
    """Why our client does not use an operation; None when there is no good reason."""
    if operation_id in REPLACED:
        return f"uses `{REPLACED[operation_id]}`"
    return WITHOUT_REPLACEMENT.get(operation_id)
