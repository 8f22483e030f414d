"""Devices, playback and play history in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auxcord.simulator.clock import iso_utc_ms
from auxcord.simulator.webapi.shapes import music
from auxcord.simulator.webapi.shapes.links import OPEN
from auxcord.simulator.webapi.shapes.playlists import playable
from auxcord.simulator.world.catalogue import Track

if TYPE_CHECKING:
    from auxcord.simulator.identifiers import Uri
    from auxcord.simulator.webapi.call import Call, Lens
    from auxcord.simulator.world.player import Device, Play, Playback


def device(shown: Device, active: Device | None) -> dict[str, Any]:
    """Show a device."""
    return {
        "id": shown.id,
        "is_active": shown is active,
        "is_private_session": shown.private,
        "is_restricted": shown.restricted,
        "name": shown.name,
        "supports_volume": shown.supports_volume,
        "type": shown.type,
        "volume_percent": shown.volume,
    }


def context(lens: Lens, uri: Uri | None) -> dict[str, Any] | None:
    """Show what something was played from."""
    if uri is None:
        return None
    return {
        "external_urls": {"spotify": f"{OPEN}/{uri.type}/{uri.id}"},
        "href": f"{lens.base}/{uri.type}s/{uri.id}",
        "type": uri.type,
        "uri": str(uri),
    }


def currently_playing(call: Call, state: Playback) -> dict[str, Any]:
    """Show the item, the context and the progress, without the device."""
    lens, item = call.lens, state.item
    kind = "unknown" if item is None else "track" if isinstance(item, Track) else "episode"
    wanted = item is not None and (
        kind == "track" or "episode" in call.query.get("additional_types", "").split(",")
    )
    return {
        "actions": {"disallows": disallows(state)},
        "context": context(lens, state.context),
        "currently_playing_type": kind,
        "is_playing": state.playing,
        "item": playable(lens, item) if wanted and item is not None else None,
        "progress_ms": state.progress_ms(call.now),
        "timestamp": int(state.since * 1000),
    }


def playback(call: Call, state: Playback) -> dict[str, Any]:
    """Show the whole player."""
    assert state.device is not None
    return {
        "device": device(state.device, state.device),
        "repeat_state": state.repeat,
        "shuffle_state": state.shuffle,
        "smart_shuffle": False,
        **currently_playing(call, state),
    }


def disallows(state: Playback) -> dict[str, bool]:
    """Say which commands the player would refuse now; allowed ones are left out."""
    flags = {
        "pausing": not state.playing,
        "resuming": state.playing,
        "skipping_next": not state.has_next,
        "skipping_prev": not state.has_previous,
    }
    return {name: True for name, refused in flags.items() if refused}


def play(lens: Lens, entry: Play) -> dict[str, Any]:
    """Show one entry of the play history."""
    return {
        "context": context(lens, entry.context),
        "played_at": iso_utc_ms(entry.at),
        "track": music.track(lens, entry.track),
    }
