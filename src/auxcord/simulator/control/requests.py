"""Reading what a control request sends: a JSON object with known fields of known types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.requests import Request

    from auxcord.simulator.simulation import Simulation
    from auxcord.simulator.world.people import Person


class MisuseError(Exception):
    """A control request that makes no sense; the text says what would."""


def simulation_of(request: Request) -> Simulation:
    """Give the state behind the app that got this request."""
    simulation: Simulation = request.app.state.simulation
    return simulation


async def sent(request: Request, kinds: dict[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """Read the JSON object of a request; unknown fields and wrong types are refused by name."""
    body = await request.body()
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        raise MisuseError("the body is not JSON") from None
    if not isinstance(data, dict):
        raise MisuseError("the body is not a JSON object")
    for name, value in data.items():
        if name not in kinds:
            raise MisuseError(f"unknown field {name!r}; known are {', '.join(kinds)}")
        kind = kinds[name]
        wrong_bool = (
            isinstance(value, bool) and kind is not bool and not (isinstance(kind, tuple) and bool in kind)
        )
        if wrong_bool or not isinstance(value, kind):
            raise MisuseError(f"field {name!r} has the wrong type")
    return data


def person_of(simulation: Simulation, handle: Any) -> Person:
    """Find somebody by handle."""
    person = simulation.world.people.get(handle) if isinstance(handle, str) else None
    if person is None:
        raise MisuseError(f"there is no user {handle!r}; there are {', '.join(simulation.world.people)}")
    return person
