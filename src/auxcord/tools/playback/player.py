"""The person's devices, and waiting until the player really did what it was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auxcord.errors import (
    AmbiguousWriteError,
    AuxcordError,
    DeviceNotFoundError,
    InputError,
    NoActiveDeviceError,
    PlayerError,
    SpotifyError,
    SpotifyUnavailableError,
)
from auxcord.views import clean, lines, playback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from auxcord.caller import Caller
    from auxcord.spotify.models import Device, PlaybackState

STATE: Final = ("user-read-playback-state", "user-read-currently-playing")
COMMAND: Final = (*STATE, "user-modify-playback-state")

WAITS: Final = (0.3, 0.5, 0.8, 1.2)
"""Seconds between looks at the player: a change shows after 0.2 to 1 s, later while a device wakes up."""

_NEAREST_FIRST: Final = ("Computer", "Smartphone", "Tablet", "Speaker")
"""Device types by how little it surprises when music starts on them unasked."""


def chosen(devices: Sequence[Device], wanted: str | None) -> Device:
    """Choose the device to play on: the one asked for, else the active one, else the best idle one.

    Args:
        devices: What Spotify lists.
        wanted: An id or a name, or None.

    Raises:
        NoActiveDeviceError: There is nothing to choose from.
        DeviceNotFoundError: No device is called that.
        InputError: Several devices are called that.
        PlayerError: The device asked for takes no commands.
    """
    if wanted is not None:
        return _asked_for(devices, wanted)
    usable = [device for device in devices if device.id and not device.is_restricted]
    if not usable:
        raise NoActiveDeviceError(
            _nothing_usable(devices), advice="Open Spotify on a device, then call again."
        )
    return min(usable, key=lambda device: (not device.is_active, device.is_private_session, _rank(device)))


def _rank(device: Device) -> int:
    return _NEAREST_FIRST.index(device.type) if device.type in _NEAREST_FIRST else len(_NEAREST_FIRST)


def _nothing_usable(devices: Sequence[Device]) -> str:
    if not devices:
        return "No device has Spotify open."
    names = ", ".join(clean(device.name) for device in devices)
    return f"No device takes commands: {names} refuse them."


def _asked_for(devices: Sequence[Device], wanted: str) -> Device:
    called = [device for device in devices if device.id == wanted]
    called = called or [device for device in devices if device.name.casefold() == wanted.casefold()]
    if not called:
        names = ", ".join(clean(device.name) for device in devices) or "none"
        raise DeviceNotFoundError(f"No device is called {clean(wanted, 60)!r}; available: {names}.")
    if len(called) > 1:
        message = f"{len(called)} devices are called {clean(wanted, 60)!r}."
        raise InputError(message, advice="Give the device's id.")
    (device,) = called
    if device.is_restricted or not device.id:
        raise PlayerError(
            f"{clean(device.name)} takes no commands from apps.", advice="Choose another device."
        )
    return device


@dataclass(frozen=True, slots=True)
class Sight:
    """What the player showed after a command.

    Args:
        done: It showed what was asked for.
        state: The state seen last; None when nothing plays.
        unread: Why the player could not be read.
    """

    done: bool
    state: PlaybackState | None
    unread: AuxcordError | None = None

    def told(self) -> list[str]:
        """Say what the player shows now."""
        if self.unread is not None:
            return [f"The player could not be read: {self.unread}"]
        return playback(self.state) if self.state else ["Nothing is playing."]


async def seen(caller: Caller, is_true: Callable[[PlaybackState | None], bool]) -> Sight:
    """Look at the player until it shows what was asked for, for at most about three seconds.

    A look that fails ends it: Spotify was asked repeatedly already.
    """
    state = None
    for wait in WAITS:
        await caller.sleep(wait)
        try:
            state = await caller.spotify.playback.state()
        except AuxcordError as error:
            return Sight(done=False, state=None, unread=error)
        if is_true(state):
            return Sight(done=True, state=state)
    return Sight(done=False, state=state)


async def commanded(command: Callable[[], Awaitable[None]]) -> SpotifyError | None:
    """Give a command to the player; what it returns leaves open whether the command arrived.

    Raises:
        AuxcordError: The command was refused, or certainly not carried out.
    """
    try:
        await command()
    except (AmbiguousWriteError, SpotifyUnavailableError) as error:
        return error
    return None


def told(sight: Sight, doubt: SpotifyError | None, sent: str, found: str = "") -> str:
    """Say what is now true, by what the player showed after the command.

    Raises:
        SpotifyError: It is not certain, or certainly not so, that the command was carried out.
    """
    if sight.done:
        return lines(sight.told(), found)
    if isinstance(doubt, AmbiguousWriteError):
        advice = "Look with get_playback; if it still has not happened, do it again."
        raise AmbiguousWriteError(str(doubt), advice=advice)
    if doubt is not None:
        raise doubt
    return lines(f"unconfirmed: {sent}, but not visible yet; look with get_playback.", sight.told(), found)


def is_on(state: PlaybackState | None, device: Device) -> bool:
    """Say whether it is this device that plays, as far as Spotify tells."""
    return state is not None and (state.device is None or state.device.id == device.id)
