"""Random creating, adding and removing through the tools, with faults on, against plain lists.

What a tool says is held against what is in the simulated world: "verified" must be so, what is listed as not
added must not be there, and a refusal must have changed nothing.

`MODEL_EXAMPLES=500 pytest tests/reliability/test_tools_model.py` looks longer, and elsewhere each time.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auxcord.simulator.world.world import catalogue_for
from tests.reliability.careless import Repeating
from tests.reliability.lab import PROFILES
from tests.reliability.sample import sample_of
from tests.reliability.tool_model import Add, Create, Move, Remove, ToolModel, Trouble
from tests.tools.door import APP, ORIGIN, House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio

MORE = os.environ.get("MODEL_EXAMPLES")
EXAMPLES = settings(
    max_examples=int(MORE or 20),
    derandomize=MORE is None,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SONGS = sample_of(catalogue_for(1)[0]).songs[:250]
LAG = 0.6
"""Seconds after which a change of a playlist can be read, as measured by others."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "reset-before"},
    {"kind": "reset-after"},
    {"kind": "server-error"},
    {"kind": "server-error", "status": 503, "retry_after": 300},
    {"kind": "truncated"},
    {"kind": "garbage"},
    {"kind": "wrong-type"},
    {"kind": "missing-fields", "fields": ["snapshot_id", "id", "total"]},
    {"kind": "unauthorized"},
    {"kind": "rate-limited", "retry_after": 2},
    {"kind": "rate-limited"},
    {"kind": "quota", "retry_after": 300},
    {"kind": "status", "status": 403, "body": ""},
)


@st.composite
def uris(draw: st.DrawFn, *, least: int = 1) -> tuple[str, ...]:
    """A few songs out of very few, so that some come twice; now and then more than fit one request."""
    if draw(st.integers(0, 5)):
        return tuple(
            SONGS[number] for number in draw(st.lists(st.integers(0, 6), min_size=least, max_size=6))
        )
    return SONGS[: draw(st.sampled_from((99, 100, 101, 250)))]


NUMBERS = st.integers(0, 400)
WORK = st.one_of(
    st.builds(Create, st.sampled_from(("Mix", "Höhe & Tiefe", "夜")), uris(least=0)),
    st.builds(Add, uris(), st.none() | NUMBERS),
    st.builds(Add, uris()),
    st.builds(Remove, uris()),
)
TROUBLES = st.builds(
    Trouble,
    st.sampled_from(FAULTS),
    st.sampled_from(("*", "POST", "GET", "DELETE")),
    st.sampled_from((0, 0, 0, 1, 2, 3)),
    st.sampled_from((1, 3, 9)),
)
MOVES = st.lists(st.builds(Move, WORK, NUMBERS, st.none() | TROUBLES | TROUBLES), min_size=1, max_size=6)


@pytest.fixture
async def model(
    tmp_path: Path, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> AsyncIterator[ToolModel]:
    """Ada's client at the door, with an app of the access mode asked for."""
    house = House(tmp_path)
    await house.open()
    await house.control("POST", "apps", {"client_id": APP.client_id, "profile": request.param})
    await house.control("POST", "settings", {"items_lag": LAG})
    async with house.door("ada") as door:
        made = ToolModel(door, Counter())
        yield made
    record_property("tools model", dict(made.seen))
    await house.close()


@pytest.mark.parametrize("model", PROFILES, indirect=True)
@EXAMPLES
@given(moves=MOVES)
async def test_what_the_tools_say_is_so_whatever_goes_wrong(model: ToolModel, moves: list[Move]) -> None:
    await model.play(moves)


async def test_the_model_notices_a_client_that_is_wrong(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.open()
    house.transport = Repeating(
        house.http, api_url=f"{ORIGIN}/v1", clock=house.clock, sleep=house.clock.sleep
    )
    lost = Trouble({"kind": "reset-after"}, "POST", 0, 1)
    async with house.door("ada") as door:
        for work in (Add(SONGS[:2]), Create("Mix", SONGS[:2])):
            with pytest.raises(AssertionError):
                await ToolModel(door, Counter()).play([Move(work, trouble=lost)])
    await house.close()
