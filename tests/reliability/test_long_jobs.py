"""Long jobs tell how far they are, end soon when they are cancelled, and go on when they are asked for again.

Over HTTP and real sockets, in both protocol revisions.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

from auxcord.server.http import build_http_app
from auxcord.server.listener import bind, port_of, serving
from auxcord.simulator.world.world import catalogue_for
from tests.reliability.lab import rows_of
from tests.reliability.sample import sample_of
from tests.tools.door import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio

SONGS = list(sample_of(catalogue_for(1)[0]).songs[:1_200])
AWAY = 0.05
"""Seconds Spotify takes to answer where a job is cancelled, so that there is a middle."""
IN_FLIGHT = 8
"""Requests that may still be sent after a client gave up: those under way, and while word of it travels."""
_KEY = re.compile(r"spotify:playlist:(\w{22})")


@dataclass
class Desk:
    """A client over HTTP, and the house behind."""

    house: House
    client: Client

    async def call(self, tool: str, **arguments: Any) -> str:
        """Call a tool that is to succeed."""
        result = await self.client.call_tool(tool, arguments, raise_on_error=False)
        (block,) = result.content
        assert not result.is_error, block.text
        return str(block.text)

    async def told(self, tool: str, **arguments: Any) -> list[tuple[float, float | None]]:
        """Call a tool and note how far it says it is: so much of so much."""
        steps: list[tuple[float, float | None]] = []

        async def note(step: float, of: float | None, _message: str | None) -> None:
            steps.append((step, of))

        result = await self.client.call_tool(tool, arguments, progress_handler=note, raise_on_error=False)
        assert not result.is_error, result.content
        return steps

    async def cancelled_at(self, step: int, tool: str, **arguments: Any) -> int:
        """Call a tool, cancel when it says it is so far; how many requests Spotify got after that."""
        await self.house.fault("latency", "/v1/*", seconds=AWAY)
        reached = asyncio.Event()

        async def note(done: float, _of: float | None, _message: str | None) -> None:
            if done >= step:
                reached.set()

        call = asyncio.create_task(self.client.call_tool(tool, arguments, progress_handler=note))
        await reached.wait()
        sent = len(await self.house.requests())
        call.cancel()
        await asyncio.wait({call})
        assert call.cancelled()
        after = await self._sent_until_quiet() - sent
        await self.house.control("DELETE", "faults")
        return after

    async def _sent_until_quiet(self) -> int:
        """How many requests there are when none has come for a while."""
        sent, quiet = -1, 0
        while quiet < 5:
            await anyio.sleep(AWAY)
            now = len(await self.house.requests())
            quiet = quiet + 1 if now == sent else 0
            sent = now
        return sent

    async def make(self, *uris: str) -> str:
        """Make a playlist; its id."""
        found = _KEY.search(await self.call("create_playlist", name="Long", uris=list(uris)))
        assert found
        await self.house.forget_requests()
        return found[1]


@pytest.fixture(params=["auto", "legacy"])
async def desk(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    listener = bind("127.0.0.1", 0)
    base = f"http://127.0.0.1:{port_of(listener)}"
    async with House.opened(tmp_path) as house:
        server, _ = await house.server("ada")
        app = build_http_app(server, None, public_url=base)
        async with (
            serving(app, listener),
            Client(StreamableHttpTransport(f"{base}/mcp"), mode=request.param) as client,
        ):
            await house.forget_requests()
            yield Desk(house, client)


JOBS: dict[str, dict[str, Any]] = {
    "match_tracks": {"songs": [f"nothing {number}" for number in range(30)]},
    "create_playlist": {"name": "Long", "uris": SONGS},
    "save_to_library": {"uris": SONGS},
    "check_library": {"uris": SONGS},
    "list_library": {"kind": "tracks", "limit": 200},
}


@pytest.mark.parametrize("tool", JOBS)
async def test_a_long_job_tells_how_far_it_is_and_never_goes_back(desk: Desk, tool: str) -> None:
    steps = await desk.told(tool, **JOBS[tool])
    done = [step for step, _ in steps]
    assert len(done) >= 3
    assert done == sorted(set(done))
    assert all(of is not None and step <= of for step, of in steps)
    assert done[-1] == steps[-1][1]


@pytest.mark.parametrize(
    ("tool", "more"),
    [
        ("add_to_playlist", {"uris": SONGS}),
        ("remove_from_playlist", {"uris": SONGS[:40]}),
        ("reorder_playlist", {"action": "move", "start": 1, "to": 900}),
        ("get_playlist", {"form": "summary"}),
    ],
)
async def test_a_long_job_on_a_playlist_tells_how_far_it_is(
    desk: Desk, tool: str, more: dict[str, Any]
) -> None:
    key = await desk.make(*SONGS[:1_000])
    done = [step for step, _ in await desk.told(tool, playlist=key, **more)]
    assert len(done) >= 3
    assert done == sorted(set(done))


async def test_adding_that_was_cancelled_stops_soon_and_goes_on_where_it_was(
    desk: Desk, record_property: Callable[[str, object], None]
) -> None:
    key = await desk.make(SONGS[-1])
    after = await desk.cancelled_at(400, "add_to_playlist", playlist=key, uris=SONGS)
    record_property("cancelled jobs", {"longest sent after": after})
    assert after <= IN_FLIGHT
    half = rows_of(desk.house.world.playlists[key])
    assert 401 <= len(half) < len(SONGS)
    assert half == (SONGS[-1], *SONGS[: len(half) - 1])

    text = await desk.call("add_to_playlist", playlist=key, uris=SONGS)
    assert f"resumed: {len(half) - 1:,} items were in it" in text
    assert f"verified: {len(SONGS) - len(half) + 1:,} items added, all in place." in text
    assert rows_of(desk.house.world.playlists[key]) == (SONGS[-1], *SONGS)

    await desk.call("undo_playlist_change", playlist=key)
    assert rows_of(desk.house.world.playlists[key]) == (SONGS[-1],)


async def test_adding_the_same_again_on_purpose_adds_it_again(desk: Desk) -> None:
    key = await desk.make(SONGS[-1])
    await desk.cancelled_at(400, "add_to_playlist", playlist=key, uris=SONGS)
    await desk.call("add_to_playlist", playlist=key, uris=SONGS)
    assert "resumed" not in await desk.call("add_to_playlist", playlist=key, uris=SONGS)
    assert rows_of(desk.house.world.playlists[key]) == (SONGS[-1], *SONGS, *SONGS)


async def test_what_was_cut_off_is_no_start_once_somebody_changed_the_playlist(desk: Desk) -> None:
    key = await desk.make(SONGS[-1])
    await desk.cancelled_at(400, "add_to_playlist", playlist=key, uris=SONGS, position=1)
    await desk.call("remove_from_playlist", playlist=key, uris=SONGS[:1])
    before = rows_of(desk.house.world.playlists[key])
    text = await desk.call("add_to_playlist", playlist=key, uris=SONGS, position=1)
    assert "resumed" not in text
    assert rows_of(desk.house.world.playlists[key]) == (*SONGS, *before)


async def test_making_a_playlist_that_was_cancelled_goes_on_with_the_same_one(desk: Desk) -> None:
    known = set(desk.house.world.playlists)
    after = await desk.cancelled_at(400, "create_playlist", name="Long", uris=SONGS)
    assert after <= IN_FLIGHT
    text = await desk.call("create_playlist", name="Long", uris=SONGS)
    (key,) = set(desk.house.world.playlists) - known
    assert "begun by a call that was cut off" in text
    assert rows_of(desk.house.world.playlists[key]) == tuple(SONGS)

    assert "created: Long" in await desk.call("create_playlist", name="Long", uris=SONGS)
    assert len(set(desk.house.world.playlists) - known) == 2


async def test_saving_that_was_cancelled_stops_soon_and_goes_on(desk: Desk) -> None:
    assert await desk.cancelled_at(320, "save_to_library", uris=SONGS) <= IN_FLIGHT
    text = await desk.call("save_to_library", uris=SONGS)
    assert "verified:" in text or "Nothing to do" in text, text
    assert f"saved or followed: {len(SONGS)} of 1,200 things" in await desk.call("check_library", uris=SONGS)


async def test_looking_for_songs_that_was_cancelled_stops_soon(desk: Desk) -> None:
    lines = [f"nothing {number}" for number in range(100)]
    assert await desk.cancelled_at(5, "match_tracks", songs=lines) <= IN_FLIGHT


async def test_reordering_that_was_cancelled_stops_soon_and_can_be_undone_or_done_again(desk: Desk) -> None:
    key = await desk.make(*SONGS[:1_000])
    sorting = {"playlist": key, "action": "reverse"}
    asked = await desk.call("reorder_playlist", **sorting)
    word = asked.rsplit("confirm=", 1)[1]
    await desk.house.forget_requests()
    assert await desk.cancelled_at(22, "reorder_playlist", **sorting, confirm=word) <= IN_FLIGHT
    half = rows_of(desk.house.world.playlists[key])
    assert len(half) < 1_000
    await desk.call("undo_playlist_change", playlist=key, even_if_changed=True)
    assert rows_of(desk.house.world.playlists[key]) == tuple(SONGS[:1_000])
