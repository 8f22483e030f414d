"""What is kept, for whom, for how long, and what makes it worthless."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from starlette.responses import JSONResponse, Response

from auxcord import errors
from auxcord.spotify.cache import Cache
from auxcord.spotify.client import SpotifyClient
from tests.spotify.upstream import ID, Clock, Held, Seen, Tokens, Upstream, error, transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio

OTHER = "2" * 22


def thing(seen: Seen) -> Response:
    """Something that fits every read, with who asked for it and how often anybody asked before."""
    return JSONResponse(
        {
            "id": ID,
            "uri": f"spotify:track:{ID}",
            "name": seen.headers["authorization"],
            "type": "track",
            "items": [],
            "total": 0,
            "is_playing": True,
            "devices": [],
            "artists": [],
        }
    )


class House:
    """Several people over one cache, with a clock moved by hand."""

    def __init__(self, reply: Any = thing, **limits: int) -> None:
        self.clock = Clock()
        self.upstream = Upstream(reply)
        self.transport = transport(self.upstream, self.clock)
        self.cache = Cache(clock=self.clock, **limits)

    def client(self, person: str = "ada") -> SpotifyClient:
        return SpotifyClient(self.transport, Tokens(f"token-{person}"), self.cache.shelf(person))

    @property
    def asked(self) -> int:
        return len(self.upstream.seen)


LIFETIMES: list[tuple[Callable[[SpotifyClient], Awaitable[Any]], float]] = [
    (lambda c: c.catalog.track(ID), 300),
    (lambda c: c.catalog.album(ID), 300),
    (lambda c: c.catalog.album_tracks(ID), 300),
    (lambda c: c.catalog.artist(ID), 600),
    (lambda c: c.catalog.artist_albums(ID), 300),
    (lambda c: c.catalog.episode(ID), 30),
    (lambda c: c.catalog.show_episodes(ID), 30),
    (lambda c: c.catalog.chapter(ID), 30),
    (lambda c: c.catalog.search("words", ["track"]), 60),
    (lambda c: c.library.tracks(), 5),
    (lambda c: c.library.artists(), 5),
    (lambda c: c.playlists.mine(), 5),
    (lambda c: c.playlists.get(ID), 5),
    (lambda c: c.playlists.items(ID), 5),
    (lambda c: c.history.recently_played(), 5),
    (lambda c: c.history.top_tracks(), 300),
    (lambda c: c.playback.state(), 1),
    (lambda c: c.playback.devices(), 1),
    (lambda c: c.playback.queue(), 1),
]


def fitting(seen: Seen) -> Response:
    if seen.path == "/v1/me/following":
        return JSONResponse({"artists": {"items": []}})
    if seen.path == "/v1/search":
        return JSONResponse({"tracks": {"items": [], "total": 0}})
    return thing(seen)


@pytest.mark.parametrize(("call", "seconds"), LIFETIMES)
async def test_each_kind_of_answer_is_given_again_for_its_time_and_no_longer(
    call: Callable[[SpotifyClient], Awaitable[Any]], seconds: float
) -> None:
    house = House(fitting)
    first = await call(house.client())
    house.clock.now += seconds - 0.01
    assert await call(house.client()) == first
    assert house.asked == 1
    house.clock.now += 0.02
    await call(house.client())
    assert house.asked == 2


async def test_who_somebody_is_is_always_asked() -> None:
    house = House()
    await house.client().profile.me()
    await house.client().profile.me()
    assert house.asked == 2


async def test_nothing_is_kept_for_a_client_without_a_shelf() -> None:
    house = House()
    for _ in range(2):
        await SpotifyClient(house.transport, Tokens()).catalog.artist(ID)
    assert house.asked == 2
    assert house.cache.status().entries == 0


async def test_a_hit_is_the_very_same_model() -> None:
    house = House()
    assert await house.client().catalog.track(ID) is await house.client().catalog.track(ID)
    assert house.cache.status()[3:] == (1, 1, 0)


async def test_other_arguments_are_another_question() -> None:
    house = House()
    await house.client().library.tracks(20, 0)
    await house.client().library.tracks(20, 20)
    await house.client().catalog.track(ID, "DE")
    await house.client().catalog.track(ID)
    assert house.asked == 4


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.catalog.track(ID),
        lambda c: c.library.tracks(),
        lambda c: c.playlists.get(ID),
        lambda c: c.playback.state(),
    ],
)
async def test_what_one_person_was_shown_is_never_given_to_another(
    call: Callable[[SpotifyClient], Awaitable[Any]],
) -> None:
    house = House()
    for _ in range(2):
        await call(house.client("ada"))
        await call(house.client("bram"))
    assert house.upstream.bearers == ["token-ada", "token-bram"]


async def test_artists_are_the_same_for_everybody_and_asked_for_once() -> None:
    house = House()
    await house.client("ada").catalog.artist(ID)
    await house.client("bram").catalog.artist(ID)
    assert house.upstream.bearers == ["token-ada"]


CHANGES: list[tuple[Callable[[SpotifyClient], Awaitable[Any]], Callable[[SpotifyClient], Awaitable[Any]]]] = [
    (lambda c: c.library.save([f"spotify:track:{ID}"]), lambda c: c.library.tracks()),
    (lambda c: c.library.remove([f"spotify:playlist:{ID}"]), lambda c: c.playlists.mine()),
    (lambda c: c.library.save([f"spotify:artist:{ID}"]), lambda c: c.library.artists()),
    (lambda c: c.playlists.create("Mix"), lambda c: c.playlists.mine()),
    (lambda c: c.playlists.create("Mix"), lambda c: c.catalog.search("mix", ["track"])),
    (lambda c: c.playlists.add(ID, [f"spotify:track:{ID}"]), lambda c: c.playlists.items(ID)),
    (lambda c: c.playlists.replace(ID, []), lambda c: c.playlists.get(ID)),
    (lambda c: c.playlists.change_details(ID, name="New"), lambda c: c.playlists.mine()),
    (lambda c: c.playlists.set_cover(ID, b"\xff\xd8 test"), lambda c: c.playlists.get(ID)),
    (lambda c: c.playback.pause(), lambda c: c.playback.state()),
    (lambda c: c.playback.next(), lambda c: c.playback.queue()),
    (lambda c: c.playback.play(), lambda c: c.history.recently_played()),
    (lambda c: c.playback.seek(5), lambda c: c.catalog.episode(ID)),
]


@pytest.mark.parametrize(("change", "look"), CHANGES)
async def test_after_a_change_of_ours_what_it_touches_is_read_anew_until_it_has_settled(
    change: Callable[[SpotifyClient], Awaitable[Any]], look: Callable[[SpotifyClient], Awaitable[Any]]
) -> None:
    house = House(fitting)
    ada = house.client()
    await look(ada)
    await change(ada)
    before = house.asked
    for _ in range(4):
        await look(house.client())
        house.clock.now += 1.2
    assert house.asked == before + 4
    house.clock.now += 0.3
    await look(house.client())
    await look(house.client())
    assert house.asked == before + 5


async def test_the_settling_of_a_change_outlives_the_call_that_made_it() -> None:
    house = House()
    await house.client().playback.pause()
    gc.collect()
    await house.client().playback.state()
    await house.client().playback.state()
    assert house.asked == 3


async def test_a_change_that_failed_makes_what_was_known_worthless_as_well() -> None:
    house = House()
    await house.client().playback.state()
    house.upstream.replies = [error(500, "Server error")]
    with pytest.raises(errors.AmbiguousWriteError):
        await house.client().playback.next()
    house.upstream.replies = [thing]
    await house.client().playback.state()
    assert house.asked == 3


async def test_a_change_of_one_playlist_leaves_the_others_and_other_people_alone() -> None:
    house = House()
    for person, playlist in (("ada", ID), ("ada", OTHER), ("bram", ID)):
        await house.client(person).playlists.items(playlist)
    await house.client("ada").playlists.replace(ID, [])
    before = house.asked
    await house.client("ada").playlists.items(OTHER)
    await house.client("bram").playlists.items(ID)
    assert house.asked == before
    await house.client("ada").playlists.items(ID)
    assert house.asked == before + 1


async def test_equal_reads_at_the_same_time_share_one_request() -> None:
    held = Held(thing)
    house = House(held)
    answers: list[Any] = []

    async def read(person: str) -> None:
        answers.append(await house.client(person).library.tracks())

    async with anyio.create_task_group() as group:
        for person in ("ada", "bram") * 10:
            group.start_soon(read, person)
        await anyio.wait_all_tasks_blocked()
        assert house.upstream.bearers == ["token-ada", "token-bram"]
        held.release()
    assert len(answers) == 20
    assert house.asked == 2


async def test_those_who_share_a_request_share_its_failure() -> None:
    held = Held(error(404, "Resource not found"))
    house = House(held)
    caught: list[errors.NotFoundError] = []

    async def read() -> None:
        with pytest.raises(errors.NotFoundError) as raised:
            await house.client().catalog.track(ID)
        caught.append(raised.value)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(read)
        await anyio.wait_all_tasks_blocked()
        held.release()
    assert house.asked == 1
    assert len({id(error) for error in caught}) == 5
    assert {(str(error), error.advice) for error in caught} == {(str(caught[0]), caught[0].advice)}
    held.reply = thing
    await house.client().catalog.track(ID)
    assert house.asked == 2


async def test_when_the_one_who_asks_gives_up_another_asks_for_those_who_wait() -> None:
    held = Held(thing)
    house = House(held)
    answers: list[Any] = []
    scopes: list[anyio.CancelScope] = []

    async def read() -> None:
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            answers.append(await house.client().catalog.track(ID))

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(read)
            await anyio.wait_all_tasks_blocked()
        scopes[0].cancel()
        await anyio.wait_all_tasks_blocked()
        held.release()
    assert len(answers) == 2
    assert house.asked == 2


async def test_a_read_that_a_change_overtook_is_given_out_but_neither_kept_nor_joined() -> None:
    held = Held(thing)
    house = House(held)
    async with anyio.create_task_group() as group:
        group.start_soon(house.client().playlists.items, ID)
        await anyio.wait_all_tasks_blocked()
        held.skip(1)
        await house.client().playlists.replace(ID, [])
        group.start_soon(house.client().playlists.items, ID)
        await anyio.wait_all_tasks_blocked()
        held.release()
    assert house.asked == 3
    assert house.cache.status().entries == 0


async def test_forgetting_drops_everything_of_a_person_and_nothing_comes_back() -> None:
    held = Held(thing, open_=True)
    house = House(held)
    ada, bram = house.client("ada"), house.client("bram")
    for client in (ada, bram):
        await client.catalog.track(ID)
        await client.library.tracks()
        await client.playback.state()
    held.close()
    async with anyio.create_task_group() as group:
        group.start_soon(ada.playlists.mine)
        group.start_soon(bram.playlists.mine)
        await anyio.wait_all_tasks_blocked()
        house.cache.forget("ada")
        assert house.cache.status().people == 1
        held.release()
    await ada.library.albums()
    await ada.playback.pause()
    status = house.cache.status()
    assert (status.people, status.entries) == (1, 4)
    house.cache.forget("bram")
    assert house.cache.status()[:3] == (0, 0, 0)
    before = house.asked
    await house.client("ada").catalog.track(ID)
    assert house.asked == before + 1
    house.cache.forget("nobody")


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
