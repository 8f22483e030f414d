"""What comes next."""

# No postponed annotations: pydantic resolves them at run time.
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import AmbiguousWriteError, AuxcordError, InputError
from auxcord.tools.inputs import PLAYABLE, AsList, Lines, named
from auxcord.tools.matching import choose
from auxcord.tools.playback.player import COMMAND, STATE, WAITS
from auxcord.tools.toolset import tool
from auxcord.views import count, lines, title

_MOST: Final = 50


@tool(title="What comes next", needs=Permission.READ, scopes=STATE, read_only=True, shows=True)
async def get_queue(caller: Caller) -> str:
    """What plays now and what comes next, in order, as far as Spotify tells (about 20 items)."""
    queue = await caller.spotify.playback.queue()
    upcoming = [title(item) for item in queue.queue if item is not None]
    now = f"now: {title(queue.currently_playing)}" if queue.currently_playing else "Nothing is playing."
    return lines(now, "next:" if upcoming else "Nothing comes next.", upcoming)


@tool(
    title="Add to queue",
    needs=Permission.PLAYBACK,
    scopes=[*COMMAND, "user-read-private"],
    premium=True,
)
async def add_to_queue(
    caller: Caller,
    uris: Annotated[tuple[str, ...], AsList, Field(max_length=_MOST, description="Tracks or episodes")] = (),
    songs: Lines = (),
) -> str:
    """Let tracks or episodes, by uris or song names, play next, in this order. Needs Premium.

    Something must be playing already; to start music use play.
    """
    if not uris and not songs:
        raise InputError("Nothing to queue: give uris or songs.")
    if len(uris) + len(songs) > _MOST:
        raise InputError(f"At most {_MOST} items are queued in one call.")
    given = [str(uri) for uri in named(uris, kinds=PLAYABLE)]
    chosen = await choose(caller, songs)
    return lines(await _queued_in_order(caller, given + chosen.uris), chosen.told)


async def _queued_in_order(caller: Caller, wanted: Sequence[str]) -> str:
    """Queue, look whether it is so, and say what is now true."""
    before = await _queued(caller)
    sent, failure = await _queue_each(caller, wanted)
    lost = isinstance(failure, AmbiguousWriteError)
    if failure is not None and not sent and not lost:
        raise failure
    arrived = await _arrived(caller, before, wanted[: sent + lost])
    if arrived == len(wanted):
        return f"verified: {count(arrived, 'item')} queued."
    if failure is None:
        return (
            f"unconfirmed: Spotify accepted all {sent}, but its queue shows {arrived} of them so far. "
            "Look with get_queue before queueing again."
        )
    certain = max(sent, arrived)
    return lines(
        f"partial: the first {certain} of {len(wanted)} queued. {failure} {failure.advice}",
        f"ambiguous: {wanted[sent]} may have been queued, but is not visible."
        if lost and arrived <= sent
        else "",
        f"not queued: {' '.join(wanted[sent + lost :])}" if wanted[sent + lost :] else "",
    )


async def _queued(caller: Caller) -> Counter[str]:
    queue = await caller.spotify.playback.queue()
    return Counter(item.uri for item in queue.queue if item is not None)


async def _queue_each(caller: Caller, uris: Sequence[str]) -> tuple[int, AuxcordError | None]:
    """Queue one after the other, as the order matters; stop at the first failure."""
    for sent, uri in enumerate(uris):
        try:
            await caller.spotify.playback.add_to_queue(uri)
        except AuxcordError as error:
            return sent, error
    return len(uris), None


async def _arrived(caller: Caller, before: Counter[str], expected: Sequence[str]) -> int:
    """Look at the queue until it shows all that is expected; how many it shows, from the first on."""
    arrived = 0
    for wait in WAITS:
        await caller.sleep(wait)
        try:
            gained = await _queued(caller) - before
        except AuxcordError:
            break
        arrived = next(
            (place for place, uri in enumerate(expected) if not _taken(gained, uri)), len(expected)
        )
        if arrived == len(expected):
            break
    return arrived


def _taken(gained: Counter[str], uri: str) -> bool:
    gained[uri] -= 1
    return gained[uri] >= 0
