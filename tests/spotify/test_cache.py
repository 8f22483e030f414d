"""What is kept, for whom, for how long, and what makes it worthless."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest

from auxcord import errors
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.lifetimes import rule_for
from tests.spotify.cached import House, fitting, thing
from tests.spotify.upstream import ID, Tokens, error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio

OTHER = "2" * 22

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


@pytest.mark.parametrize("kind", ["track", "album", "artist", "show", "episode", "audiobook", "chapter"])
async def test_several_at_once_are_kept_one_by_one(kind: str) -> None:
    assert rule_for(f"/{kind}s") is None
    assert rule_for(f"/{kind}s/{ID}") is not None


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
