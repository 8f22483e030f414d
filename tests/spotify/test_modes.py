"""What is noted about the app: what it means, when it is doubted, and how it outlives the process."""

from __future__ import annotations

import pytest

from auxcord.errors import StoreUnavailableError
from auxcord.spotify.modes import FIFTY_FOUND, SEVERAL, Access, Mode
from tests.spotify.upstream import Clock

pytestmark = pytest.mark.anyio

TOP_TRACKS, FEATURED = "get-an-artists-top-tracks", "get-featured-playlists"
DAY = 24 * 3600


class Paper:
    """A notebook in memory, which can be made to fail."""

    def __init__(self, notes: bytes | None = None) -> None:
        self.notes = notes
        self.writes = 0
        self.torn = False

    async def read(self) -> bytes | None:
        return self.notes

    async def write(self, notes: bytes) -> None:
        if self.torn:
            raise StoreUnavailableError("The database cannot be written.")
        self.writes += 1
        self.notes = notes


async def told(*findings: tuple[str, bool], clock: Clock | None = None) -> Access:
    access = Access(clock=clock or Clock())
    for name, open_ in findings:
        await access.found(name, open_=open_)
    return access


@pytest.mark.parametrize(
    ("findings", "mode"),
    [
        ([], Mode.UNKNOWN),
        ([(SEVERAL, True)], Mode.UNKNOWN),
        ([(SEVERAL, False)], Mode.DEVELOPMENT),
        ([(TOP_TRACKS, False)], Mode.DEVELOPMENT),
        ([(FIFTY_FOUND, False), (FEATURED, False)], Mode.DEVELOPMENT),
        ([(FEATURED, False)], Mode.UNKNOWN),
        ([(FEATURED, True)], Mode.EXTENDED),
        ([(SEVERAL, True), (FEATURED, True)], Mode.EXTENDED),
        ([(SEVERAL, True), (FEATURED, False)], Mode.LEGACY),
    ],
)
async def test_the_mode_is_the_name_for_what_was_found(findings: list[tuple[str, bool]], mode: Mode) -> None:
    assert (await told(*findings)).mode is mode


async def test_what_was_found_last_counts() -> None:
    access = await told((SEVERAL, True), (FEATURED, True), clock=(clock := Clock()))
    clock.now += 1
    await access.found(FEATURED, open_=False)
    await access.found(SEVERAL, open_=False)
    assert access.mode is Mode.DEVELOPMENT
    clock.now += 1
    await access.found(SEVERAL, open_=True)
    assert access.mode is Mode.UNKNOWN  # what went in 2024 must be asked for again
    await access.found(FEATURED, open_=False)
    assert access.mode is Mode.LEGACY


async def test_limits_that_only_development_mode_has_tell_an_older_app_from_an_extended_one() -> None:
    access = await told((SEVERAL, True), clock=(clock := Clock()))
    access.met_limits()
    assert access.mode is Mode.LEGACY
    clock.now += DAY
    assert access.mode is Mode.UNKNOWN
    access.met_limits()
    await access.found(FEATURED, open_=True)
    assert access.mode is Mode.EXTENDED


async def test_missing_fields_are_a_hint_which_any_refusal_or_success_outweighs() -> None:
    access = Access(clock=Clock())
    assert access.is_blank
    access.saw_fields(older=False)
    assert access.mode is Mode.DEVELOPMENT
    assert not access.is_blank
    assert not access.may(SEVERAL)
    assert access.may(TOP_TRACKS)  # there is no other way: it is refused by Spotify or not at all
    access.saw_fields(older=True)
    assert access.mode is Mode.UNKNOWN
    assert access.may(SEVERAL)
    await access.found(SEVERAL, open_=False)
    assert access.mode is Mode.DEVELOPMENT


async def test_an_app_that_gets_the_old_fields_with_some_things_only_is_not_doubted_at_every_answer() -> None:
    paper, clock = Paper(), Clock()
    access = Access(paper, clock=clock)
    for minute in range(300):
        clock.now += 60
        access.saw_fields(older=minute % 2 == 0)
        if access.is_unwritten:
            await access.write()
    assert paper.writes == 1
    assert access.may(SEVERAL)
    for _ in range(2):
        clock.now += 3600
        access.saw_fields(older=False)
    assert not access.may(SEVERAL)


async def test_what_was_refused_is_asked_for_again_after_a_day() -> None:
    access = await told((SEVERAL, False), (TOP_TRACKS, False), clock=(clock := Clock()))
    for name in (SEVERAL, TOP_TRACKS):
        assert not access.may(name)
    clock.now += DAY - 1
    assert not access.may(TOP_TRACKS)
    clock.now += 1
    assert access.may(TOP_TRACKS)
    clock.now -= 2 * DAY
    assert access.may(TOP_TRACKS)


async def test_a_contradicted_refusal_is_put_to_the_test_less_and_less_often() -> None:
    access = await told((SEVERAL, False), clock=(clock := Clock()))
    tests: list[int] = []
    for minute in range(1, 24 * 60):
        clock.now += 60
        access.saw_fields(older=True)
        if access.may(SEVERAL):
            tests.append(minute)
            await access.found(SEVERAL, open_=False)
    assert tests[:3] == [1, 5, 21]
    assert len(tests) <= 6


async def test_what_was_never_tried_is_taken_for_closed_only_as_long_as_what_is_like_it() -> None:
    access = await told((TOP_TRACKS, False), clock=(clock := Clock()))
    assert not access.may(SEVERAL)
    clock.now += 61
    assert not access.may(SEVERAL)
    access.saw_fields(older=True)
    assert access.may(SEVERAL)


async def test_one_success_puts_the_refusals_of_its_time_in_doubt() -> None:
    access = await told((SEVERAL, False), (FIFTY_FOUND, False), clock=(clock := Clock()))
    clock.now += 90
    assert not access.may(FIFTY_FOUND)
    await access.found(SEVERAL, open_=True)
    assert access.may(FIFTY_FOUND)
    assert access.is_older


async def test_while_somebody_finds_out_the_others_take_the_other_way_but_are_never_refused() -> None:
    access = Access(clock=Clock())
    with access.trying(SEVERAL), access.trying(TOP_TRACKS):
        assert not access.may(SEVERAL)
        assert access.may(TOP_TRACKS)
    assert access.may(SEVERAL)


async def test_what_is_known_outlives_the_process_and_is_written_only_when_it_is_news() -> None:
    paper, clock = Paper(), Clock()
    access = Access(paper, clock=clock)
    await access.load()
    for _ in range(50):
        await access.found(SEVERAL, open_=True)
    await access.found(FEATURED, open_=False)
    assert paper.writes == 2
    later = Access(paper, clock=clock)
    await later.load()
    assert later.mode is access.mode is Mode.LEGACY
    assert not later.may(FEATURED)
    await later.found(SEVERAL, open_=True)
    assert paper.writes == 2
    assert repr(later) == "Access(mode='legacy-development')"


@pytest.mark.parametrize("notes", [b"", b"{", b'{"findings": {"x": 5}}', b'{"other": 1}', b"\xff"])
async def test_notes_that_cannot_be_read_are_learnt_again(notes: bytes) -> None:
    access = Access(Paper(notes), clock=Clock())
    await access.load()
    assert access.mode is Mode.UNKNOWN
    assert access.may(SEVERAL)


async def test_a_notebook_that_fails_disturbs_nobody_and_is_written_later() -> None:
    paper = Paper()
    access = Access(paper, clock=Clock())
    paper.torn = True
    await access.found(SEVERAL, open_=False)
    assert access.mode is Mode.DEVELOPMENT
    assert access.is_unwritten
    paper.torn = False
    await access.write()
    assert not access.is_unwritten
    assert paper.notes is not None
