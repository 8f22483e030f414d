"""The person's own list of playlists, by the names they call them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from auxcord.errors import AuxcordError, InputError
from auxcord.spotify.uris import parse
from auxcord.tools.paging import side_by_side, stretch
from auxcord.views import clean, owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auxcord.caller import Caller
    from auxcord.spotify.models import Page, Playlist

_SEARCHED: Final = 1_000
"""As many of the person's playlists are searched for a name."""
_NAMED: Final = 5
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


async def names_of(caller: Caller, uris: Sequence[str]) -> str:
    """Name playlists for the person, the first few of many; one that cannot be read by its URI."""

    async def name(uri: str) -> str:
        found = await caller.spotify.playlists.get(parse(uri).id)
        return f'"{clean(found.name)}" by {owner(found)}'

    first = uris[:_NAMED]
    told = await side_by_side(name, first)
    names = [uri if isinstance(one, AuxcordError) else one for uri, one in zip(first, told, strict=True)]
    rest = len(uris) - len(first)
    return ", ".join([*names, *([f"{rest:,} more"] if rest else [])])


def _plain(name: str) -> str:
    return clean(name).casefold()
