"""The person's playlists: what is in them, making them, and changing them."""

from __future__ import annotations

from auxcord.tools.playlists.arranging import reorder_playlist
from auxcord.tools.playlists.changing import add_to_playlist, edit_playlist, remove_from_playlist
from auxcord.tools.playlists.making import create_playlist
from auxcord.tools.playlists.reading import get_playlist
from auxcord.tools.playlists.undoing import undo_playlist_change
from auxcord.tools.toolset import Toolset

__all__ = ["PLAYLISTS", "get_playlist"]

PLAYLISTS = Toolset(
    "playlists",
    (
        get_playlist,
        create_playlist,
        edit_playlist,
        add_to_playlist,
        remove_from_playlist,
        reorder_playlist,
        undo_playlist_change,
    ),
)
