"""What Spotify closed to most apps: asked for once, and refused by us from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from auxcord import errors
from tests.spotify.simulated import World
from tests.spotify.things import OLDER, some

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from auxcord.spotify.client import SpotifyClient

pytestmark = pytest.mark.anyio

Call = tuple[str, "Callable[[SpotifyClient, World], Awaitable[Any]]"]
SINCE_2026: list[Call] = [
    ("markets", lambda c, _: c.browse.markets()),
    ("categories", lambda c, _: c.browse.categories(limit=3)),
    ("category", lambda c, _: c.browse.category("party")),
    ("new releases", lambda c, _: c.browse.new_releases(limit=3)),
    ("top tracks", lambda c, w: c.catalog.artist_top_tracks(some(w, "artists"))),
    ("somebody", lambda c, _: c.profile.user("ada")),
    ("somebody with a strange id", lambda c, _: c.profile.user("emi#37 & co/é")),
    ("somebody's playlists", lambda c, _: c.profile.playlists_of("ada", limit=3)),
]
SINCE_2024: list[Call] = [
    ("featured", lambda c, _: c.browse.featured(limit=3)),
    ("shelf", lambda c, _: c.browse.category_playlists("party", limit=3)),
    ("genres", lambda c, _: c.browse.genres()),
    ("recommendations", lambda c, w: c.browse.recommendations(tracks=[some(w, "tracks")], limit=7)),
    ("features", lambda c, w: c.browse.audio_features(list(w.world.catalogue.tracks)[:120])),
    ("related", lambda c, w: c.catalog.related_artists(some(w, "artists"))),
]


@pytest.mark.parametrize("call", [*SINCE_2026, *SINCE_2024], ids=lambda call: call[0])
async def test_what_is_closed_to_the_app_is_refused_by_spotify_once_and_by_us_from_then_on(
    anywhere: World, call: Call
) -> None:
    ada = await anywhere.client("ada")
    name, ask = call
    is_open = anywhere.profile == "extended" or (call in SINCE_2026 and anywhere.profile in OLDER)
    if is_open:
        assert await ask(ada, anywhere)
        return
    for _ in range(3):
        with pytest.raises(errors.EndpointClosedError, match="closed this"):
            await ask(ada, anywhere)
    asked = len(await anywhere.requests())
    assert asked <= (2 if name in {"shelf", "related", "features"} else 1)
    anywhere.clock.now += 86_400
    with pytest.raises(errors.EndpointClosedError):
        await ask(ada, anywhere)
    assert len(await anywhere.requests()) > asked


async def test_what_does_not_exist_is_not_taken_for_closed() -> None:
    world = World("extended")
    async with world.http:
        ada = await world.client("ada")
        for _ in range(2):
            with pytest.raises(errors.NotFoundError):
                await ada.catalog.related_artists("0" * 22)
            with pytest.raises(errors.NotFoundError):
                await ada.browse.category_playlists("nothing of the kind")
            with pytest.raises(errors.NotFoundError):
                await ada.catalog.artist_top_tracks("0" * 22)
        assert await ada.browse.audio_features(["0" * 22]) == [None]
        assert await ada.catalog.related_artists(some(world, "artists"))
