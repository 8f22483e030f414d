"""Whatever is cancelled, paused, full or erased: no token is lost, and no erased person comes back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from auxcord.accounts import LinkState
from auxcord.accounts.links import LEASE_SECONDS
from auxcord.errors import (
    NotLinkedError,
    ReauthorizationRequiredError,
    SpotifyUnavailableError,
    StoreUnavailableError,
)
from auxcord.store import leases
from auxcord.store.schema import leases as lease_table
from auxcord.store.schema import metadata
from tests.accounts.spotify import HOUR

if TYPE_CHECKING:
    from tests.accounts.conftest import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(world: World) -> str:
    world.spotify.rotating = True
    return await world.link("ada")


async def settled(world: World) -> None:
    """Wait until the refresh under way has come to its end."""
    while world.accounts._refresher._tasks:
        await asyncio.wait(world.accounts._refresher._tasks)


async def test_a_caller_cancelled_at_any_await_loses_no_refresh_token(world: World, ada: str) -> None:
    cancelled = 0
    for steps in range(60):
        world.clock.now += HOUR
        task = asyncio.create_task(world.accounts.access_token(ada))
        for _ in range(steps):
            await asyncio.sleep(0)
        cancelled += task.cancel()
        await asyncio.wait([task])
        await settled(world)
        assert (await world.kept(ada)).link.refresh_token == world.spotify.newest["ada"]
        assert (await world.accounts.describe(ada)).state is LinkState.ACTIVE
        assert await world.store.fetch(select(lease_table)) == []
    assert cancelled >= 25
    assert len(world.spotify.refreshes) >= 25


async def test_one_cancelled_caller_takes_no_other_along(world: World, ada: str) -> None:
    world.clock.now += HOUR
    world.spotify.holding = asyncio.Event()
    tasks = [asyncio.create_task(world.accounts.access_token(ada)) for _ in range(10)]
    await world.spotify.called()
    tasks[0].cancel()
    await asyncio.wait(tasks[:1])
    world.spotify.holding.set()
    assert set(await asyncio.gather(*tasks[1:])) == {"access-ada-2"}


async def test_closing_waits_until_the_refresh_under_way_is_written(world: World, ada: str) -> None:
    world.clock.now += HOUR
    world.spotify.holding = asyncio.Event()
    caller = asyncio.create_task(world.accounts.access_token(ada))
    await world.spotify.called()
    caller.cancel()
    closing = asyncio.create_task(world.accounts.close())
    await asyncio.sleep(0)
    assert not closing.done()
    world.spotify.holding.set()
    await closing
    assert (await world.kept(ada)).link.refresh_token == "refresh-ada-2"
    world.clock.now += HOUR
    with pytest.raises(SpotifyUnavailableError, match="shutting down"):
        await world.accounts.access_token(ada)


async def test_a_refresh_under_way_does_not_bring_an_erased_person_back(world: World, ada: str) -> None:
    world.clock.now += HOUR
    world.spotify.holding = asyncio.Event()
    caller = asyncio.create_task(world.accounts.access_token(ada))
    await world.spotify.called()
    assert await world.accounts.forget(ada)
    world.spotify.holding.set()
    with pytest.raises(NotLinkedError):
        await caller
    with pytest.raises(NotLinkedError):
        await world.accounts.access_token(ada)
    # Of the audit trail the skeleton stays, and what is about nobody; see tests/vault/test_forgetting.py.
    kept = {"server_keys", "audit", "audit_details", "audit_checkpoints"}
    tables = [table for name, table in metadata.tables.items() if name not in kept]
    assert await world.accounts.trail.of_person(ada, most=1) == []
    assert [len(await world.store.fetch(select(table))) for table in tables] == [0] * len(tables)
    assert await world.link("ada") != ada


async def test_a_refused_refresh_under_way_does_not_bring_an_erased_person_back(
    world: World, ada: str
) -> None:
    world.clock.now += HOUR
    world.spotify.revoke("ada")
    world.spotify.holding = asyncio.Event()
    caller = asyncio.create_task(world.accounts.access_token(ada))
    await world.spotify.called()
    await world.accounts.forget(ada)
    world.spotify.holding.set()
    with pytest.raises(NotLinkedError):
        await caller
    assert await world.vault.sole_user() is None


async def test_a_new_consent_during_a_refresh_wins(world: World, ada: str) -> None:
    world.clock.now += HOUR
    world.spotify.holding = asyncio.Event()
    caller = asyncio.create_task(world.accounts.access_token(ada))
    await world.spotify.called()
    assert await world.link("ada") == ada
    world.spotify.holding.set()
    assert await caller == "access-ada-3"
    assert (await world.kept(ada)).link.refresh_token == "refresh-ada-3"
    assert await world.store.fetch(select(lease_table)) == []


async def test_a_new_consent_wins_over_a_refusal_that_came_late(world: World, ada: str) -> None:
    world.clock.now += HOUR
    world.spotify.revoke("ada")
    world.spotify.holding = asyncio.Event()
    caller = asyncio.create_task(world.accounts.access_token(ada))
    await world.spotify.called()
    await world.link("ada")
    world.spotify.holding.set()
    assert await caller == "access-ada-2"
    assert (await world.accounts.describe(ada)).state is LinkState.ACTIVE


async def test_spotify_is_not_asked_when_the_lease_cannot_be_written(world: World, ada: str) -> None:
    await world.break_writing("leases", "INSERT")
    world.clock.now += HOUR - 30
    assert await world.accounts.access_token(ada) == "access-ada-1"
    world.clock.now += 30
    with pytest.raises(StoreUnavailableError):
        await world.accounts.access_token(ada)
    assert world.spotify.refreshes == []
    await world.mend_writing()
    assert await world.accounts.access_token(ada) == "access-ada-2"


async def test_an_answer_that_cannot_be_written_is_used_and_written_once_it_can_be(
    world: World, ada: str
) -> None:
    mended = asyncio.Event()

    async def sleep(_: float) -> None:
        await mended.wait()

    accounts = await world.another(sleep=sleep)
    world.clock.now += HOUR
    world.spotify.holding = asyncio.Event()
    caller = asyncio.create_task(accounts.access_token(ada))
    await world.spotify.called()
    await world.break_writing("records", "UPDATE")
    world.spotify.holding.set()
    assert await caller == "access-ada-2"
    assert await accounts.access_token(ada) == "access-ada-2"
    assert (await world.kept(ada)).link.refresh_token == "refresh-ada-1"
    await world.mend_writing()
    mended.set()
    await accounts.close()
    assert (await world.kept(ada)).link.refresh_token == "refresh-ada-2"


async def test_an_answer_that_cannot_be_written_for_minutes_is_used_all_the_time_and_written_then(
    world: World, ada: str
) -> None:
    await unwritten(world, ada)
    mended = world.clock.now + 600
    while world.clock.now < mended:
        await asyncio.sleep(0)
        assert await world.accounts.access_token(ada) == "access-ada-2"
    await world.mend_writing()
    await settled(world)
    assert (await world.kept(ada)).link.refresh_token == world.spotify.newest["ada"] == "refresh-ada-2"
    assert len(world.spotify.refreshes) == 1


async def test_closing_tries_for_half_a_minute_to_write_an_answer_and_then_says_what_is_lost(
    world: World, ada: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await unwritten(world, ada)
    closing = world.clock.now
    await world.accounts.close()
    assert 25 <= world.clock.now - closing <= 40
    assert "the person may have to sign in again" in capsys.readouterr().out


async def unwritten(world: World, ada: str) -> None:
    """Let an answer of Spotify's arrive that cannot be written, nor anything after it."""
    world.clock.now += HOUR
    world.spotify.holding = asyncio.Event()
    caller = asyncio.create_task(world.accounts.access_token(ada))
    await world.spotify.called()
    await world.break_writing("records", "UPDATE")
    world.spotify.holding.set()
    assert await caller == "access-ada-2"


async def test_an_answer_that_could_not_be_written_does_not_outlive_erasure(world: World, ada: str) -> None:
    await unwritten(world, ada)
    await world.mend_writing()
    await world.accounts.forget(ada)
    with pytest.raises(NotLinkedError):
        await world.accounts.access_token(ada)
    await world.accounts.close()
    assert await world.vault.sole_user() is None


async def test_a_holder_that_returns_after_its_lease_ran_out_still_saves_the_newest_token(
    world: World, ada: str
) -> None:
    world.clock.now += HOUR
    world.spotify.holding = asyncio.Event()
    late = asyncio.create_task(world.accounts.access_token(ada))
    await world.spotify.called()
    held, world.spotify.holding = world.spotify.holding, None
    world.clock.now += LEASE_SECONDS + 1
    other = await world.another()
    with pytest.raises(ReauthorizationRequiredError):
        await other.access_token(ada)  # the late holder has spent the token
    held.set()
    assert await late == "access-ada-2"
    assert (await world.kept(ada)).link.refresh_token == world.spotify.newest["ada"]
    assert await other.access_token(ada) == "access-ada-2"


async def test_a_holder_that_returns_late_overwrites_no_newer_outcome(world: World, ada: str) -> None:
    world.spotify.rotating = False
    world.clock.now += HOUR
    world.spotify.holding = asyncio.Event()
    late = asyncio.create_task(world.accounts.access_token(ada))
    await world.spotify.called()
    held, world.spotify.holding = world.spotify.holding, None
    world.clock.now += LEASE_SECONDS + 1
    other = await world.another()
    assert await other.access_token(ada) == "access-ada-3"
    before = await world.kept(ada)
    held.set()
    assert await late == "access-ada-3"
    assert await world.kept(ada) == before


async def test_whoever_finds_the_lease_taken_waits_for_its_outcome(world: World, ada: str) -> None:
    world.clock.now += HOUR
    world.spotify.holding = asyncio.Event()
    holder = asyncio.create_task(world.accounts.access_token(ada))
    await world.spotify.called()
    asleep = asyncio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await asyncio.sleep(0)

    other = await world.another(sleep=sleep)
    waiting = asyncio.create_task(other.access_token(ada))
    await asleep.wait()
    world.spotify.holding.set()
    assert await waiting == await holder == "access-ada-2"
    assert len(world.spotify.refreshes) == 1


async def test_whoever_read_the_link_before_another_refreshed_it_gets_no_lease(
    world: World, ada: str
) -> None:
    before = await world.kept(ada)
    world.clock.now += HOUR
    await world.accounts.access_token(ada)
    assert not await world.accounts._links.lease(ada, before.version, "late reader")
    assert await world.store.fetch(select(lease_table)) == []


async def test_a_lease_nobody_gives_back_delays_and_then_is_taken_over(world: World, ada: str) -> None:
    world.clock.now += HOUR
    now = world.clock.now
    await world.store.transact(
        lambda connection: leases.acquire(
            connection, f"{ada}/refresh", "crashed", now=now, seconds=LEASE_SECONDS
        )
    )
    with pytest.raises(SpotifyUnavailableError) as caught:
        await world.accounts.access_token(ada)
    assert caught.value.retryable
    assert 20 <= world.clock.now - now <= 21
    assert world.spotify.refreshes == []
    world.clock.now = now + LEASE_SECONDS
    assert await world.accounts.access_token(ada) == "access-ada-2"


async def test_a_lease_from_before_the_machine_was_restarted_is_void(world: World, ada: str) -> None:
    now = world.clock.now + HOUR
    await world.store.transact(
        lambda connection: leases.acquire(
            connection, f"{ada}/refresh", "crashed", now=now + 7200, seconds=LEASE_SECONDS
        )
    )
    world.clock.now = now
    assert await world.accounts.access_token(ada) == "access-ada-2"
    assert world.clock.slept == []


async def test_a_jump_of_the_clock_causes_one_refresh_at_most_and_ends_no_link(
    world: World, ada: str
) -> None:
    for jump in (7200, -7200, -7200, 7200, 7200):
        world.clock.now += jump
        before = len(world.spotify.refreshes)
        for _ in range(5):
            await world.accounts.access_token(ada)
        assert len(world.spotify.refreshes) - before <= 1
    assert (await world.accounts.describe(ada)).state is LinkState.ACTIVE
