"""Which playlist is meant, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.errors import EndpointClosedError, InputError, NotFoundError
from auxcord.spotify.uris import Kind, parse
from auxcord.tools.shelves import called
from auxcord.views import clean, owner

if TYPE_CHECKING:
    from auxcord.caller import Caller
    from auxcord.spotify.models import Playlist


async def found(caller: Caller, text: str) -> Playlist:
    """Find a playlist by URI, link or id, or one of the person's by its name.

    Raises:
        NotFoundError: There is none, or Spotify does not show it.
        InputError: The text names something else, or several playlists.
    """
    try:
        uri = parse(text, Kind.PLAYLIST)
    except InputError:
        return await _by_name(caller, text)
    if uri.type is not Kind.PLAYLIST:
        raise InputError(f"`playlist` is of kind {uri.type.value}; here it must be playlist.")
    try:
        return await caller.spotify.playlists.get(uri.id)
    except NotFoundError:
        message = (
            f"Spotify has no playlist {uri}, or does not show it (its own editorial ones are closed to apps)."
        )
        raise NotFoundError(message, advice="list_library, kind playlists, shows the person's.") from None


async def _by_name(caller: Caller, name: str) -> Playlist:
    listed = await called(caller, name)
    if listed is None:
        message = (
            f"{clean(name)!r} is no Spotify URI, link or id, and no playlist of the person has that name."
        )
        raise NotFoundError(message, advice="list_library, kind playlists, shows their names and URIs.")
    return await caller.spotify.playlists.get(listed.id)


async def is_own(caller: Caller, playlist: Playlist) -> bool:
    """Whether the playlist belongs to the person."""
    link = await caller.accounts.describe(caller.user_id)
    return playlist.owner is not None and playlist.owner.id == link.spotify_user_id


async def editable(caller: Caller, text: str) -> Playlist:
    """Find a playlist the person may change.

    Raises:
        EndpointClosedError: It belongs to somebody else.
    """
    playlist = await found(caller, text)
    if playlist.collaborative or await is_own(caller, playlist):
        return playlist
    raise EndpointClosedError(
        f"The playlist {clean(playlist.name)!r} belongs to {owner(playlist)}; nothing was changed.",
        advice="Only its owner and collaborators can change it; create_playlist makes a new one.",
    )
