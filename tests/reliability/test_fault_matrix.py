"""Every operation of the client meets every kind of trouble.

Here in the two access modes that differ most; `scripts/fault_matrix.py` does the same in all three and puts
what comes of it into `docs/faults.md`. `TROUBLE_EXAMPLES=2000` looks longer at troubles in a row.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auxcord.simulator.faults import KINDS
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.tokens import JustIssued
from tests.reliability.careless import Denying, Hopeful, Patient, Repeating, Talkative
from tests.reliability.lab import PROFILES, Lab
from tests.reliability.matrix import ROWS, cases_of, figures, run_case
from tests.reliability.operations import public_methods
from tests.reliability.troubles import DONE, TROUBLES, Due, Trouble
from tests.reliability.virtual_time import HangError, run

if TYPE_CHECKING:
    from auxcord.simulator.settings import Profile
    from auxcord.spotify.transport import Transport
    from tests.reliability.operations import Row

RECORD = "fault matrix"
MORE = os.environ.get("TROUBLE_EXAMPLES")
SINGLE = [trouble.fault for trouble in TROUBLES if trouble.fault and not trouble.answers]
"""Troubles that can follow each other, request by request."""


@pytest.mark.parametrize("profile", [PROFILES[0], PROFILES[-1]])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_trouble_ends_as_it_should(
    row: Row, profile: Profile, record_property: pytest.RecordProperty
) -> None:
    cases = run(cases_of(row, profile))
    record_property(RECORD, figures(cases))
    assert [str(case) for case in cases if case.wrong] == []


@pytest.mark.parametrize("profile", PROFILES)
def test_no_troubles_in_a_row_repeat_a_change_or_hide_what_happened(
    profile: Profile, record_property: pytest.RecordProperty
) -> None:
    cases = []

    @settings(max_examples=int(MORE or 150), derandomize=MORE is None, database=None, deadline=None)
    @given(st.sampled_from(ROWS), st.lists(st.sampled_from([*SINGLE, None]), min_size=2, max_size=6))
    def whatever(row: Row, schedule: list[dict[str, Any] | None]) -> None:
        trouble = Trouble("in a row", "Any", lambda _: Due(DONE), schedule=tuple(schedule))
        case = run(run_case(row, trouble, profile))
        case.wrong.pop("unexpected", None)  # nobody said what to expect
        cases.append(case)
        assert case.wrong == {}, f"{case} {schedule}"

    whatever()
    record_property("troubles in a row", figures(cases))


def test_every_operation_has_a_row() -> None:
    async def methods() -> set[str]:
        async with Lab.opened() as lab:
            return set(public_methods(SpotifyClient(lab.transport, JustIssued("test-token"))))

    assert {row.method for row in ROWS} == run(methods())
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert all((row.watch is None) == (row.kind == "read") for row in ROWS)


def test_every_kind_of_fault_the_simulator_knows_is_met() -> None:
    assert {trouble.fault["kind"] for trouble in TROUBLES if trouble.fault} == set(KINDS)
    assert len({trouble.name for trouble in TROUBLES}) == len(TROUBLES)


@pytest.mark.parametrize(
    ("way", "method", "trouble", "found"),
    [
        (Repeating, "playlists.add", "reset after, once", "duplicate"),
        (Repeating, "playlists.create", "reset after, once", "duplicate"),
        (Repeating, "playlists.reorder", "reset after, once", "duplicate"),
        (Repeating, "playback.next", "too slow, once", "duplicate"),
        (Repeating, "playback.add_to_queue", "reset after", "duplicate"),
        (Hopeful, "playlists.add", "reset before", "lost"),
        (Hopeful, "playlists.create", "502", "lost"),
        (Hopeful, "library.save", "quota used up, Retry-After None", "lost"),
        (Hopeful, "playback.seek", "502", "lost"),
        (Denying, "playlists.add", "reset after", "denied"),
        (Denying, "playback.previous", "too slow", "denied"),
        (Talkative, "playback.pause", "502", "secret"),
        (Patient, "playlists.replace", "502", "hang"),
    ],
)
def test_the_matrix_finds_what_it_looks_for(
    way: type[Transport], method: str, trouble: str, found: str
) -> None:
    (row, *_) = (row for row in ROWS if row.method == method)
    (met,) = (one for one in TROUBLES if one.name == trouble)
    assert found in run(run_case(row, met, "development", way=way)).wrong


def test_waiting_for_nothing_is_noticed_at_once() -> None:
    async def wait() -> None:
        async with Lab.opened() as lab:
            turns = [lab.transport.gate.turn("somebody", "GET /me") for _ in range(17)]
            for turn in turns:
                await turn.__aenter__()

    with pytest.raises(Exception, match="Too many requests"):
        run(wait())

    async def forever() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(HangError):
        run(forever())
