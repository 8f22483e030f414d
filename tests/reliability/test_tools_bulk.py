"""Long jobs through the tools: how many requests they take, and how they go on after a cut anywhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from auxcord.simulator.world.world import catalogue_for
from tests.reliability.lab import rows_of
from tests.reliability.sample import sample_of
from tests.tools.door import House, cursor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.tools.door import Door

pytestmark = pytest.mark.anyio

WANTED = 1_000
SONGS = sample_of(catalogue_for(1)[0]).songs[:WANTED]
CALM = 25 * 3600.0
"""Seconds after which no limit is left."""
_TOTAL = re.compile(r"items \d+-\d+ of ([\d,]+)")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    house = House(tmp_path)
    await house.open()
    async with house.door("ada") as opened:
        yield opened
    await house.close()


async def test_ten_thousand_saved_tracks_are_listed_by_two_hundred_requests(
    door: Door, record_property: Callable[[str, object], None]
) -> None:
    uris: list[str] = []
    more: dict[str, Any] = {}
    while True:
        text = await door.ask("list_library", kind="tracks", limit=200, **more)
        uris += re.findall(r"spotify:track:\w{22}", text)
        if "more: cursor=" not in text:
            break
        more = {"cursor": cursor(text)}
    requests = len(await door.house.requests())
    record_property("10,000 saved tracks by list_library", {"requests": requests, "rows": len(uris)})
    shelf = door.house.world.people["ada"].library["track"]
    assert uris == [f"spotify:track:{key}" for key in shelf]
    assert requests <= 200


async def _made(door: Door) -> str:
    text = await door.ask("create_playlist", name="Long", uris=list(SONGS[-3:]))
    found = re.search(r"spotify:playlist:(\w{22})", text)
    assert found, text
    await door.house.forget_requests()
    return found[1]


async def _total(door: Door, key: str) -> int:
    """How many entries the playlist has, as a person would look."""
    found = _TOTAL.search(await door.ask("get_playlist", playlist=key, limit=1))
    assert found
    return int(found[1].replace(",", ""))


async def _requests_of_a_whole_job(door: Door) -> int:
    text = await door.ask("add_to_playlist", playlist=await _made(door), uris=list(SONGS))
    assert text.endswith(f"verified: {WANTED:,} items added, all in place."), text
    requests = await door.house.requests()
    assert [request["method"] for request in requests].count("POST") == 10
    return len(requests)


OUTAGES: dict[str, dict[str, Any]] = {
    "an answer lost": {"kind": "reset-after", "times": 1},
    "an outage": {"kind": "server-error"},
    "the day's quota used up": {"kind": "quota", "retry_after": 48_925},
}


@pytest.mark.parametrize("why", OUTAGES)
async def test_adding_a_thousand_goes_on_after_a_cut_at_any_request(
    door: Door, why: str, record_property: Callable[[str, object], None]
) -> None:
    requests, calls = await _requests_of_a_whole_job(door), 0
    for cut in range(requests):
        key = await _made(door)
        await door.house.fault(path="/v1/*", skip=cut, **OUTAGES[why])
        left = list(SONGS)
        while left:
            calls += 1
            await door.client.call_tool(
                "add_to_playlist", {"playlist": key, "uris": left}, raise_on_error=False
            )
            await door.house.control("DELETE", "faults")
            door.house.clock.now += CALM
            left = list(SONGS[await _total(door, key) - 3 :])
        assert rows_of(door.house.world.playlists[key]) == (*SONGS[-3:], *SONGS), f"cut at request {cut}"
    record_property("1,000 tracks by add_to_playlist", {"cuts": requests, "calls": calls})
    assert calls <= 2 * requests
