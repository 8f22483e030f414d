"""Any calls of the playlist tools, with any faults: playlists equal a model, and every answer is true.

What a tool says is held against what is in the simulated world at that time: "verified" must be so, "partial"
has to name exactly what is not, a doubt must be one that nobody could have settled, and a refusal must have
changed nothing.

`MODEL_EXAMPLES=500 pytest tests/reliability/test_tools_model.py` looks longer, and elsewhere each time.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from auxcord.simulator.world.catalogue import EVERYWHERE
from auxcord.simulator.world.world import catalogue_for
from tests.reliability.careless import Repeating
from tests.reliability.lab import PROFILES
from tests.reliability.sample import sample_of
from tests.reliability.tool_answers import Asker, house_with
from tests.reliability.tool_model import ToolModel
from tests.reliability.tool_work import (
    Add,
    Create,
    Edit,
    Meddle,
    Move,
    Named,
    Remove,
    Reorder,
    Things,
    Trouble,
    Undo,
)
from tests.tools.door import APP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bench.figures import Figures
    from tests.tools.door import Door

pytestmark = pytest.mark.anyio

MORE = os.environ.get("MODEL_EXAMPLES") or (
    "300" if os.environ.get("AUXCORD_TEST_FORM") == "nightly" else None
)
EXAMPLES = settings(
    max_examples=int(MORE or 30),
    derandomize=MORE is None,
    database=None,
    deadline=None,
    print_blob=True,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    suppress_health_check=list(HealthCheck),
)
CATALOGUE = catalogue_for(1)[0]
SONGS = sample_of(CATALOGUE).songs[:250]
LAG = 0.6
"""Seconds after which a change of a playlist can be read, as measured by others."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "reset-before"},
    {"kind": "reset-after"},
    {"kind": "server-error", "status": 500},
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


def by_name() -> tuple[Named, ...]:
    """Songs that only one track of the catalogue can be meant by."""
    names = Counter((track.artists[0].name, track.name) for track in CATALOGUE.tracks.values())
    titles = Counter(track.name for track in CATALOGUE.tracks.values())
    found = (CATALOGUE.tracks[uri.rpartition(":")[2]] for uri in SONGS)
    return tuple(
        Named(f"{track.artists[0].name} - {track.name}", f"spotify:track:{track.id}")
        for track in found
        if names[track.artists[0].name, track.name] == titles[track.name] == 1
        and f"{track.artists[0].name}{track.name}".replace(" ", "").isalpha()
        and track.name.isascii()
    )[:6]


def albums() -> tuple[str, ...]:
    """Albums of which everything plays everywhere."""
    whole = (
        album
        for album in CATALOGUE.albums.values()
        if album.tracks and all(each.markets == EVERYWHERE and each.twin is None for each in album.tracks)
    )
    return tuple(f"spotify:album:{album.id}" for album, _ in zip(whole, range(3), strict=False))


NUMBERS = st.integers(0, 400)
SOME = st.sampled_from((*SONGS[:7], *SONGS[:7], *albums(), "playlist 0", "playlist 1"))


@st.composite
def uris(draw: st.DrawFn) -> tuple[str, ...]:
    """A few songs out of very few, so that some come twice; now and then more than fit one request."""
    if draw(st.integers(0, 5)):
        return tuple(draw(st.lists(st.sampled_from(SONGS[:7]), min_size=1, max_size=6)))
    return SONGS[: draw(st.sampled_from((49, 51, 99, 100, 101, 250)))]


@st.composite
def things(draw: st.DrawFn) -> Things:
    """The same; or whole albums and playlists, or songs by name."""
    if draw(st.integers(0, 3)):
        return Things(draw(uris()))
    songs = draw(st.lists(st.sampled_from(by_name()), min_size=1, max_size=3, unique=True))
    return Things(tuple(draw(st.lists(SOME, max_size=3))), tuple(songs) if draw(st.booleans()) else ())


FILLED = things().filter(lambda made: made.uris or made.songs)
ACTIONS = ("move", "swap", "sort", "reverse", "shuffle", "remove_duplicates")
WORK = st.one_of(
    st.builds(Create, st.sampled_from(("Mix", "Höhe & Tiefe", "夜")), things()),
    st.builds(Add, FILLED, st.none() | NUMBERS),
    st.builds(Add, FILLED),
    st.builds(Remove, uris()),
    st.builds(
        Reorder,
        st.sampled_from(ACTIONS),
        NUMBERS,
        NUMBERS,
        NUMBERS,
        st.sampled_from(("title", "added", "length")),
        st.booleans(),
    ),
    st.builds(
        Edit,
        st.sampled_from(("Mix", "Über", "New")),
        st.none() | st.sampled_from(("<b>", "words")),
        st.none() | st.booleans(),
    ),
    st.builds(Undo, st.booleans(), st.booleans()),
    st.builds(Undo, st.booleans(), st.booleans()),
    st.builds(Meddle, st.sampled_from(("append", "drop", "reverse"))),
)
TROUBLES = st.builds(
    Trouble,
    st.sampled_from(FAULTS),
    st.sampled_from(("*", "GET", "change", "change")),
    st.sampled_from((0, 0, 0, 1, 2, 3)),
    st.sampled_from((1, 3, 9)),
    st.booleans(),
)
FIRST = uris().map(lambda drawn: Move(Add(Things(drawn))))
STEPS = st.builds(Move, WORK, st.integers(0, 2), st.none() | TROUBLES | TROUBLES)
MOVES = st.builds(lambda first, steps: [first, *steps], FIRST, st.lists(STEPS, min_size=1, max_size=8))


@pytest.fixture
async def door(
    tmp_path: Path, request: pytest.FixtureRequest, figures: Figures
) -> AsyncIterator[tuple[Door, Asker]]:
    """Ada's client at the door, with an app of the access mode asked for; and who calls through it."""
    house, cutting = house_with(tmp_path)
    await house.open()
    await house.control("POST", "apps", {"client_id": APP.client_id, "profile": request.param})
    await house.control("POST", "settings", {"items_lag": LAG})
    async with house.door("ada") as opened:
        yield opened, Asker(opened, cutting, SEEN)
    await house.close()
    for what in COUNTED:
        figures.measure(what, SEEN[what])
    for what in ("verified", "partial", "unconfirmed", "error ambiguous", "asked"):
        figures.measure(f"answers: {what}", SEEN[what])
    refused = sum(number for what, number in SEEN.items() if what.startswith("error "))
    figures.measure("answers: errors, all kinds", refused)
    figures.count("untrue answers", SEEN["untrue answers"], "== 0")
    figures.count("playlists unlike the model", SEEN["playlists unlike the model"], "== 0")


SEEN: Counter[str] = Counter()
"""What happened, in every access mode together."""
COUNTED = ("sequences", "calls", "faults met", "questions agreed to", "undone", "changes by somebody else")


@pytest.mark.parametrize("door", PROFILES, indirect=True)
@EXAMPLES
@example(moves=[Move(Add(Things(SONGS[:60]))), Move(Remove(SONGS[:60])), Move(Undo())])
@example(
    moves=[
        Move(Add(Things(SONGS[:3]))),
        Move(Reorder("reverse"), trouble=Trouble({"kind": "reset-after"}, "change", 0, 1)),
        Move(Meddle("append")),
        Move(Undo(even_if_changed=True)),
        Move(Undo()),
    ]
)
@given(moves=MOVES)
async def test_what_the_tools_say_is_so_whatever_goes_wrong(
    door: tuple[Door, Asker], moves: list[Move]
) -> None:
    await ToolModel(*door, SEEN).play(moves)


async def test_the_model_notices_a_client_that_is_wrong(tmp_path: Path) -> None:
    house, cutting = house_with(tmp_path, Repeating)
    await house.open()
    lost = Trouble({"kind": "reset-after"}, "POST", 0, 1)
    some = Things(SONGS[:2])
    async with house.door("ada") as door:
        for work in (Add(some), Create("Mix", some)):
            seen: Counter[str] = Counter()
            with pytest.raises(AssertionError):
                await ToolModel(door, Asker(door, cutting, seen), seen).play([Move(work, trouble=lost)])
    await house.close()
