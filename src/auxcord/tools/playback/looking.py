"""What plays now, and where Spotify can play."""

# No postponed annotations: pydantic resolves them at run time.
from auxcord.caller import Caller, Permission
from auxcord.spotify.models import Device
from auxcord.tools.playback.player import STATE
from auxcord.tools.toolset import tool
from auxcord.views import clean, lines, playback, row


@tool(title="What is playing", needs=Permission.READ, scopes=STATE, read_only=True, shows=True)
async def get_playback(caller: Caller) -> str:
    """What plays now, on which device, how far, shuffle and repeat. For what comes next use get_queue."""
    state = await caller.spotify.playback.state()
    return lines(playback(state) if state else ["Nothing is playing, and no device is active."])


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
