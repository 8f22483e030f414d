"""Position, volume, shuffle, repeat, and the device it all happens on."""

# No postponed annotations: pydantic resolves them at run time.
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated, Literal, NamedTuple

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
    if _is_set(state, volume=volume, shuffle=shuffle, repeat=repeat):
        return lines("Already so.", playback(state), note)
    player = caller.spotify.playback
    settings: list[_Setting] = []
    if volume is not None:
        settings.append(
            _Setting("volume", partial(player.set_volume, volume), partial(_is_set, volume=volume))
        )
    if shuffle is not None:
        settings.append(
            _Setting("shuffle", partial(player.set_shuffle, shuffle), partial(_is_set, shuffle=shuffle))
        )
    if repeat is not None:
        settings.append(
            _Setting("repeat", partial(player.set_repeat, repeat), partial(_is_set, repeat=repeat))
        )
    return await _all(caller, settings, note)


class _Setting(NamedTuple):
    """Something to set: its name, the command, and whether the player shows it."""

    name: str
    command: Command
    is_so: Callable[[PlaybackState | None], bool]


async def _all(caller: Caller, settings: Sequence[_Setting], note: str) -> str:
    """Give the commands one after the other; of a failure in the middle, say how far it came."""
    doubt: SpotifyError | None = None
    for place, setting in enumerate(settings):
        try:
            doubt = await commanded(setting.command) or doubt
        except AuxcordError as error:
            if not place:
                raise
            return await _broken_off(caller, settings[:place], setting.name, error, note)
    names = ", ".join(setting.name for setting in settings)
    sight = await seen(caller, lambda state: all(setting.is_so(state) for setting in settings))
    return told(sight, doubt, f"{names} sent", note)


async def _broken_off(
    caller: Caller, sent: Sequence[_Setting], failed: str, error: AuxcordError, note: str
) -> str:
    """Say what the player shows of what was sent before a command failed: an answer may have been lost."""
    sight = await seen(caller, lambda state: all(setting.is_so(state) for setting in sent))
    why = f"{failed} not set. {error} {error.advice}"
    if sight.unread is not None:
        names = ", ".join(setting.name for setting in sent)
        return lines(f"unconfirmed: {names} sent, {why} Look with get_playback.", sight.told(), note)
    shown = ", ".join(setting.name for setting in sent if setting.is_so(sight.state))
    hidden = ", ".join(setting.name for setting in sent if not setting.is_so(sight.state))
    rest = f"sent but not visible yet: {hidden}; " if hidden else ""
    return lines(f"partial: {f'{shown} set; ' if shown else ''}{rest}{why}", sight.told(), note)


def _is_set(
    state: PlaybackState | None,
    *,
    volume: int | None = None,
    shuffle: bool | None = None,
    repeat: Repeat | None = None,
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
