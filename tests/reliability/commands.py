"""Every way to command the player through the client, with what one command makes of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tests.reliability.operations import Row, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.lab import Lab
    from tests.reliability.operations import Call, Kind
    from tests.reliability.sample import Sample

_ELSEWHERE = "Device 2"
_SOUGHT = 60_000
_LISTED = 6


class _Player(NamedTuple):
    """What a player does, without how far it has come by itself."""

    device: str
    playing: bool
    item: str
    queue: tuple[str, ...]
    volume: int | None
    shuffle: bool
    repeat: str
    sought: bool


def _player(lab: Lab) -> _Player:
    state = lab.playback
    assert state.device is not None
    assert state.item is not None
    return _Player(
        device=state.device.name,
        playing=state.playing,
        item=state.item.id,
        queue=tuple(item.id for item in state.queue),
        volume=state.device.volume,
        shuffle=state.shuffle,
        repeat=state.repeat,
        sought=not state.playing and state.position_ms == _SOUGHT,
    )


Change: TypeAlias = "Callable[[_Player, Sample], dict[str, Any]]"


def _command(name: str, kind: Kind, call: Call, change: Change, *, playing: bool = True, **more: Any) -> Row:
    """A command to a player in the middle of a list; `change` says what is different afterwards."""

    async def prepare(lab: Lab) -> None:
        await lab.player(uris=list(lab.sample.talks[:_LISTED]))
        for _ in range(2):
            lab.person.player.skip(1, lab.now(), 0.0)
        await lab.player(playing=playing, position_ms=0)

    def changed(state: _Player, sample: Sample) -> _Player:
        return state._replace(**change(state, sample))

    return Row(f"playback.{name}", call, kind, Watch(_player, (changed,)), prepare, answer="no", **more)


def _to(**fields: Any) -> Change:
    """The same change whatever the state."""
    return lambda _state, _sample: fields


def _skip(step: int, state: _Player, sample: Sample) -> dict[str, Any]:
    talks = [uri.rpartition(":")[2] for uri in sample.talks]
    return {"item": talks[talks.index(state.item) + step], "playing": True}


def _play_songs(_state: _Player, sample: Sample) -> dict[str, Any]:
    return {"item": sample.talks[8].rpartition(":")[2], "playing": True}


def _enqueue(state: _Player, sample: Sample) -> dict[str, Any]:
    return {"queue": (*state.queue, sample.ids["track"])}


def _device(lab: Lab) -> str:
    (device,) = (device for device in lab.person.player.devices if device.name == _ELSEWHERE)
    assert device.id is not None
    return device.id


COMMANDS: tuple[Row, ...] = (
    _command(
        "play",
        "put",
        lambda c, _: c.playback.play(),
        _to(playing=True),
        playing=False,
        variant="on",
        once=True,
    ),
    _command(
        "play",
        "put",
        lambda c, lab: c.playback.play(uris=lab.sample.talks[8:10]),
        _play_songs,
        variant="items",
    ),
    _command("pause", "put", lambda c, _: c.playback.pause(), _to(playing=False), once=True),
    _command("next", "post", lambda c, _: c.playback.next(), partial(_skip, 1)),
    _command("previous", "post", lambda c, _: c.playback.previous(), partial(_skip, -1)),
    _command("add_to_queue", "post", lambda c, lab: c.playback.add_to_queue(lab.sample.songs[0]), _enqueue),
    _command("transfer", "put", lambda c, lab: c.playback.transfer(_device(lab)), _to(device=_ELSEWHERE)),
    _command("seek", "put", lambda c, _: c.playback.seek(_SOUGHT), _to(sought=True), playing=False),
    _command("set_volume", "put", lambda c, _: c.playback.set_volume(31), _to(volume=31)),
    _command("set_shuffle", "put", lambda c, _: c.playback.set_shuffle(True), _to(shuffle=True)),
    _command("set_repeat", "put", lambda c, _: c.playback.set_repeat("context"), _to(repeat="context")),
)
