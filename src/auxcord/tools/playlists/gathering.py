"""What is to go into a playlist: single things, and everything in an album or another playlist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from auxcord.errors import InputError
from auxcord.spotify.uris import Kind, parse
from auxcord.tools.inputs import PLAYABLE, named
from auxcord.tools.paging import stretch
from auxcord.tools.playlists.contents import LONGEST, read
from auxcord.views import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auxcord.caller import Caller
    from auxcord.spotify.models import Page, Track
    from auxcord.spotify.uris import SpotifyUri

_WHOLE: Final = (Kind.ALBUM, Kind.PLAYLIST)
_MOST_WHOLE: Final = 50
"""Albums and playlists that are opened in one call."""


def understood(texts: Sequence[str]) -> list[SpotifyUri]:
    """Understand URIs and links, before anything is asked of Spotify.

    Raises:
        InputError: One of them names nothing, or a kind that makes no sense here, or they are too many.
    """
    uris = named(texts, kinds=(*PLAYABLE, *_WHOLE))
    whole = sum(uri.type in _WHOLE for uri in uris)
    if whole > _MOST_WHOLE:
        raise InputError(f"At most {_MOST_WHOLE} albums and playlists go into one call, not {whole:,}.")
    return uris


async def gathered(caller: Caller, uris: Sequence[SpotifyUri]) -> list[str]:
    """List the tracks and episodes; an album or a playlist stands for all in it.

    Raises:
        InputError: They are more than a playlist holds.
        AuxcordError: An album or playlist could not be read, or Spotify does not show it to this person.
    """
    found: list[str] = []
    for uri in uris:
        found += [str(uri)] if uri.type in PLAYABLE else await _inside(caller, uri)
    if len(found) > LONGEST:
        raise InputError(f"A playlist holds {LONGEST:,} items; that would be {count(len(found), 'item')}.")
    return found


async def _inside(caller: Caller, uri: SpotifyUri) -> list[str]:
    if uri.type is Kind.PLAYLIST:
        return [entry for entry in await read(caller, uri.id) if _is_addable(entry)]

    async def fetch(size: int, start: int) -> Page[Track]:
        return await caller.spotify.catalog.album_tracks(uri.id, limit=size, offset=start)

    return [track.uri for track in (await stretch(fetch, 0, LONGEST)).items if track is not None]


def _is_addable(uri: str) -> bool:
    """Whether apps can add it: no local file, and nothing that has disappeared."""
    try:
        return parse(uri).type in PLAYABLE
    except InputError:
        return False
