"""Starting playback: which device, which items, where to begin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from auxcord.simulator.webapi.answers import ApiError, not_found
from auxcord.simulator.webapi.call import check_uri
from auxcord.simulator.webapi.player_rules import command, no_active_device, restricted, unknown_device
from auxcord.simulator.world.catalogue import Episode, Playable, Track, in_market

if TYPE_CHECKING:
    from auxcord.simulator.identifiers import Uri
    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.player import Device, Playback, Player

CONTEXTS = frozenset({"album", "artist", "playlist", "show"})
ORDERED_CONTEXTS = frozenset({"album", "playlist", "show"})
_PLAYABLE = frozenset({"track", "episode"})
_ARTIST_SONGS = 50


Rows = list[Playable | None]
"""What a context holds, place by place; rows without anything playable count, so that offsets stay true."""


def start(call: Call) -> Playback:
    """Work out the state after PUT /me/player/play, or refuse."""
    sent = call.json(default={})
    if not isinstance(sent, dict):
        raise ApiError(400, "Malformed json")
    if sent.get("context_uri") and sent.get("uris"):
        raise ApiError(400, "Can't have both context_uri and uris")
    player, state = command(call)
    device = _device(call, player, state)
    position = _position(sent)
    if not sent.get("context_uri") and not sent.get("uris"):
        return _resume(call, state, device, sent)
    context, rows = _rows(call, sent)
    place = _begin(call, sent, context, rows)
    items = tuple(_relinked(call, row) for row in rows if row is not None)
    begin = sum(row is not None for row in rows[:place])
    playable = [number for number, item in enumerate(items) if _plays(call, item)]
    if begin not in playable:
        raise restricted()
    order = player.order_for(playable, begin, shuffle=state.shuffle)
    started = replace(
        state,
        device=device,
        context=context,
        items=items,
        order=order,
        place=order.index(begin),
        item=items[begin],
        playing=True,
        position_ms=0,
        since=call.now,
    )
    if position >= items[begin].duration_ms:
        return started.moved(1, call.now, playing=True)
    return replace(started, position_ms=position)


def _device(call: Call, player: Player, state: Playback) -> Device:
    wanted = call.query.get("device_id")
    device = state.device if wanted is None else player.device(wanted)
    if device is None:
        raise no_active_device() if wanted is None else unknown_device()
    if device.restricted:
        raise restricted()
    return device


def _resume(call: Call, state: Playback, device: Device, sent: dict[str, Any]) -> Playback:
    if state.item is None or (state.playing and device is state.device):
        raise restricted()
    position = _position(sent) if sent.get("position_ms") is not None else state.progress_ms(call.now)
    return replace(state, device=device, playing=True, position_ms=position, since=call.now)


def _position(sent: dict[str, Any]) -> int:
    position = sent.get("position_ms")
    if position is None:
        return 0
    if not isinstance(position, int) or isinstance(position, bool) or position < 0:
        raise ApiError(400, "Invalid position_ms")
    return position


def _rows(call: Call, sent: dict[str, Any]) -> tuple[Uri | None, Rows]:
    """Collect what to play: the rows of a context, or the tracks and episodes listed."""
    if sent.get("context_uri"):
        context = check_uri(str(sent["context_uri"]), CONTEXTS)
        return context, _in_context(call, context)
    if not isinstance(sent["uris"], list):
        raise ApiError(400, "Malformed json")
    rows: Rows = []
    for text in sent["uris"]:
        uri = check_uri(str(text), _PLAYABLE)
        item = call.catalogue.playable(uri.type, uri.id)
        if item is None:
            raise not_found()
        rows.append(item)
    return None, rows


def _in_context(call: Call, context: Uri) -> Rows:
    catalogue = call.catalogue
    if context.type == "album" and context.id in catalogue.albums:
        return [*catalogue.albums[context.id].tracks]
    if context.type == "show" and context.id in catalogue.shows:
        return [*catalogue.shows[context.id].episodes]
    if context.type == "artist" and context.id in catalogue.artists:
        songs = [track for album in catalogue.artists[context.id].albums for track in album.tracks]
        return [*sorted(songs, key=lambda track: (-track.popularity, track.id))[:_ARTIST_SONGS]]
    playlist = call.simulation.world.playlists.get(context.id) if context.type == "playlist" else None
    if playlist is None:
        raise not_found()
    return [entry.item if isinstance(entry.item, Track | Episode) else None for entry in playlist.entries]


def _begin(call: Call, sent: dict[str, Any], context: Uri | None, rows: Rows) -> int:
    """Find the row to begin at: the one of the offset, or the first that plays."""
    offset = sent.get("offset")
    if offset is None:
        for place, row in enumerate(rows):
            if row is not None and _plays(call, _relinked(call, row)):
                return place
        raise restricted()
    if context is not None and context.type not in ORDERED_CONTEXTS:
        raise ApiError(400, f"Can't have offset for context type: {context.type.upper()}")
    place = _at_offset(offset, rows)
    if rows[place] is None:
        raise restricted()
    return place


def _at_offset(offset: Any, rows: Rows) -> int:
    """Find a row by position, or by the URI it was stored with (a relinked one does not count)."""
    if not isinstance(offset, dict):
        raise ApiError(400, "Malformed json")
    if "uri" in offset:
        wanted = check_uri(str(offset["uri"]), _PLAYABLE).id
        for place, row in enumerate(rows):
            if row is not None and row.id == wanted:
                return place
        raise restricted()
    position = offset.get("position")
    if not isinstance(position, int) or isinstance(position, bool) or position < 0:
        raise ApiError(400, "Invalid offset position")
    if position >= len(rows):
        raise restricted()
    return position


def _relinked(call: Call, item: Playable) -> Playable:
    return in_market(item, call.me.country) if isinstance(item, Track) else item


def _plays(call: Call, item: Playable) -> bool:
    return call.me.country in (item.markets if isinstance(item, Track) else item.show.markets)
