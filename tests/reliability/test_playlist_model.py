"""Random edits of playlists in every access mode, with faults on, against plain lists.

`MODEL_EXAMPLES=2000 pytest tests/reliability/test_playlist_model.py` looks longer, and elsewhere each time.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st

from auxcord.simulator.world.world import catalogue_for
from tests.reliability.careless import Denying, Hopeful, Repeating
from tests.reliability.lab import PROFILES, Lab
from tests.reliability.playlist_edits import Add, Edit, Remove, Rename, Reorder, Replace
from tests.reliability.playlist_model import Create, Model, Move, Trouble
from tests.reliability.sample import sample_of
from tests.reliability.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from auxcord.simulator.settings import Profile
    from auxcord.spotify.transport import Transport

MORE = os.environ.get("MODEL_EXAMPLES")
EXAMPLES = settings(
    max_examples=int(MORE or 50),
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
LONGEST = 250
LATE = 20
"""Seconds: nobody waits that long for an answer, and the change happens all the same."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "reset-before"},
    {"kind": "reset-after"},
    {"kind": "server-error"},
    {"kind": "server-error", "status": 503, "retry_after": 300},
    {"kind": "truncated"},
    {"kind": "garbage"},
    {"kind": "wrong-type"},
    {"kind": "missing-fields", "fields": ["snapshot_id", "id"]},
    {"kind": "unauthorized"},
    {"kind": "rate-limited", "retry_after": 2},
    {"kind": "rate-limited"},
    {"kind": "quota", "retry_after": 300},
    {"kind": "latency", "seconds": 9},
    {"kind": "latency", "seconds": LATE},
    {"kind": "status", "status": 403, "body": ""},
)
NUMBERS = st.integers(0, 400)


@lru_cache(maxsize=1)
def songs() -> tuple[str, ...]:
    """Different songs, as many as one edit may name."""
    return sample_of(catalogue_for(1)[0]).songs[:LONGEST]


@st.composite
def uris(draw: st.DrawFn, *, least: int = 1) -> tuple[str, ...]:
    """A few songs out of very few, so that some come twice; now and then more than fit one request."""
    if draw(st.integers(0, 9)):
        few = st.lists(st.integers(0, 6), min_size=least, max_size=6)
        return tuple(songs()[number] for number in draw(few))
    return songs()[: draw(st.sampled_from((99, 100, 101, 200, LONGEST)))]


NAMES = st.sampled_from(("Mix", "Höhe & Tiefe", "夜", "😀"))
EDITS: st.SearchStrategy[Edit | Create] = st.one_of(
    st.builds(Add, uris(), st.none() | NUMBERS),
    st.builds(Reorder, NUMBERS, NUMBERS, NUMBERS),
    st.builds(Remove, uris()),
    st.builds(Replace, uris(least=0)),
    st.builds(Rename, NAMES),
    st.builds(Create, NAMES),
)
TROUBLES = st.builds(Trouble, st.sampled_from(FAULTS), st.integers(0, 2), st.sampled_from((1, 3)))
MOVES = st.lists(
    st.builds(Move, EDITS, NUMBERS, st.none() | TROUBLES | TROUBLES),
    min_size=1,
    max_size=12,
)


def lost(edit: Edit | Create) -> list[Move]:
    """The edit three times: undisturbed, lost on the way there, and lost on the way back."""
    faults = (None, "reset-before", "reset-after")
    return [Move(edit, trouble=Trouble({"kind": fault}, 0, 1) if fault else None) for fault in faults]


async def play(profile: Profile, moves: list[Move], seen: Counter[str], **more: Any) -> None:
    """Make the moves in a fresh world."""
    async with Lab.opened(profile, **more) as lab:
        await Model(lab, seen).play(moves)


@pytest.mark.parametrize("profile", PROFILES)
def test_playlists_are_plain_lists_whatever_goes_wrong(
    profile: Profile, record_property: Callable[[str, object], None]
) -> None:
    seen: Counter[str] = Counter()

    @seed(random.randrange(2**32) if MORE else PROFILES.index(profile))
    @EXAMPLES
    @example([*lost(Add(songs()[:3])), *lost(Add(songs()[:LONGEST], 1)), *lost(Reorder(0, 2, 0))])
    @example([*lost(Create("Mix")), *lost(Replace(songs()[:LONGEST]))])
    @given(MOVES)
    def whatever(moves: list[Move]) -> None:
        seen["sequences"] += 1
        run(play(profile, moves, seen))

    whatever()
    record_property("playlist model", dict(seen))
    assert seen["in doubt, had happened"] > 0
    assert seen["in doubt, had not happened"] > 0
    assert seen["refused, had happened"] == 0


@pytest.mark.parametrize(
    ("way", "fault"),
    [(Repeating, "reset-after"), (Hopeful, "reset-before"), (Denying, "reset-after")],
)
@pytest.mark.parametrize("edit", [Create("Mix"), Add(("spotify:track:{0}",)), Reorder(0, 2, 0)])
def test_the_model_notices_a_client_that_is_wrong(
    way: type[Transport], fault: str, edit: Edit | Create
) -> None:
    trouble = Trouble({"kind": fault}, 0, 1 if way is Repeating else 3)
    if isinstance(edit, Add):
        edit = Add(songs()[:1])
    moves = [Move(Add(songs()[:3])), Move(edit, trouble=trouble)]
    run(play("development", moves, Counter()))
    with pytest.raises(AssertionError):
        run(play("development", moves, Counter(), way=way))
