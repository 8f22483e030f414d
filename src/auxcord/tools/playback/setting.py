"""Position, volume, shuffle, repeat, and the device it all happens on."""

# No postponed annotations: pydantic resolves them at run time.
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from auxcord.caller import Caller, Permission
from auxcord.errors import AuxcordError, InputError, NoActiveDeviceError, SpotifyError
from auxcord.spotify.models import PlaybackState
from auxcord.tools.inputs import AsWord, Text, clamped
from auxcord.tools.playback.player import COMMAND, chosen, commanded, is_on, seen, told
from auxcord.tools.toolset import tool
from auxcord.views import clean, clock_time, lines, playback

_NEAR = 5_000
"""Milliseconds the player may be past the position it was sent to when it is looked at."""

_LONGEST = 1_000_000.0
"""Seconds, longer than anything is; what is more is infinite, or overflows on its way."""

Repeat = Literal["off", "track", "context"]
Command = Callable[[], Awaitable[None]]


def _as_seconds(value: object) -> object:
    """Understand 1:30, 90 and "90": all are a minute and a half."""
    if not isinstance(value, str) or ":" not in value:
        return value
    seconds = 0
    for part in value.strip().split(":"):
        if not part.isdigit():
            return value
        seconds = 60 * seconds + int(part)
    return seconds


@tool(title="Seek", needs=Permission.PLAYBACK, scopes=COMMAND, idempotent=True, premium=True)
async def seek(
    caller: Caller,
    position: Annotated[float, BeforeValidator(_as_seconds), Field(ge=0, description="Seconds, or m:ss")],
) -> str:
    """Go to a position in what plays now. Needs Premium."""
    state = await _playing(caller)
    wanted = round(min(position, _LONGEST) * 1000)
    long = state.item.duration_ms if state.item else None
    if long is not None and wanted > long:
        raise InputError(f"It is only {clock_time(long)} long.", advice="Skip goes to the next track.")
    doubt = await commanded(partial(caller.spotify.playback.seek, wanted))
    sight = await seen(caller, lambda now: now is not None and 0 <= (now.progress_ms or 0) - wanted < _NEAR)
    return told(sight, doubt, f"going to {clock_time(wanted)} was sent")


@tool(
    title="Volume, shuffle, repeat",
    needs=Permission.PLAYBACK,
    scopes=COMMAND,
    idempotent=True,
    premium=True,
)
async def set_playback(
    caller: Caller,
    volume: Annotated[int | None, Field(description="0 to 100")] = None,
    shuffle: bool | None = None,  # noqa: FBT001  named by JSON
    repeat: Annotated[Repeat, AsWord, Field(description="context: the album or playlist")] | None = None,
) -> str:
    """Set volume, shuffle or repeat of what plays now, and wait until it is so. Needs Premium."""
    if volume is None and shuffle is None and repeat is None:
        raise InputError("Nothing to set: give volume, shuffle or repeat.")
    state = await _playing(caller)
    volume, note = (None, "") if volume is None else clamped("volume", volume, 100, 0)
    if volume is not None and state.device is not None and state.device.supports_volume is False:
        raise InputError(
            f"{clean(state.device.name)} lets no app set its volume.", advice="Set it on the device itself."
        )
    is_so = partial(_is_set, volume=volume, shuffle=shuffle, repeat=repeat)
    if is_so(state):
        return lines("Already so.", playback(state), note)
    player = caller.spotify.playback
    commands: dict[str, Command] = {}
    if volume is not None:
        commands["volume"] = partial(player.set_volume, volume)
    if shuffle is not None:
        commands["shuffle"] = partial(player.set_shuffle, shuffle)
    if repeat is not None:
        commands["repeat"] = partial(player.set_repeat, repeat)
    return await _all(caller, commands, is_so, note)


async def _all(
    caller: Caller, commands: dict[str, Command], is_so: Callable[[PlaybackState | None], bool], note: str
) -> str:
    """Give the commands one after the other; of a failure in the middle, say how far it came."""
    doubt: SpotifyError | None = None
    done: list[str] = []
    for name, command in commands.items():
        try:
            doubt = await commanded(command) or doubt
        except AuxcordError as error:
            if not done:
                raise
            return lines(f"partial: {', '.join(done)} set, {name} not. {error} {error.advice}", note)
        done.append(name)
    return told(await seen(caller, is_so), doubt, f"{', '.join(done)} sent", note)


def _is_set(
    state: PlaybackState | None, *, volume: int | None, shuffle: bool | None, repeat: Repeat | None
) -> bool:
    if state is None:
        return False
    shown = state.device.volume_percent if state.device else None
    return (
        (volume is None or shown is None or abs(shown - volume) <= 1)
        and (shuffle is None or state.shuffle_state is shuffle)
        and (repeat is None or state.repeat_state == repeat)
    )


@tool(title="Move playback", needs=Permission.PLAYBACK, scopes=COMMAND, idempotent=True, premium=True)
async def transfer_playback(
    caller: Caller,
    device: Annotated[Text, Field(description="Name or id")],
    play: Annotated[bool | None, Field(description="Start playing there")] = None,
) -> str:
    """Move what plays to another device, and wait until it is there. Needs Premium."""
    target = chosen(await caller.spotify.playback.devices(), device)
    if target.is_active and not play:
        state = await caller.spotify.playback.state()
        return lines(f"Already on {clean(target.name)}.", playback(state) if state else [])
    doubt = await commanded(partial(caller.spotify.playback.transfer, target.id or "", play=play))
    sight = await seen(
        caller, lambda now: is_on(now, target) and (not play or (now is not None and now.is_playing))
    )
    return told(sight, doubt, f"moving to {clean(target.name)} was sent")


async def _playing(caller: Caller) -> PlaybackState:
    state = await caller.spotify.playback.state()
    if state is None:
        raise NoActiveDeviceError("Nothing is playing, and no device is active.", advice="Start with play.")
    return state
