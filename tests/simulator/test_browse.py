"""What only extended apps still have: browsing, audio features, recommendations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import CLIENT_ID, ORIGIN

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio


@pytest.fixture
async def extended(ada: httpx2.AsyncClient) -> httpx2.AsyncClient:
    await ada.post(f"{ORIGIN}/_simulator/apps", json={"client_id": CLIENT_ID, "profile": "extended"})
    return ada


async def recommended(client: httpx2.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get("recommendations", params=params)
    assert answer.status_code == 200, answer.text
    tracks: list[dict[str, Any]] = answer.json()["tracks"]
    return tracks


async def test_categories_can_be_listed_and_opened(extended: httpx2.AsyncClient) -> None:
    page = (await extended.get("browse/categories", params={"locale": "sv_SE", "limit": 4})).json()[
        "categories"
    ]
    assert (page["total"], len(page["items"])) == (6, 4)
    one = page["items"][0]
    assert (await extended.get(f"browse/categories/{one['id']}")).json() == one
    lists = (await extended.get(f"browse/categories/{one['id']}/playlists")).json()
    assert lists["playlists"]["total"] == 4
    assert (await extended.get("browse/categories/nothing")).status_code == 404
    assert (await extended.get("browse/categories", params={"locale": "swedish"})).status_code == 400


async def test_new_releases_come_newest_first(extended: httpx2.AsyncClient) -> None:
    page = (await extended.get("browse/new-releases", params={"limit": 50})).json()["albums"]
    dates = [album["release_date"][:4] for album in page["items"]]
    assert dates == sorted(dates, reverse=True)
    assert page["total"] == 100


async def test_markets_and_genres_are_listed(extended: httpx2.AsyncClient) -> None:
    assert {"GB", "JP", "US"} <= set((await extended.get("markets")).json()["markets"])
    genres = (await extended.get("recommendations/available-genre-seeds")).json()["genres"]
    assert "indie-rock" in genres


async def test_audio_features_stay_the_same(extended: httpx2.AsyncClient, app: Starlette) -> None:
    ids = list(app.state.simulation.world.catalogue.tracks)[:3]
    many = (await extended.get("audio-features", params={"ids": ",".join([*ids, "0" * 22])})).json()
    assert [entry and entry["id"] for entry in many["audio_features"]] == [*ids, None]
    assert (await extended.get(f"audio-features/{ids[0]}")).json() == many["audio_features"][0]
    analysis = (await extended.get(f"audio-analysis/{ids[0]}")).json()
    assert analysis["track"]["tempo"] == many["audio_features"][0]["tempo"]
    assert len(analysis["beats"]) > len(analysis["bars"])


async def test_recommendations_follow_their_seeds(extended: httpx2.AsyncClient, app: Starlette) -> None:
    found = app.state.simulation.world.catalogue
    artist = next(artist for artist in found.artists.values() if artist.genres)
    genres = set(artist.genres)
    for track in await recommended(extended, seed_artists=artist.id, limit=30):
        assert genres & set(found.artists[track["artists"][0]["id"]].genres)
    seeds = (await extended.get("recommendations", params={"seed_genres": "indie-rock,jazz"})).json()["seeds"]
    assert [(seed["id"], seed["type"], seed["href"]) for seed in seeds] == [
        ("indie-rock", "GENRE", None), ("jazz", "GENRE", None),
    ]  # fmt: skip
    assert len(await recommended(extended, seed_tracks=artist.albums[0].tracks[0].id, limit=1)) == 1


async def test_recommendations_can_be_tuned(extended: httpx2.AsyncClient) -> None:
    tuned = await recommended(extended, seed_genres="jazz", min_duration_ms=300_000, max_popularity=30)
    assert tuned
    assert all(track["duration_ms"] >= 300_000 and track["popularity"] <= 30 for track in tuned)
    nearest = await recommended(extended, seed_genres="jazz", target_duration_ms=200_000)
    distances = [abs(track["duration_ms"] - 200_000) for track in nearest]
    assert distances == sorted(distances)


@pytest.mark.parametrize(
    "query",
    [
        "", "seed_genres=polka", "seed_genres=jazz,folk,soul,fado,mpb,house", "seed_artists=short",
        "seed_artists=" + "0" * 22, "seed_tracks=" + "0" * 22, "seed_genres=jazz&limit=101",
        "seed_genres=jazz&min_energy=2", "seed_genres=jazz&min_energy=nan", "seed_genres=jazz&target_key=1.5",
    ],
)  # fmt: skip
async def test_bad_wishes_are_refused(extended: httpx2.AsyncClient, query: str) -> None:
    assert (await extended.get(f"recommendations?{query}")).status_code == 400
