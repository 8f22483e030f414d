"""Control of somebody's player: devices that come and go, and what plays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from auxcord.simulator.control.requests import MisuseError, person_of, sent, simulation_of
from auxcord.simulator.identifiers import Uri, parse_uri
from auxcord.simulator.world.player import Device, Playback

if TYPE_CHECKING:
    from starlette.requests import Request

    from auxcord.simulator.simulation import Simulation
    from auxcord.simulator.world.catalogue import Playable
    from auxcord.simulator.world.people import Person
    from auxcord.simulator.world.player import Player

_DEVICE_FIELDS = ("name", "type", "volume", "supports_volume", "restricted", "private", "online")


def _device(device: Device | None) -> dict[str, Any] | None:
    return (
        None
        if device is None
        else {"id": device.id, **{name: getattr(device, name) for name in _DEVICE_FIELDS}}
    )


def _describe(simulation: Simulation, person: Person) -> dict[str, Any]:
    now = simulation.now()
    state = person.player.current(now)
    return {
        "user": person.handle,
        "devices": [_device(device) for device in person.player.devices],
        "active": state.device.id if state.device else None,
        "item": str(Uri("track" if hasattr(state.item, "isrc") else "episode", state.item.id))
        if state.item
        else None,
        "context": str(state.context) if state.context else None,
        "playing": state.playing,
        "progress_ms": state.progress_ms(now),
        "shuffle": state.shuffle,
        "repeat": state.repeat,
        "queue": [item.id for item in state.queue],
    }


async def show_player(request: Request) -> Response:
    """GET /player/{handle}: the true state, without the delay readers of the Web API see."""
    simulation = simulation_of(request)
    return JSONResponse(_describe(simulation, person_of(simulation, request.path_params["handle"])))


async def set_player(request: Request) -> Response:
    """POST /player: set devices (by name), the active one, what plays and how; takes effect at once."""
    data = await sent(request, {
        "user": str, "devices": list, "active": (str, type(None)), "uris": list, "playing": bool,
        "position_ms": int,
        "shuffle": bool, "repeat": str,
    })  # fmt: skip
    simulation = simulation_of(request)
    person, now = person_of(simulation, data.get("user")), simulation.now()
    player = person.player
    for wanted in data.get("devices", []):
        _set_device(player, person, wanted)
    state = player.current(now)
    if "active" in data:
        state = replace(state, device=_find(player, data["active"]))
    if "uris" in data:
        items = tuple(_playable(simulation, uri) for uri in data["uris"])
        if items and state.device is None:
            state = replace(state, device=next((device for device in player.devices if device.online), None))
        state = _playing(state, items)
    state = replace(
        state,
        playing=data.get("playing", state.playing) and state.item is not None,
        position_ms=data.get("position_ms", state.progress_ms(now)),
        since=now,
        shuffle=data.get("shuffle", state.shuffle),
        repeat=data.get("repeat", state.repeat),
    )
    player.change(state, now, 0.0)
    return JSONResponse(_describe(simulation, person))


def _set_device(player: Player, person: Person, wanted: Any) -> None:
    """Change a device of this name, or add it."""
    if not isinstance(wanted, dict) or not wanted.get("name") or set(wanted) - {*_DEVICE_FIELDS, "id"}:
        raise MisuseError(f"a device is an object with a name and any of id, {', '.join(_DEVICE_FIELDS)}")
    device = next((device for device in player.devices if device.name == wanted["name"]), None)
    if device is None:
        made_id = f"{person.handle}-device-{len(player.devices) + 1}"
        device = Device(wanted.get("id", made_id), wanted["name"], wanted.get("type", "Computer"))
        player.devices.append(device)
    for name, value in wanted.items():
        setattr(device, name, value)


def _find(player: Player, name: str | None) -> Device | None:
    if name is None:
        return None
    device = next((device for device in player.devices if name in {device.name, device.id}), None)
    if device is None:
        raise MisuseError(f"there is no device {name!r}")
    return device


def _playable(simulation: Simulation, text: Any) -> Playable:
    uri = parse_uri(str(text))
    item = None if uri is None else simulation.world.catalogue.playable(uri.type, uri.id)
    if item is None:
        raise MisuseError(f"{text!r} is not the URI of a track or an episode")
    return item


def _playing(state: Playback, items: tuple[Playable, ...]) -> Playback:
    first = items[0] if items else None
    order = tuple(range(len(items)))
    return replace(
        state,
        item=first,
        items=items,
        order=order,
        place=0,
        context=None,
        position_ms=0,
        playing=bool(items),
        queue=(),
    )
