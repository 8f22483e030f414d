"""Every way to change the library and playlists through the client, with what one change makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.reliability.commands import COMMANDS
from tests.reliability.lab import rows_of
from tests.reliability.operations import Row, Watch
from tests.reliability.sample import JPEG

if TYPE_CHECKING:
    from tests.reliability.lab import Lab
    from tests.reliability.operations import Call, Kind, Step
    from tests.reliability.sample import Sample

Uris = tuple[str, ...]

# --- The library --------------------------------------------------------------------------------------------

_AT_FIRST = "trouble at first"
_AT_ONCE = 40
_MANY = 81


def _saved(lab: Lab) -> frozenset[str]:
    return frozenset(f"spotify:track:{key}" for key in lab.person.library["track"])


def _wanted(sample: Sample, count: int) -> Uris:
    return sample.songs[-count:]


def _save(count: int, start: int = 0) -> Step:
    """Save a request's worth of what is wanted."""
    return lambda state, sample: state | set(_wanted(sample, count)[start : start + _AT_ONCE])


def _unsave(count: int, start: int = 0) -> Step:
    return lambda state, sample: state - set(_wanted(sample, count)[start : start + _AT_ONCE])


async def _have_saved(lab: Lab) -> None:
    for uri in _wanted(lab.sample, _MANY):
        lab.person.library["track"].add(uri.rpartition(":")[2], lab.now())


def _library(count: int, variant: str, *, skip: int = 0) -> tuple[Row, ...]:
    requests = range(0, count, _AT_ONCE)
    more: dict[str, Any] = {"variant": variant, "requests": len(requests), "skip": skip}
    return (
        Row(
            "library.save",
            lambda c, lab: c.library.save(_wanted(lab.sample, count)),
            "put",
            Watch(_saved, tuple(_save(count, start) for start in requests)),
            answer="no",
            **more,
        ),
        Row(
            "library.remove",
            lambda c, lab: c.library.remove(_wanted(lab.sample, count)),
            "put",
            Watch(_saved, tuple(_unsave(count, start) for start in requests)),
            _have_saved,
            answer="no",
            **more,
        ),
    )


# --- Playlists ----------------------------------------------------------------------------------------------

_HUNDRED = 100
_LONG = 250


async def _one(lab: Lab) -> None:
    songs = lab.sample.songs
    lab.playlist((*songs[:5], songs[0], *songs[_HUNDRED : _HUNDRED + _LONG]))


def _entries(lab: Lab) -> Uris:
    return rows_of(lab.simulation.world.playlists[lab.shelf[0]])


def _details(lab: Lab) -> tuple[str, str | None, bool]:
    made = lab.simulation.world.playlists[lab.shelf[0]]
    return made.name, made.description, made.public


def _names(lab: Lab) -> Uris:
    return tuple(lab.simulation.world.playlists[key].name for key in lab.shelf)


def _cover(lab: Lab) -> bytes | None:
    return lab.simulation.world.playlists[lab.shelf[0]].cover


def _new(sample: Sample, count: int) -> Uris:
    return sample.songs[-count:]


def _add(count: int, start: int = 0) -> Step:
    return lambda state, sample: (*state, *_new(sample, count)[start : start + _HUNDRED])


def _insert(state: Uris, sample: Sample) -> Uris:
    return (*state[:2], *_new(sample, 2), *state[2:])


def _set(count: int) -> Step:
    return lambda _state, sample: _new(sample, count)[:_HUNDRED]


def _take(start: int, end: int) -> Step:
    """Take every entry of these songs out."""
    return lambda state, sample: tuple(uri for uri in state if uri not in set(sample.songs[start:end]))


def _move(state: Uris, _sample: Sample) -> Uris:
    return (*state[2:5], *state[:2], *state[5:])


def _edit(
    name: str, kind: Kind, call: Call, *steps: Step, look: Any = _entries, variant: str = "", **more: Any
) -> Row:
    requests = len(steps)
    return Row(
        f"playlists.{name}", call, kind, Watch(look, steps), _one, variant,
        requests=requests, **{"answer": "no", "skip": min(1, requests - 1)} | more,
    )  # fmt: skip


def _replace_all(variant: str, **more: Any) -> Row:
    """Replace by more than fits one request: the first one is not repeated, as little as those after it."""
    return _edit(
        "replace",
        "post",
        lambda c, lab: c.playlists.replace(lab.shelf[0], _new(lab.sample, _LONG)),
        _set(_LONG),
        *(_add(_LONG, start) for start in range(_HUNDRED, _LONG, _HUNDRED)),
        variant=variant,
        **more,
    )


_PLAYLISTS = (
    _edit(
        "create",
        "post",
        lambda c, _: c.playlists.create("Mix", public=False),
        lambda state, _: (*state, "Mix"),
        look=_names,
        answer="must",
    ),
    _edit(
        "change_details",
        "put",
        lambda c, lab: c.playlists.change_details(lab.shelf[0], name="New", description="d", public=False),
        lambda _state, _sample: ("New", "d", False),
        look=_details,
    ),
    _edit("add", "post", lambda c, lab: c.playlists.add(lab.shelf[0], _new(lab.sample, 2)), _add(2)),
    _edit(
        "add",
        "post",
        lambda c, lab: c.playlists.add(lab.shelf[0], _new(lab.sample, 2), 2),
        _insert,
        variant="at a place",
    ),
    _edit(
        "add",
        "post",
        lambda c, lab: c.playlists.add(lab.shelf[0], _new(lab.sample, _LONG)),
        *(_add(_LONG, start) for start in range(0, _LONG, _HUNDRED)),
        variant="250",
    ),
    _edit(
        "remove", "put", lambda c, lab: c.playlists.remove(lab.shelf[0], lab.sample.songs[:2]), _take(0, 2)
    ),
    _edit(
        "remove",
        "put",
        lambda c, lab: c.playlists.remove(lab.shelf[0], lab.sample.songs[: 2 * _HUNDRED]),
        _take(0, _HUNDRED),
        _take(_HUNDRED, 2 * _HUNDRED),
        variant="200",
    ),
    _edit("replace", "put", lambda c, lab: c.playlists.replace(lab.shelf[0], _new(lab.sample, 3)), _set(3)),
    _edit(
        "replace", "put", lambda c, lab: c.playlists.replace(lab.shelf[0], []), lambda *_: (), variant="none"
    ),
    _replace_all("250"),
    _replace_all(f"250, {_AT_FIRST}", skip=0),
    _edit(
        "reorder",
        "post",
        lambda c, lab: c.playlists.reorder(lab.shelf[0], range_start=0, insert_before=5, range_length=2),
        _move,
    ),
    _edit(
        "set_cover",
        "put",
        lambda c, lab: c.playlists.set_cover(lab.shelf[0], JPEG),
        lambda *_: JPEG,
        look=_cover,
    ),
)

WRITES: tuple[Row, ...] = (
    *COMMANDS,
    *_library(2, ""),
    *_library(_MANY, "81", skip=1),
    *_library(_MANY, f"81, {_AT_FIRST}"),
    *_PLAYLISTS,
)
