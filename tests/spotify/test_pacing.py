from __future__ import annotations

import anyio
import pytest

from auxcord.errors import QuotaExceededError, RateLimitedError
from auxcord.spotify.closures import Limit
from auxcord.spotify.pacing import Gate, spoken
from tests.spotify.upstream import Clock

pytestmark = pytest.mark.anyio


def gate(clock: Clock, **settings: float) -> Gate:
    return Gate(clock=clock, sleep=clock.sleep, **settings)


async def pass_through(door: Gate, person: str = "ada", family: str = "GET /me") -> None:
    async with door.turn(person, family):
        pass


async def test_requests_within_the_window_do_not_wait() -> None:
    clock = Clock()
    door = gate(clock, per_window=5)
    for _ in range(5):
        await pass_through(door)
    assert clock.slept == []


async def test_one_more_waits_until_the_oldest_has_left_the_window() -> None:
    clock = Clock()
    door = gate(clock, per_window=2, window=8.0)
    await pass_through(door)
    clock.now += 3
    await pass_through(door)
    await pass_through(door)
    assert clock.slept == [5.0]


async def test_a_wait_beyond_the_ceiling_fails_at_once_and_says_how_long() -> None:
    clock = Clock()
    door = gate(clock, per_window=1, window=30.0)
    await pass_through(door)
    with pytest.raises(RateLimitedError) as caught:
        await pass_through(door)
    assert caught.value.retry_after == 30.0
    assert clock.slept == []
    assert door.status().waiting == 0


async def test_those_who_stand_in_line_count_for_the_forecast() -> None:
    clock = Clock()
    door = gate(clock, per_window=1, window=6.0)
    await pass_through(door)
    outcomes: list[str] = []

    async def go(name: str) -> None:
        try:
            await pass_through(door)
            outcomes.append(name)
        except RateLimitedError:
            outcomes.append(f"{name} refused")

    async def wait_for_all(seconds: float) -> None:
        await anyio.lowlevel.checkpoint()
        await clock.sleep(seconds)

    door.sleep = wait_for_all
    async with anyio.create_task_group() as group:
        group.start_soon(go, "first")
        group.start_soon(go, "second")
    assert sorted(outcomes) == ["first", "second refused"]


async def test_no_more_than_the_limit_run_at_once_and_a_free_place_is_taken() -> None:
    door = gate(Clock(), concurrency=3)
    running = most = 0

    async def go() -> None:
        nonlocal running, most
        async with door.turn("ada", "GET /me"):
            running += 1
            most = max(most, running)
            await anyio.lowlevel.checkpoint()
            running -= 1

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(go)
    assert most == 3
    assert door.status() == (0.0, 600, {}, 0, 0)


async def test_people_take_turns_however_many_requests_one_of_them_has() -> None:
    door = gate(Clock(), concurrency=1)
    order: list[str] = []

    async def go(person: str) -> None:
        async with door.turn(person, "GET /me"):
            order.append(person)
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(go, "many")
        await anyio.lowlevel.checkpoint()
        group.start_soon(go, "few")
        group.start_soon(go, "few")
    assert [position for position, person in enumerate(order) if person == "few"][1] <= 6


async def test_a_line_that_does_not_move_is_left_at_the_ceiling() -> None:
    door = gate(Clock(), concurrency=1, ceiling=0.01)
    async with door.turn("ada", "GET /me"):
        with pytest.raises(RateLimitedError):
            await pass_through(door, "bram")
    await pass_through(door, "bram")


async def test_whoever_gives_up_in_line_leaves_no_trace() -> None:
    door = gate(Clock(), concurrency=1)
    async with door.turn("ada", "GET /me"):
        with anyio.move_on_after(0) as scope:
            await pass_through(door, "bram")
        assert scope.cancelled_caught
        assert door.status().waiting == 0
        assert door.status().running == 1
    assert door.status().running == 0


async def test_waiting_for_a_place_goes_on_as_waiting_for_the_pace() -> None:
    clock = Clock()
    door = gate(clock, per_window=2, window=5.0, concurrency=1)
    passed: list[str] = []

    async def go(person: str) -> None:
        await pass_through(door, person)
        passed.append(person)

    async with anyio.create_task_group() as group, door.turn("ada", "GET /me"):
        group.start_soon(go, "bram")
        group.start_soon(go, "chidi")
        await anyio.lowlevel.checkpoint()
        assert door.status().waiting == 2
    assert sorted(passed) == ["bram", "chidi"]
    assert clock.slept == [5.0]


async def test_a_refusal_closes_the_gate_for_everybody_until_spotifys_deadline() -> None:
    clock = Clock()
    door = gate(clock)
    door.closures.note("GET /me", limit=Limit.PACE, began=clock.now, after=4.0)
    await pass_through(door, "bram", "GET /search")
    assert clock.slept == [4.0]
    door.closures.note("GET /me", limit=Limit.PACE, began=clock.now, after=40.0)
    with pytest.raises(RateLimitedError) as caught:
        await pass_through(door, "bram", "GET /search")
    assert caught.value.retry_after == 40.0
    assert "40 seconds" in str(caught.value)
    assert not isinstance(caught.value, QuotaExceededError)


async def test_a_used_up_quota_closes_its_kind_of_request_with_a_fixed_deadline() -> None:
    clock = Clock()
    door = gate(clock)
    family = "GET /shows/*/episodes"
    door.closures.note(family, limit=Limit.QUOTA, began=clock.now, after=48_925.0)
    clock.now += 100
    assert door.closures.note(family, limit=Limit.QUOTA, began=clock.now, after=48_925.0) == 48_825.0
    with pytest.raises(QuotaExceededError) as caught:
        await pass_through(door, family=family)
    assert caught.value.retry_after == 48_825.0
    assert "14 hours" in str(caught.value)
    assert door.status().quotas == {family: 48_825.0}
    await pass_through(door, family="GET /me/player")
    clock.now += 48_825
    await pass_through(door, family=family)
    assert door.status().quotas == {}


async def test_a_quota_met_while_standing_in_line_is_noticed_at_the_door() -> None:
    door = gate(Clock(), concurrency=1)

    async def second() -> None:
        with pytest.raises(QuotaExceededError):
            await pass_through(door, "bram", "GET /search")

    async with anyio.create_task_group() as group, door.turn("ada", "GET /search"):
        group.start_soon(second)
        await anyio.lowlevel.checkpoint()
        door.closures.note("GET /search", limit=Limit.QUOTA, began=0.0, after=None)
    assert door.status().running == 0


def test_refusals_without_a_deadline_pause_longer_each_time_but_not_for_each_of_one_burst() -> None:
    clock = Clock()
    closures = gate(clock).closures
    pauses = []
    for _ in range(6):
        began = clock.now + 0.001
        pauses.append(closures.note("GET /me", limit=Limit.PACE, began=began, after=None))
        for _ in range(15):
            assert closures.note("GET /me", limit=Limit.PACE, began=began - 1, after=None) == pauses[-1]
        clock.now += pauses[-1]
    assert pauses == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    closures.answered()
    assert closures.note("GET /me", limit=Limit.PACE, began=clock.now, after=None) == 5.0


def test_no_deadline_is_believed_beyond_about_a_day() -> None:
    clock = Clock()
    closures = gate(clock).closures
    assert closures.note("GET /me", limit=Limit.PACE, began=clock.now, after=9e8) == 25 * 3600.0


async def test_the_pace_is_learned_from_refusals_and_rises_again_slowly() -> None:
    clock = Clock()
    door = gate(clock, per_window=600)
    began = clock.now
    for _ in range(200):
        await pass_through(door)
    clock.now += 1
    for _ in range(16):
        door.refused("GET /me", limit=Limit.PACE, began=began, after=1.0)
        clock.now += 0.01
    assert door.status().pace == 180
    clock.now += 30
    for _ in range(189):
        await pass_through(door)
    assert clock.slept == []
    with pytest.raises(RateLimitedError):
        await pass_through(door)
    clock.now += 3600
    assert door.status().pace == 600


async def test_a_refusal_of_very_few_requests_does_not_stop_the_pace_altogether() -> None:
    clock = Clock()
    door = gate(clock)
    door.refused("GET /me", limit=Limit.PACE, began=clock.now, after=0.0)
    assert door.status().pace == 30
    for _ in range(30):
        await pass_through(door)
    assert clock.slept == []


async def test_a_clock_set_back_does_not_close_the_gate() -> None:
    clock = Clock()
    door = gate(clock, per_window=1)
    await pass_through(door)
    clock.now -= 3600
    await pass_through(door)
    assert clock.slept == []


async def test_a_sleep_that_returns_early_cannot_make_the_wait_endless() -> None:
    async def no_sleep(seconds: float) -> None:
        """Return at once, with the clock standing still."""

    door = Gate(per_window=1, window=4.0, clock=lambda: 0.0, sleep=no_sleep)
    await pass_through(door)
    with pytest.raises(RateLimitedError):
        await pass_through(door)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (90, "2 minutes"),
        (3600, "1 hour"),
        (48_925, "14 hours"),
    ],
)
def test_times_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert spoken(seconds) == words
