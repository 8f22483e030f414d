"""The person's own list of playlists, by the names they call them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from auxcord.errors import InputError
from auxcord.tools.paging import stretch
from auxcord.views import clean

if TYPE_CHECKING:
    from auxcord.caller import Caller
    from auxcord.spotify.models import Page, Playlist

_SEARCHED: Final = 1_000
"""As many of the person's playlists are searched for a name."""
_AROUND: Final = re.compile(r"^(?:my|the|our) |[\"'“”‘’]| playlist$")  # noqa: RUF001  quotes as models write them
"""What people say around the name of a playlist."""


async def called(caller: Caller, name: str) -> Playlist | None:
    """Find one of the person's playlists by its name, also as people say it: my "Road Trip" playlist.

    Raises:
        InputError: Several are called that.
    """

    async def fetch(size: int, start: int) -> Page[Playlist]:
        return await caller.spotify.playlists.mine(limit=size, offset=start)

    listed = [entry for entry in (await stretch(fetch, 0, _SEARCHED)).items if entry is not None]
    wanted = _plain(name)
    for said in (wanted, _AROUND.sub("", wanted).strip()):
        found = [entry for entry in listed if _plain(entry.name) == said]
        if len(found) > 1:
            uris = " ".join(entry.uri for entry in found[:5])
            raise InputError(
                f"{len(found)} playlists are called {clean(name)!r}: {uris}", advice="Give one URI."
            )
        if found:
            return found[0]
    return None


def _plain(name: str) -> str:
    return clean(name).casefold()
