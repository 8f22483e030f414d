"""What plays now, and telling the player what to do."""

# No postponed annotations: pydantic resolves them at run time.
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final, Literal

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import (
    AmbiguousWriteError,
    AuxcordError,
    DeviceNotFoundError,
    InputError,
    NoActiveDeviceError,
    NotFoundError,
    PlayerError,
    PremiumRequiredError,
    SpotifyError,
)
from auxcord.spotify.models import Device, PlaybackState
from auxcord.spotify.uris import Kind
from auxcord.tools.inputs import PLAYABLE, AsKind, AsList, AsWord, Text, named
from auxcord.tools.player import WAITS, Sight, chosen, commanded, seen
from auxcord.tools.toolset import Toolset, tool
from auxcord.views import clean, count, lines, playback, row, title

PlayKind = Literal["track", "artist", "album", "playlist"]

_STATE: Final = ("user-read-playback-state", "user-read-currently-playing")
_COMMAND: Final = (*_STATE, "user-modify-playback-state")
_CONTEXTS: Final = (Kind.ALBUM, Kind.ARTIST, Kind.PLAYLIST, Kind.SHOW, Kind.AUDIOBOOK)
_MOST: Final = 100
_CANDIDATES: Final = 5

DeviceName = Annotated[Text, Field(description="Name or id")]


@tool(title="What is playing", needs=Permission.READ, scopes=_STATE, read_only=True)
async def get_playback(
    caller: Caller,
    queue: Annotated[bool, Field(description="Also list what comes next")] = False,  # noqa: FBT002  named by JSON
) -> str:
    """What plays now, on which device, how far, shuffle and repeat; with queue, also what comes next."""
    state = await caller.spotify.playback.state()
    now = playback(state) if state else ["Nothing is playing, and no device is active."]
    if not queue:
        return lines(now)
    upcoming = [item for item in (await caller.spotify.playback.queue()).queue if item is not None]
    return lines(now, "next:" if upcoming else "Nothing comes next.", [title(item) for item in upcoming])


@tool(title="List devices", needs=Permission.READ, scopes=["user-read-playback-state"], read_only=True)
async def list_devices(caller: Caller) -> str:
    """Where Spotify can play now. Only needed to choose a device: play picks one by itself."""
    devices = await caller.spotify.playback.devices()
    if not devices:
        return "No device has Spotify open. Open it on a phone, computer or speaker first."
    return lines("name|type|state|volume|id", [_device_row(device) for device in devices])


def _device_row(device: Device) -> str:
    state = "restricted" if device.is_restricted else "active" if device.is_active else "idle"
    volume = "" if device.volume_percent is None else device.volume_percent
    return row(clean(device.name), clean(device.type), state, volume, clean(device.id))


# --- Playing ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Order:
    """What to play: items, or a context, or (neither) go on where it stopped."""

    uris: tuple[str, ...] = ()
    context: str | None = None
    start: int = 1

    def is_true(self, state: PlaybackState | None) -> bool:
        """Whether the player does what was ordered."""
        if state is None or not state.is_playing:
            return False
        if self.context:
            return state.context is not None and state.context.uri == self.context
        return not self.uris or (state.item is not None and state.item.uri == self.uris[self.start - 1])


_RESUME: Final = _Order()


@tool(
    title="Play",
    needs=Permission.PLAYBACK,
    scopes=[*_COMMAND, "user-read-private"],
    idempotent=True,
    premium=True,
)
async def play(
    caller: Caller,
    uris: Annotated[
        tuple[str, ...],
        AsList,
        Field(
            max_length=_MOST,
            description="Tracks/episodes, or one album, artist, playlist or show",
            json_schema_extra={"maxItems": _MOST},
        ),
    ] = (),
    query: Annotated[Text | None, Field(description="Words, instead of uris")] = None,
    kind: Annotated[PlayKind, AsKind, Field(description="What query names")] = "track",
    start: Annotated[int, Field(ge=1, description="Begin at this position")] = 1,
    device: DeviceName | None = None,
) -> str:
    """Play URIs, or the best match for words; with neither, resume.

    Picks the active device or an idle one, waits until it plays and says what plays. Needs Premium.
    """
    if uris and query:
        raise InputError("Give either uris or query, not both.")
    found = ""
    if query:
        order, found = await _searched(caller, query, kind)
    else:
        order = _ordered(uris, start)
    target = chosen(await caller.spotify.playback.devices(), device)
    if order == _RESUME and target.is_active:
        state = await caller.spotify.playback.state()
        if state and state.is_playing:
            return lines("Already playing.", playback(state))
    doubt = await commanded(_start(caller, order, None if target.is_active else target.id))
    sight = await seen(caller, lambda now: order.is_true(now) and _is_on(now, target))
    return _told(sight, doubt, f"sent to {clean(target.name)}", found)


def _ordered(texts: Sequence[str], start: int) -> _Order:
    uris = named(texts, kinds=(*PLAYABLE, Kind.CHAPTER, *_CONTEXTS))
    contexts = [str(uri) for uri in uris if uri.type in _CONTEXTS]
    if contexts and len(uris) > 1:
        advice = "Play one album, artist, playlist or show, or give tracks and episodes only."
        raise InputError("Only one album, artist, playlist or show can be played at a time.", advice=advice)
    if contexts:
        return _Order(context=contexts[0], start=start)
    if uris and start > len(uris):
        raise InputError(f"`start` is {start}, but there are only {len(uris)} uris.")
    return _Order(uris=tuple(str(uri) for uri in uris), start=start)


async def _searched(caller: Caller, query: str, kind: PlayKind) -> tuple[_Order, str]:
    results = await caller.spotify.catalog.search(query, [kind], limit=_CANDIDATES)
    page = getattr(results, f"{kind}s")
    best = page.present[0] if page is not None and page.present else None
    if best is None:
        wanted = clean(query)
        raise NotFoundError(
            f"No {kind} was found for {wanted!r}.", advice="Try other words, or search first."
        )
    order = _Order(uris=(best.uri,)) if kind == "track" else _Order(context=best.uri)
    return order, f"best match: {clean(best.name)} ({best.uri})"


def _start(caller: Caller, order: _Order, device_id: str | None) -> Callable[[], Awaitable[None]]:
    return partial(
        caller.spotify.playback.play,
        device_id=device_id,
        context_uri=order.context,
        uris=list(order.uris) or None,
        offset={"position": order.start - 1} if order.start > 1 else None,
    )


def _is_on(state: PlaybackState | None, device: Device) -> bool:
    return state is not None and (state.device is None or state.device.id == device.id)


def _told(sight: Sight, doubt: SpotifyError | None, sent: str, found: str = "") -> str:
    """Say what is now true, by what the player showed after the command."""
    if sight.done:
        return lines(sight.told(), found)
    if isinstance(doubt, AmbiguousWriteError):
        advice = "Look with get_playback; if it still has not happened, do it again."
        raise AmbiguousWriteError(str(doubt), advice=advice)
    if doubt is not None:
        raise doubt
    return lines(f"unconfirmed: {sent}, but not visible yet; look with get_playback.", sight.told(), found)


@tool(title="Pause", needs=Permission.PLAYBACK, scopes=_COMMAND, idempotent=True, premium=True)
async def pause(caller: Caller) -> str:
    """Stop the music where it is; play without arguments resumes it. Needs Premium."""
    before = await caller.spotify.playback.state()
    if before is None or not before.is_playing:
        return lines("Already paused.", playback(before) if before else [])
    try:
        doubt = await commanded(caller.spotify.playback.pause)
    except (PremiumRequiredError, NoActiveDeviceError, DeviceNotFoundError):
        raise
    except PlayerError:
        # The player refuses to pause what was paused in the meantime.
        state = await caller.spotify.playback.state()
        if state is not None and state.is_playing:
            raise
        return lines("Already paused.", playback(state) if state else [])
    sight = await seen(caller, lambda now: now is None or not now.is_playing)
    return _told(sight, doubt, "pause was sent")


@tool(title="Skip", needs=Permission.PLAYBACK, scopes=_COMMAND, premium=True)
async def skip(
    caller: Caller,
    to: Annotated[Literal["next", "previous"], AsWord] = "next",
) -> str:
    """Go to the next or previous track, and say what plays then. Needs Premium."""
    before = await caller.spotify.playback.state()
    command = caller.spotify.playback.next if to == "next" else caller.spotify.playback.previous
    doubt = await commanded(command)
    sight = await seen(caller, lambda now: _has_moved(before, now))
    return _told(sight, doubt, f"skip to {to} was sent")


def _has_moved(before: PlaybackState | None, now: PlaybackState | None) -> bool:
    """Another item, or the same one from its beginning."""
    if before is None or before.item is None or now is None or now.item is None:
        return before != now
    return now.item.uri != before.item.uri or (now.progress_ms or 0) < (before.progress_ms or 0)


# --- Queueing -----------------------------------------------------------------------------------------------


@tool(title="Add to queue", needs=Permission.PLAYBACK, scopes=_COMMAND, premium=True)
async def add_to_queue(
    caller: Caller,
    uris: Annotated[list[str], AsList, Field(min_length=1, max_length=50, description="Tracks or episodes")],
) -> str:
    """Let tracks or episodes play next, in this order, after what plays now. Needs Premium.

    Something must be playing already; to start music use play.
    """
    wanted = [str(uri) for uri in named(uris, kinds=PLAYABLE)]
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
            "Look with get_playback, queue=true, before queueing again."
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


PLAYBACK = Toolset("playback", (get_playback, list_devices, play, pause, skip, add_to_queue))
