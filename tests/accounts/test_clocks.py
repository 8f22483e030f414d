"""Wall clocks that differ or jump: leases and pauses hold all the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from starlette.responses import Response

from auxcord.accounts.links import LEASE_SECONDS
from auxcord.errors import SpotifyUnavailableError
from tests.accounts.spotify import HOUR

if TYPE_CHECKING:
    from tests.accounts.conftest import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(world: World) -> str:
    world.spotify.rotating = True
    return await world.link("ada")


@pytest.mark.parametrize("ahead", [-7200, -30, 30, 7200])
async def test_no_second_refresh_begins_under_a_wall_clock_that_differs(
    world: World, ada: str, ahead: float
) -> None:
    world.clock.now += HOUR
    world.spotify.holding = asyncio.Event()
    holder = asyncio.create_task(world.accounts.access_token(ada))
    await world.spotify.called()
    world.clock.now += LEASE_SECONDS - 25  # as long as a caller waits before it gives up
    asleep = asyncio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await asyncio.sleep(0)

    other = await world.another(sleep=sleep, ahead=ahead)
    refused = (await world.kept(ada)).link.access_token
    waiting = asyncio.create_task(other.access_token(ada, refused=refused))
    await asyncio.wait_for(asleep.wait(), 10)  # it waits, rather than asking Spotify
    assert len(world.spotify.refreshes) == 1
    world.spotify.holding.set()
    assert await holder == "access-ada-2"
    # By a clock that is two hours ahead, what the holder got has run out as well.
    assert await waiting == ("access-ada-3" if ahead > HOUR else "access-ada-2")
    assert world.spotify.most_under_way == 1


async def test_a_pause_that_spotify_asked_for_outlasts_a_jump_of_the_wall_clock(
    world: World, ada: str
) -> None:
    world.clock.now += HOUR
    world.spotify.failing = Response(status_code=503, headers={"Retry-After": "40"})
    for jump in (0, 7200, -14400, 7200):
        world.jumped += jump
        refused = (await world.kept(ada)).link.access_token
        with pytest.raises(SpotifyUnavailableError):
            await world.accounts.access_token(ada, refused=refused)
    assert len(world.spotify.refreshes) == 1
    world.spotify.failing = None
    world.clock.now += 40
    assert await world.accounts.access_token(ada) == "access-ada-2"
