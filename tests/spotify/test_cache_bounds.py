"""How much is kept, when it goes, and what Spotify says about keeping it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from starlette.responses import JSONResponse, Response

from auxcord import errors
from auxcord.spotify.cache import Cache
from auxcord.spotify.client import SpotifyClient
from tests.spotify.cached import House
from tests.spotify.simulated import World
from tests.spotify.upstream import ID, Seen

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio


async def test_the_cache_is_bounded_in_entries_and_the_ones_unused_for_longest_go_first() -> None:
    house = House(entries=3)
    ada = house.client()
    for key in ("1", "2", "3"):
        await ada.catalog.track(key * 22)
    await ada.catalog.track("1" * 22)
    await ada.catalog.track("4" * 22)
    assert house.cache.status().entries == 3
    asked = house.asked
    await ada.catalog.track("1" * 22)
    assert house.asked == asked
    await ada.catalog.track("2" * 22)
    assert house.asked == asked + 1


async def test_the_cache_is_bounded_in_bytes_and_takes_in_nothing_huge() -> None:
    def large(seen: Seen) -> Response:
        size = 200_000 if seen.path.endswith("9") else 9_000
        return JSONResponse({"id": ID, "uri": "spotify:x:y", "name": "n" * size, "type": "track"})

    house = House(large, size=100_000)
    ada = house.client()
    for number in range(40):
        await ada.catalog.track(f"{number:022d}")
        assert house.cache.status().size <= 100_000
    assert 5 <= house.cache.status().entries <= 11
    assert house.cache.status().size == sum(entry.weight for entry in house.cache._order)


async def test_what_has_run_out_is_swept_from_memory() -> None:
    house = House()
    await house.client("ada").library.tracks()
    await house.client("bram").catalog.track(ID)
    house.clock.now += 40
    await house.client("chidi").catalog.track(ID)
    assert house.cache.status()[:2] == (2, 2)
    house.clock.now += 400
    house.cache.sweep()
    assert house.cache.status()[:3] == (0, 0, 0)


async def test_a_clock_set_back_keeps_nothing_for_ever() -> None:
    house = House()
    await house.client().catalog.track(ID)
    house.clock.now -= 100_000
    await house.client().catalog.track(ID)
    assert house.asked == 2
    house.clock.now -= 100_000
    house.cache.sweep()
    assert house.cache.status().entries == 0


def tagged(tag: str = '"v1"', control: str = "private, max-age=0") -> Callable[[Seen], Response]:
    def reply(seen: Seen) -> Response:
        headers = {"ETag": tag, "Cache-Control": control}
        if seen.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        body = {"id": ID, "uri": "spotify:track:x", "name": tag, "type": "track", "items": [], "total": 0}
        return JSONResponse(body, headers=headers)

    return reply


async def test_an_answer_with_an_etag_lives_on_when_spotify_says_it_is_unchanged() -> None:
    house = House(tagged())
    first = await house.client().catalog.track(ID)
    house.clock.now += 301
    assert await house.client().catalog.track(ID) is first
    assert house.upstream.seen[1].headers["if-none-match"] == '"v1"'
    house.clock.now += 299
    assert await house.client().catalog.track(ID) is first
    assert house.asked == 2
    assert house.cache.status().revalidated == 1

    house.upstream.replies = [tagged('"v2"')]
    house.clock.now += 2
    assert (await house.client().catalog.track(ID)).name == '"v2"'
    house.clock.now += 601
    await house.client().catalog.track(ID)
    assert "if-none-match" not in house.upstream.seen[-1].headers


async def test_the_simulated_spotify_confirms_by_etag_what_it_sent() -> None:
    world = World()
    cache = Cache(clock=world.clock)
    async with world.http:
        ada = SpotifyClient(world.transport, await world.signed_in("ada"), cache.shelf("ada"))
        album = next(iter(world.world.catalogue.albums))
        first = await ada.catalog.album(album)
        world.clock.now += 301
        assert await ada.catalog.album(album) is first
        assert [entry["status"] for entry in await world.requests()] == [200, 304]
        assert cache.status().revalidated == 1


async def test_spotifys_own_word_on_keeping_shortens_the_time_or_forbids_it() -> None:
    for control, seconds in (("private, max-age=20", 20), ("public, max-age=86400", 300), ("max-age=0", 300)):
        house = House(tagged(control=control))
        await house.client().catalog.track(ID)
        house.clock.now += seconds - 0.01
        await house.client().catalog.track(ID)
        assert house.asked == 1
        house.clock.now += 0.02
        await house.client().catalog.track(ID)
        assert house.asked == 2
    house = House(tagged(control="No-Store"))
    await house.client().catalog.track(ID)
    await house.client().catalog.track(ID)
    assert house.asked == 2


async def test_304_is_no_answer_to_a_question_without_an_etag() -> None:
    house = House(Response(status_code=304))
    with pytest.raises(errors.MalformedAnswerError):
        await house.client().catalog.track(ID)


async def test_an_unusable_answer_is_not_kept() -> None:
    house = House(JSONResponse({"id": 5}))
    for _ in range(2):
        with pytest.raises(errors.MalformedAnswerError):
            await house.client().catalog.track(ID)
    assert house.asked == 2
    assert house.cache.status().entries == 0
