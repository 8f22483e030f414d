"""One interface for every kind of app: against the simulated Spotify as each of them sees it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import anyio
import pytest

from auxcord import errors
from auxcord.spotify.cache import Cache
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.models import Show
from auxcord.spotify.modes import Access, Mode
from tests.spotify.simulated import World
from tests.spotify.test_modes import Paper
from tests.spotify.things import PROFILES, mixed, named, some

pytestmark = pytest.mark.anyio


async def paths(world: World) -> Counter[tuple[str, int]]:
    asked = await world.requests()
    return Counter((entry["path"].removeprefix("/v1"), entry["status"]) for entry in asked)


REQUESTS_FOR_50 = {"development": (51, 50), "legacy-development": (7, 7), "extended": (7, 7)}


async def test_fifty_things_of_all_kinds_come_in_order_whatever_the_app_may(anywhere: World) -> None:
    ada = await anywhere.client("ada")
    uris = mixed(anywhere)
    for requests in REQUESTS_FOR_50[anywhere.profile]:
        await anywhere.forget_requests()
        items = await ada.catalog.many(uris)
        asked = await anywhere.requests()
        assert len(asked) == requests
        assert named(items) == uris
    assert ada.mode is (Mode.DEVELOPMENT if anywhere.profile == "development" else Mode.UNKNOWN)


async def test_what_was_looked_up_together_is_known_together_and_alone(anywhere: World) -> None:
    cache = Cache(clock=anywhere.clock)
    ada = SpotifyClient(anywhere.transport, await anywhere.signed_in("ada"), cache.shelf("ada"))
    uris = mixed(anywhere)
    items = await ada.catalog.many(uris)
    shows = [uri for uri in uris if ":show:" in uri]
    await anywhere.forget_requests()
    assert await ada.catalog.many(uris) == items
    for uri in uris:
        if uri not in shows:
            assert await ada.catalog.item(uri) is items[uris.index(uri)]
    assert await anywhere.requests() == []
    show: Any = await ada.catalog.item(shows[0])
    assert show.episodes is not None
    assert await ada.catalog.many(shows[:2]) == [show, items[uris.index(shows[1])]]


async def test_things_are_the_same_read_together_and_one_by_one(anywhere: World) -> None:
    ada = await anywhere.client("ada")
    for uri, item in zip(uris := mixed(anywhere, 21), await ada.catalog.many(uris), strict=True):
        alone: Any = await ada.catalog.item(uri)
        if isinstance(item, Show):
            assert (item.uri, item.name, item.total_episodes) == (alone.uri, alone.name, alone.total_episodes)
        else:
            assert item == alone


async def test_each_thing_that_cannot_be_read_has_its_own_reason(anywhere: World) -> None:
    ada = await anywhere.client("ada")
    good = mixed(anywhere, 14)
    missing = [f"spotify:{kind}:{'0' * 22}" for kind in ("track", "episode", "playlist")]
    for _ in range(2):
        outcomes = await ada.catalog.each([*missing, *good])
        assert [type(outcome) for outcome in outcomes[:3]] == [errors.NotFoundError] * 3
        assert named(outcomes[3:]) == good
        assert (await ada.catalog.many([missing[0], *good]))[0] is None


async def test_a_missing_permission_is_told_for_what_needs_it_and_teaches_nothing(anywhere: World) -> None:
    fault = {"status": 403, "body": {"error": {"status": 403, "message": "Insufficient client scope"}}}
    await anywhere.control("POST", "/faults", kind="status", path="/v1/episodes*", **fault)
    ada = await anywhere.client("ada")
    uris = mixed(anywhere, 21)
    outcomes = dict(zip(uris, await ada.catalog.each(uris), strict=True))
    for uri, outcome in outcomes.items():
        assert isinstance(outcome, errors.InsufficientScopeError) == (":episode:" in uri), uri
    with pytest.raises(errors.InsufficientScopeError):
        await ada.catalog.many(uris)
    assert ada.mode is not Mode.EXTENDED


async def test_a_used_up_quota_for_several_at_once_is_no_reason_to_refuse_them_one_by_one() -> None:
    world = World("legacy-development")
    async with world.http:
        ada = await world.client("ada")
        await world.control("POST", "/settings", quotas={"/tracks": 1})
        uris = [uri for uri in mixed(world) if ":track:" in uri]
        for _ in range(3):
            assert named(await ada.catalog.many(uris)) == uris
        assert Counter(entry["status"] for entry in await world.requests())[429] == 1
        assert ada.mode is Mode.LEGACY  # only apps in development mode have a quota


async def test_being_told_to_slow_down_at_the_first_try_is_taken_for_closed() -> None:
    world = World("development")
    async with world.http:
        ada = await world.client("ada")
        await world.control("POST", "/faults", kind="rate-limited", path="/v1/tracks", retry_after=1)
        uris = [uri for uri in mixed(world) if ":track:" in uri]
        for _ in range(3):
            assert named(await ada.catalog.many(uris)) == uris
        asked = [entry for entry in await world.requests() if entry["path"] == "/v1/tracks"]
        assert len(asked) == 3


async def test_many_first_readers_at_once_cost_one_refused_request_between_them() -> None:
    world = World("development")
    async with world.http:
        ada = await world.client("ada")
        uris = mixed(world, 14)
        async with anyio.create_task_group() as group:
            for _ in range(12):
                group.start_soon(ada.catalog.many, uris)
        refused = [entry for entry in await world.requests() if entry["status"] == 403]
        assert len(refused) == 1


SEARCHES = {"development": (5, 5), "legacy-development": (5, 1), "extended": (5, 1)}


async def test_fifty_results_come_at_once_where_they_may(anywhere: World) -> None:
    ada = await anywhere.client("ada")
    answers = []
    for requests in SEARCHES[anywhere.profile]:
        await anywhere.forget_requests()
        answers.append(await ada.catalog.search("a", ["track", "album"], limit=50))
        assert await paths(anywhere) == {("/search", 200): requests}
    first, second = answers
    assert first.tracks is not None
    assert second.tracks is not None
    assert len(first.tracks.items) == 50
    assert [track and track.uri for track in first.tracks.items] == [
        track and track.uri for track in second.tracks.items
    ]
    assert (first.tracks.total, first.tracks.offset) == (second.tracks.total, second.tracks.offset)


async def test_a_search_that_tells_nothing_about_the_app_finds_out_by_asking_for_fifty(
    anywhere: World,
) -> None:
    ada = await anywhere.client("ada")
    for _ in range(2):
        found = await ada.catalog.search("a", ["playlist"], limit=30)
        assert found.playlists is not None
        assert len(found.playlists.items) == min(30, found.playlists.total)
    statuses = Counter(entry["status"] for entry in await anywhere.requests())
    assert statuses == ({200: 6, 400: 1} if anywhere.profile == "development" else {200: 2})


async def test_a_search_that_is_wrong_in_itself_teaches_nothing(anywhere: World) -> None:
    ada = await anywhere.client("ada")
    with pytest.raises(errors.BadRequestError):
        await ada.catalog.search("a", ["playlist"], limit=30, market="??")
    assert ada.mode is Mode.UNKNOWN


async def test_an_artists_albums_come_at_once_where_they_may(anywhere: World) -> None:
    ada = await anywhere.client("ada")
    artists = anywhere.world.catalogue.artists.values()
    artist = max(artists, key=lambda each: len(each.albums) + len(each.appears_on))
    for _ in range(2):
        page = await ada.catalog.artist_albums(artist.id, limit=30)
        assert len(page.items) == min(30, page.total) > 10
    statuses = Counter(entry["status"] for entry in await anywhere.requests())
    assert statuses == ({200: 6, 400: 1} if anywhere.profile == "development" else {200: 2})


async def test_asking_for_the_mode_finds_it_with_at_most_two_requests_and_remembers_it(
    anywhere: World,
) -> None:
    paper = Paper()
    anywhere.another_process(Access(paper, clock=anywhere.clock))
    ada = await anywhere.client("ada")
    assert await ada.find_mode() == anywhere.profile
    assert len(await anywhere.requests()) <= 2
    await anywhere.forget_requests()
    access = Access(paper, clock=anywhere.clock)
    await access.load()
    anywhere.another_process(access)
    again = await anywhere.client("ada")
    assert again.mode == anywhere.profile
    assert await again.find_mode() == anywhere.profile
    assert await anywhere.requests() == []
    await again.catalog.many(mixed(anywhere))
    assert len(await anywhere.requests()) == REQUESTS_FOR_50[anywhere.profile][1]


@pytest.mark.parametrize("before", PROFILES)
@pytest.mark.parametrize("after", PROFILES)
async def test_when_spotify_changes_the_app_every_answer_stays_right_and_the_mode_is_learnt_again(
    before: str, after: str
) -> None:
    world = World(before)
    async with world.http:
        ada = await world.client("ada")
        uris = mixed(world)
        assert await ada.find_mode() == before
        await ada.catalog.many(uris)
        await world.become(after)
        for _ in range(3):
            world.clock.now += 100
            assert named(await ada.catalog.many(uris)) == uris
            found = await ada.catalog.search("a", ["track"], limit=50)
            assert found.tracks is not None
            assert len(found.tracks.items) == 50
            world.clock.now += 100
        world.clock.now += 86_400
        await world.forget_requests()
        await ada.catalog.many(uris)
        with pytest.raises(errors.EndpointClosedError) if after != "extended" else _nothing():
            await ada.browse.featured(limit=1)
        assert await ada.find_mode() == after
        await world.forget_requests()
        await ada.catalog.many(uris)
        assert len(await world.requests()) == REQUESTS_FOR_50[after][1]


async def test_a_single_stray_refusal_falls_back_at_once_and_is_soon_forgotten() -> None:
    world = World("extended")
    async with world.http:
        ada = await world.client("ada")
        uris = mixed(world)
        await ada.catalog.many(uris)
        body = {"error": {"status": 403, "message": "Forbidden"}}
        await world.control(
            "POST", "/faults", kind="status", path="/v1/tracks", status=403, body=body, times=1
        )
        assert named(await ada.catalog.many(uris)) == uris
        world.clock.now += 61
        await ada.catalog.track(some(world, "tracks"))
        await world.forget_requests()
        await ada.catalog.many(uris)
        assert len(await world.requests()) == 7


async def test_somebody_elses_playlist_is_read_where_the_app_is_old_enough(anywhere: World) -> None:
    ada = await anywhere.client("ada")
    foreign = next(one for one in anywhere.world.playlists.values() if one.name == "Nordic winter")
    if anywhere.profile == "development":
        for _ in range(3):
            with pytest.raises(errors.EndpointClosedError):
                await ada.playlists.items(foreign.id, limit=50)
        assert len(await anywhere.requests()) == 4
        return
    rows = []
    for offset in (0, 50, 100):
        rows += (await ada.playlists.items(foreign.id, limit=50, offset=offset)).items
    assert [row and row.item and row.item.uri for row in rows] == [row.uri for row in foreign.entries]
    assert len(await anywhere.requests()) == 4


class _nothing:  # noqa: N801  # stands for a context that expects nothing
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
