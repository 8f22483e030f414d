"""The trail: what a line holds, when it is written, how long it stays."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from auxcord.audit import Event
from auxcord.audit.ranges import read, written
from auxcord.errors import InputError, StoreUnavailableError
from auxcord.telemetry.requests import named_request

if TYPE_CHECKING:
    from tests.audit.desk import Desk

pytestmark = pytest.mark.anyio

DAY = 86400.0


async def test_a_line_tells_who_what_with_which_client_and_in_which_request(desk: Desk) -> None:
    ada = await desk.person("ada")
    with named_request("request-1"):
        await desk.trail.record(
            Event.DESTRUCTIVE_TOOL, user=ada, client="c1", tool="remove", decision="allowed", rows=3
        )
    (line,) = await desk.lines()
    assert (line.seq, line.at, line.event, line.user_id) == (1, desk.clock.now, "client:tool:destroy", ada)
    assert line.details is not None
    assert (line.details.client, line.details.tool, line.details.decision) == ("c1", "remove", "allowed")
    assert (line.details.request, line.details.facts) == ("request-1", {"rows": "3"})


async def test_requests_at_the_same_time_keep_their_names_apart(desk: Desk) -> None:
    async def one(number: int) -> None:
        with named_request(f"request-{number}"):
            await asyncio.sleep(0)
            await desk.trail.record(Event.SIGNED_IN, number=number)

    with capture_logs() as logged:
        await asyncio.gather(*(one(number) for number in range(50)))
    told = [line.details for line in await desk.lines()]
    assert {each.request for each in told if each} == {f"request-{number}" for number in range(50)}
    assert all(each and each.request == f"request-{each.facts['number']}" for each in told)
    assert [entry["seq"] for entry in logged] == list(range(1, 51))
    assert all(entry["request_id"] == f"request-{entry['fact_number']}" for entry in logged)


async def test_a_line_goes_with_the_transaction_it_is_written_in(desk: Desk) -> None:
    def fails(connection: Any) -> None:
        desk.trail.entry(connection, Event.SIGNED_IN)
        raise InputError("undone")

    def works(connection: Any) -> None:
        desk.trail.entry(connection, Event.CONSENT_GIVEN)
        desk.trail.entry(connection, Event.TOKEN_ISSUED)

    with capture_logs() as logged:
        done = await asyncio.gather(
            desk.store.transact(works), desk.store.transact(fails), desk.store.transact(works),
            return_exceptions=True,
        )  # fmt: skip
    assert [type(each) for each in done] == [type(None), InputError, type(None)]
    expected = [Event.CONSENT_GIVEN, Event.TOKEN_ISSUED] * 2
    assert [line.event for line in await desk.lines()] == expected
    assert [entry["event"] for entry in logged] == expected  # what was undone is not logged either
    assert (await desk.verify()).fault is None


async def test_lines_written_in_an_open_transaction_are_logged_when_it_commits(desk: Desk) -> None:
    async def undone() -> None:
        async with desk.store.write() as connection:
            await connection.run_sync(lambda sync: desk.trail.entry(sync, Event.SIGNED_IN))
            raise InputError("undone")

    with capture_logs() as logged:
        async with desk.store.write() as connection:
            await connection.run_sync(lambda sync: desk.trail.entry(sync, Event.SIGNED_IN))
            assert logged == []
        assert [entry["event"] for entry in logged] == [Event.SIGNED_IN]
        with pytest.raises(InputError):
            await undone()
        async with desk.store.write():
            pass
    assert len(logged) == len(await desk.lines()) == 1


async def test_of_somebody_erased_meanwhile_only_the_event_is_told(desk: Desk) -> None:
    await desk.trail.record(Event.TOKEN_REFRESHED, user="0" * 32, client="c1", tool="t", name="n")
    (line,) = await desk.lines()
    assert line.user_id is None
    assert line.details is not None
    assert (line.details.client, line.details.tool, line.details.facts) == (None, None, {})


async def test_what_can_be_repeated_at_will_is_told_once_a_minute(desk: Desk) -> None:
    for _ in range(100):
        await desk.trail.record_sparingly(Event.LIMIT_HIT, limit="registrations")
        await desk.trail.record_sparingly(Event.LIMIT_HIT, limit="sign-ins")
        desk.clock.now += 1
    assert len(await desk.lines()) == 4
    for number in range(5000):
        desk.trail._quiet[("filler", number)] = desk.clock.now
    await desk.trail.record_sparingly(Event.LIMIT_HIT, limit="another")
    assert len(desk.trail._quiet) <= 2048


async def test_a_damaged_record_is_told_once_a_day(desk: Desk) -> None:
    for _ in range(30):
        await desk.trail.record_sparingly(Event.RECORD_CORRUPT, record="spotify-link")
        desk.clock.now += 3600
    assert len(await desk.lines()) == 2


async def test_a_sparing_line_that_cannot_be_written_is_logged_and_tried_again(desk: Desk) -> None:
    desk.tamper("CREATE TRIGGER broken BEFORE INSERT ON audit BEGIN SELECT missing_function(); END")
    with capture_logs() as logged:
        await desk.trail.record_sparingly(Event.LIMIT_HIT, limit="sign-ins")
    assert [(entry["event"], entry["line"]) for entry in logged] == [
        ("a line of the audit trail could not be written", "server:limit:hit")
    ]
    with pytest.raises(StoreUnavailableError):
        await desk.trail.record(Event.LIMIT_HIT)
    await desk.store.transact(lambda connection: connection.exec_driver_sql("DROP TRIGGER broken").close())
    await desk.trail.record_sparingly(Event.LIMIT_HIT, limit="sign-ins")
    assert len(await desk.lines()) == 1


async def test_old_lines_are_pruned_daily_and_the_rest_proves_itself_whole(desk: Desk) -> None:
    await desk.write(10)
    desk.clock.now += 401 * DAY
    await desk.write(5)
    await desk.trail.prune()
    assert [line.seq for line in await desk.lines()] == [11, 12, 13, 14, 15, 16]
    last = (await desk.lines())[-1]
    assert last.event == Event.PRUNED
    assert last.details is not None
    assert last.details.facts == {"lines": "10", "through": "10"}
    verdict = await desk.verify()
    assert (verdict.first, verdict.lines, verdict.fault) == (11, 6, None)
    await desk.trail.prune()
    assert len(await desk.lines()) == 6
    desk.clock.now += 401 * DAY
    await desk.trail.prune()
    assert [line.event for line in await desk.lines()] == [Event.PRUNED]
    assert (await desk.verify()).fault is None
    desk.clock.now += 401 * DAY
    await desk.write(1)
    assert (await desk.verify()).lines == 2


async def test_pruning_waits_a_day_between_two_times(desk: Desk) -> None:
    await desk.write(3)
    desk.clock.now += 400 * DAY - 1
    await desk.trail.prune()
    assert [line.seq for line in await desk.lines()] == [3, 4]
    desk.clock.now += 2
    await desk.trail.prune()
    assert len(await desk.lines()) == 2
    desk.clock.now += DAY
    await desk.trail.prune()
    assert [line.seq for line in await desk.lines()] == [4, 5]


async def test_lines_pruned_after_their_person_was_erased_leave_no_gap(desk: Desk) -> None:
    ada = await desk.person("ada")
    await desk.write(3, ada)
    desk.clock.now += 200 * DAY
    await desk.write(2, ada)
    await desk.erase(ada)
    assert (await desk.verify()).fault is None
    desk.clock.now += 201 * DAY
    await desk.trail.prune()
    verdict = await desk.verify()
    assert (verdict.first, verdict.fault) == (4, None)


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([3], "3"), ([3, 4, 5, 9], "3-5,9"), ([1, 3, 4], "1,3-4")]
)
def test_numbers_are_written_as_ranges_and_read_back(numbers: list[int], text: str) -> None:
    assert written(numbers) == text
    assert [number for span in read(text) for number in span] == numbers


async def test_the_newest_lines_of_a_person_come_first_and_nobody_elses(desk: Desk) -> None:
    ada, bram = await desk.person("ada"), await desk.person("bram")
    await desk.write(3, ada)
    await desk.write(3, bram)
    await desk.write(1, ada)
    assert [line.seq for line in await desk.trail.of_person(ada, most=3)] == [7, 3, 2]
    assert await desk.trail.of_person("0" * 32, most=3) == []


async def test_details_are_kept_as_json_that_anybody_can_read(desk: Desk) -> None:
    await desk.trail.record(Event.SIGNED_IN, client="c1")
    (line,) = await desk.lines()
    assert line.content is not None
    assert json.loads(line.content) == {"client": "c1"}
