"""The player: what is playing, on which device, and commands for Premium users."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import Response

from auxcord.simulator.webapi.answers import ApiError, empty, found, missing, not_found
from auxcord.simulator.webapi.call import check_uri
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.playback_start import start
from auxcord.simulator.webapi.player_rules import (
    command,
    no_active_device,
    player_of,
    refuse,
    restricted,
    target,
    unknown_device,
)
from auxcord.simulator.webapi.shapes import playback as shapes
from auxcord.simulator.webapi.shapes.playlists import playable
from auxcord.simulator.world.catalogue import Track, in_market

if TYPE_CHECKING:
    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.player import Playback

QUEUE_SHOWN = 20
_PLAYABLE = frozenset({"track", "episode"})


def get_state(call: Call) -> Response:
    """GET /me/player: 204 when no device is active."""
    state = player_of(call).seen(call.now)
    return empty(204) if state.device is None else found(shapes.playback(call, state))


def get_current(call: Call) -> Response:
    """GET /me/player/currently-playing: 204 when nothing is."""
    state = player_of(call).seen(call.now)
    if state.device is None or state.item is None:
        return empty(204)
    return found(shapes.currently_playing(call, state))


def get_devices(call: Call) -> Response:
    """GET /me/player/devices."""
    player = player_of(call)
    active = player.seen(call.now).device
    return found({"devices": [shapes.device(device, active) for device in player.devices if device.online]})


def get_queue(call: Call) -> Response:
    """GET /me/player/queue: what plays now and the next twenty."""
    state = player_of(call).seen(call.now)
    if state.device is None:
        return found({"currently_playing": None, "queue": []})
    coming = [*state.queue, *state.upcoming()][:QUEUE_SHOWN]
    return found({
        "currently_playing": playable(call.lens, state.item) if state.item else None,
        "queue": [playable(call.lens, item) for item in coming],
    })  # fmt: skip


# --- commands -----------------------------------------------------------------------------------------------


def transfer(call: Call) -> Response:
    """PUT /me/player: move playback to another device; a paused one stays paused unless `play`."""
    sent = call.fields_of_body()
    ids = sent.get("device_ids")
    if not isinstance(ids, list) or not ids:
        raise missing("device_ids")
    if len(ids) != 1:
        raise ApiError(400, "Only a single device_id is currently supported")
    if not isinstance(sent.get("play", False), bool):
        raise ApiError(400, "Error parsing JSON: wrong type for play.")
    player, state = command(call)
    device = player.device(str(ids[0]))
    if device is None:
        raise unknown_device()
    if device.restricted:
        raise restricted()
    playing = (state.playing or sent.get("play") is True) and state.item is not None
    moved = replace(
        state, device=device, playing=playing, position_ms=state.progress_ms(call.now), since=call.now
    )
    return _done(call, moved)


def play(call: Call) -> Response:
    """PUT /me/player/play: start a context or tracks, or resume."""
    return _done(call, start(call))


def pause(call: Call) -> Response:
    """PUT /me/player/pause."""
    _, state = target(call)
    if not state.playing:
        raise restricted()
    return _done(call, replace(state, playing=False, position_ms=state.progress_ms(call.now), since=call.now))


def next_(call: Call) -> Response:
    """POST /me/player/next."""
    player, state = target(call)
    if not state.has_next:
        raise restricted()
    player.skip(1, call.now, call.simulation.settings.player_lag)
    return _answer(call)


def previous(call: Call) -> Response:
    """POST /me/player/previous."""
    player, state = target(call)
    if not state.has_previous:
        raise restricted()
    player.skip(-1, call.now, call.simulation.settings.player_lag)
    return _answer(call)


def seek(call: Call) -> Response:
    """PUT /me/player/seek: past the end means the next item."""
    call.need("position_ms")
    position = call.number("position_ms", 0, 0, 2**31)
    player, state = target(call)
    if state.item is None:
        raise restricted()
    if position >= state.item.duration_ms:
        player.skip(1, call.now, call.simulation.settings.player_lag)
        return _answer(call)
    return _done(call, replace(state, position_ms=position, since=call.now))


def repeat(call: Call) -> Response:
    """PUT /me/player/repeat: track, context or off."""
    mode = call.need("state")
    if mode not in {"track", "context", "off"}:
        raise ApiError(400, "Invalid repeat state")
    _, state = target(call)
    return _done(call, replace(_carried(call, state), repeat=mode))


def shuffle(call: Call) -> Response:
    """PUT /me/player/shuffle: true or false."""
    wanted = call.need("state")
    if wanted not in {"true", "false"}:
        raise ApiError(400, "Invalid shuffle state")
    player, state = target(call)
    on = wanted == "true"
    if on == state.shuffle or not state.order:
        return _done(call, replace(_carried(call, state), shuffle=on))
    here = state.order[state.place]
    order = player.order_for(state.order, here, shuffle=on)
    return _done(call, replace(_carried(call, state), shuffle=on, order=order, place=order.index(here)))


def volume(call: Call) -> Response:
    """PUT /me/player/volume: 0 to 100, on a device that supports it."""
    call.need("volume_percent")
    percent = call.number("volume_percent", 0, 0, 100)
    player, state = command(call)
    device = state.device
    if "device_id" in call.query:
        device = player.device(call.query["device_id"])
        if device is None:
            raise unknown_device()
    if device is None:
        raise no_active_device()
    if device.restricted:
        raise restricted()
    if not device.supports_volume:
        raise refuse(403, "Cannot control device volume", "VOLUME_CONTROL_DISALLOW")
    device.volume = percent
    return _answer(call)


def enqueue(call: Call) -> Response:
    """POST /me/player/queue: a track or an episode, to play after what is queued already."""
    uri = check_uri(call.need("uri"), _PLAYABLE)
    _, state = target(call)
    item = call.catalogue.playable(uri.type, uri.id)
    if item is None:
        raise not_found()
    relinked = in_market(item, call.me.country) if isinstance(item, Track) else item
    return _done(call, replace(_carried(call, state), queue=(*state.queue, relinked)))


def _carried(call: Call, state: Playback) -> Playback:
    """Give the state as of now, so that the clock may start again here."""
    return replace(state, position_ms=state.progress_ms(call.now), since=call.now)


def _done(call: Call, state: Playback) -> Response:
    call.me.player.change(state, call.now, call.simulation.settings.player_lag)
    return _answer(call)


def _answer(call: Call) -> Response:
    """Answer a command: 204, or what Spotify often sends instead, 200 with a text that means nothing."""
    call.simulation.writes += 1
    style = call.simulation.settings.player_answers
    if style == "opaque" or (style == "mixed" and call.simulation.writes % 2):
        return Response(secrets.token_urlsafe(20), 200, media_type="text/plain")
    return empty(204)


_WRITE = ("user-modify-playback-state",)
_READ = ("user-read-playback-state",)
_CURRENT = ("user-read-currently-playing",)
OPERATIONS = (
    Operation("GET", "/me/player", "get-information-about-the-users-current-playback", get_state, _READ,
        user=True),
    Operation("PUT", "/me/player", "transfer-a-users-playback", transfer, _WRITE, user=True),
    Operation("GET", "/me/player/devices", "get-a-users-available-devices", get_devices, _READ, user=True),
    Operation("GET", "/me/player/currently-playing", "get-the-users-currently-playing-track",
        get_current, _CURRENT,
              user=True),
    Operation("PUT", "/me/player/play", "start-a-users-playback", play, _WRITE, user=True),
    Operation("PUT", "/me/player/pause", "pause-a-users-playback", pause, _WRITE, user=True),
    Operation("POST", "/me/player/next", "skip-users-playback-to-next-track", next_, _WRITE, user=True),
    Operation("POST", "/me/player/previous", "skip-users-playback-to-previous-track", previous, _WRITE,
        user=True),
    Operation("PUT", "/me/player/seek", "seek-to-position-in-currently-playing-track", seek, _WRITE,
        user=True),
    Operation("PUT", "/me/player/repeat", "set-repeat-mode-on-users-playback", repeat, _WRITE, user=True),
    Operation("PUT", "/me/player/volume", "set-volume-for-users-playback", volume, _WRITE, user=True),
    Operation("PUT", "/me/player/shuffle", "toggle-shuffle-for-users-playback", shuffle, _WRITE, user=True),
    Operation("GET", "/me/player/queue", "get-queue", get_queue, (*_READ, *_CURRENT), user=True),
    Operation("POST", "/me/player/queue", "add-to-queue", enqueue, _WRITE, user=True),
)  # fmt: skip
