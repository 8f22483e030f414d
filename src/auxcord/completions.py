"""Offering what may be meant while somebody types: the person's playlists and devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp_types import PromptReference

from auxcord.caller import Permission
from auxcord.errors import AuxcordError
from auxcord.resources import PLAYLIST_TEMPLATE
from auxcord.tools.matching.folding import fold
from auxcord.tools.paging import stretch
from auxcord.views import clean

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastmcp.server.completions import CompletionReference
    from mcp_types import CompletionArgument, CompletionContext

    from auxcord.caller import Caller
    from auxcord.spotify.models import Page, Playlist

_SEARCHED: Final = 500


class Completions:
    """Completes arguments for whoever is calling.

    Args:
        of_call: Finds the caller.
    """

    def __init__(self, of_call: Callable[[], Awaitable[Caller]]) -> None:
        self._of_call = of_call

    async def complete(
        self,
        ref: CompletionReference,
        argument: CompletionArgument,
        context: CompletionContext | None = None,  # noqa: ARG002  part of the protocol
    ) -> list[str]:
        """Return what begins with, or holds, what was typed; nothing where nothing can be offered."""
        by_name = isinstance(ref, PromptReference)
        is_playlist = (
            argument.name == "playlist" if isinstance(ref, PromptReference) else ref.uri == PLAYLIST_TEMPLATE
        )
        is_device = by_name and argument.name == "device"
        if not (is_playlist or is_device):
            return []
        try:
            caller = await self._of_call()
            if Permission.READ not in caller.permissions:
                return []
            if is_device:
                names = [clean(device.name) for device in await caller.spotify.playback.devices()]
                return _matching(argument.value, {name: name for name in names})
            found = await _playlists(caller)
        except AuxcordError:
            return []  # nothing to offer is no failure
        return _matching(
            argument.value, {clean(one.name): clean(one.name) if by_name else one.id for one in found}
        )


async def _playlists(caller: Caller) -> list[Playlist]:
    async def fetch(size: int, start: int) -> Page[Playlist]:
        return await caller.spotify.playlists.mine(limit=size, offset=start)

    part = await stretch(fetch, 0, _SEARCHED)
    return [entry for entry in part.items if entry is not None]


def _matching(typed: str, offered: dict[str, str]) -> list[str]:
    """Keep what fits what was typed: first what begins with it, then what holds it."""
    wanted = fold(typed)
    begins = [value for name, value in offered.items() if fold(name).startswith(wanted)]
    holds = [value for name, value in offered.items() if wanted in fold(name) and value not in begins]
    ids = [value for value in offered.values() if typed and value.startswith(typed)]
    return list(dict.fromkeys((*ids, *begins, *holds)))
