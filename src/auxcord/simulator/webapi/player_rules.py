"""Who may command which device, and how the player refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.simulator.webapi.answers import ApiError

if TYPE_CHECKING:
    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.player import Playback, Player


def refuse(status: int, message: str, reason: str) -> ApiError:
    """Make a refusal in the player's words."""
    return ApiError(status, f"Player command failed: {message}", reason=reason)


def restricted() -> ApiError:
    """Refuse what the player cannot do now.

    Pausing when paused, resuming when playing, skipping past the end.
    """
    return refuse(403, "Restriction violated", "UNKNOWN")


def no_active_device() -> ApiError:
    """Say that nothing is active and no device was named."""
    return refuse(404, "No active device found", "NO_ACTIVE_DEVICE")


def unknown_device() -> ApiError:
    """Say that the named device does not exist or is off."""
    return ApiError(404, "Device not found")


def player_of(call: Call) -> Player:
    """Give the caller's player."""
    player = call.me.player
    player.idle_after = call.simulation.settings.idle_after
    return player


def command(call: Call) -> tuple[Player, Playback]:
    """Begin a command: Premium is needed. Gives the player and its true state."""
    if not call.me.premium:
        raise refuse(403, "Premium required", "PREMIUM_REQUIRED")
    player = player_of(call)
    return player, player.current(call.now)


def target(call: Call) -> tuple[Player, Playback]:
    """Begin a command for the active device (naming an inactive one is refused)."""
    player, state = command(call)
    wanted = call.query.get("device_id")
    if wanted is not None and player.device(wanted) is None:
        raise unknown_device()
    if state.device is None:
        raise no_active_device()
    if state.device.restricted or (wanted is not None and state.device.id != wanted):
        raise restricted()
    return player, state
