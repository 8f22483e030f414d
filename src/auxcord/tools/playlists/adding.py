"""Adding to a playlist, and going on where a call was cut off and the same call comes again.

A call is cut off when its client cancels it or goes away. What it had added stays, nobody was told how far it
came, and to add all of it once more would put that in twice.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio

from auxcord.errors import InputError
from auxcord.tools.playlists.contents import LONGEST, fill, read
from auxcord.tools.playlists.journal import Added, Journal
from auxcord.views import count

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from auxcord.caller import Caller
    from auxcord.spotify.models import Playlist
    from auxcord.tools.playlists.journal import Change

_NOTE_SECONDS: Final = 5.0
"""Writing down that a call was cut off may hold its ending up for so long."""

_LATELY: Final = 3600.0
"""Seconds after which a playlist of the same name and content is one more that is wanted."""
_LAG: Final = 1.0
"""Seconds after which everything that was sent shows."""


class _Rest(NamedTuple):
    """What is left of a job.

    Attributes:
        before: How many entries the playlist has now.
        done: How many items a call that was cut off has added, from the first on.
        change: What it wrote into the journal.
        told: What to say about it.
    """

    before: int
    done: int = 0
    change: Change | None = None
    told: str = ""


async def add(
    caller: Caller, target: Playlist, wanted: Sequence[str], at: int | None, before: int
) -> list[str]:
    """Add, or go on where the same call was cut off, and say what is now true.

    Args:
        caller: Whose playlist it is.
        target: Which one.
        wanted: The URIs, in order.
        at: The place of the first, from 0; None for the end.
        before: How many entries the playlist has, as was read just now.

    Raises:
        AuxcordError: Nothing was added.
    """
    journal = Journal.of(caller)
    rest = await _rest_of(caller, journal, target.id, wanted, at, before)
    if rest.before + len(wanted) - rest.done > LONGEST:
        raise InputError(f"A playlist holds {LONGEST:,} items; this one has {rest.before:,} already.")
    change = rest.change or await journal.note(
        target.id,
        target.name,
        f"{count(len(wanted), 'item')} added",
        added=Added(rest.before if at is None else at, tuple(wanted), rest.before),
    )
    async with cut_off(partial(journal.mark, change)):
        place = None if at is None else at + rest.done
        filling = await fill(caller, target.id, wanted[rest.done :], place, rest.before)
    if filling.is_nothing and filling.failure is not None:
        if rest.change is None:
            await journal.strike(change)
        raise filling.failure
    if rest.change is not None:
        await journal.mark(change, cut_off=False)
    return [rest.told, filling.told()]


async def half_made(caller: Caller, name: str, wanted: Sequence[str]) -> str | None:
    """Return the id of a playlist of this name that a call cut off lately was filling with just this."""
    job, oldest = Added(0, tuple(wanted), 0), caller.cursors.clock() - _LATELY
    fits = (each for each in await Journal.of(caller).changes() if each.is_cut_off and each.at > oldest)
    return next((each.playlist_id for each in fits if (each.name, each.added) == (name, job)), None)


@asynccontextmanager
async def cut_off(note: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Write down (by `note`) that this job was cut off, if it is; who asks for the same again goes on."""
    try:
        yield
    except anyio.get_cancelled_exc_class():
        with anyio.move_on_after(_NOTE_SECONDS, shield=True):
            await note()
        raise


async def _rest_of(
    caller: Caller, journal: Journal, playlist_id: str, wanted: Sequence[str], at: int | None, before: int
) -> _Rest:
    """Look whether the last change to a playlist was this very job, cut off, and how far it came."""
    change = next((each for each in await journal.changes() if each.playlist_id == playlist_id), None)
    if change is None or change.added is None or not change.is_cut_off:
        return _Rest(before)
    place, uris, size = change.added
    if list(uris) != list(wanted) or (size if at is None else at) != place:
        return _Rest(before)
    await caller.sleep(_LAG)
    now = (await caller.spotify.playlists.items(playlist_id, limit=1, offset=0)).total
    grown = now - size
    if not 0 < grown <= len(wanted) or await read(caller, playlist_id, place, grown) != list(wanted[:grown]):
        return _Rest(now)  # nothing arrived, or somebody changed it since
    told = f"resumed: {count(grown, 'item')} were in it from a call that was cut off."
    return _Rest(now, grown, change, told)
