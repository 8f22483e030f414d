"""Pages: every list can be followed to its end, and ends where it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import ORIGIN

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio


async def follow(client: httpx2.AsyncClient, path: str, wrapper: str | None = None) -> list[Any]:
    """Follow `next` from the first page to the last."""
    url: str | None = path
    items: list[Any] = []
    while url:
        answer = await client.get(url)
        assert answer.status_code == 200, answer.text
        page = answer.json()[wrapper] if wrapper else answer.json()
        items += page["items"]
        url = page["next"]
    return items


async def test_ten_thousand_saved_tracks_take_two_hundred_pages(ada: httpx2.AsyncClient) -> None:
    items = await follow(ada, "me/tracks?limit=50")
    assert len({item["track"]["id"] for item in items}) == 10_000
    assert [item["added_at"] for item in items] == sorted((item["added_at"] for item in items), reverse=True)
    requests = (await ada.get(f"{ORIGIN}/_simulator/requests", params={"path": "/v1/me/tracks"})).json()
    assert requests["total"] == 200


@pytest.mark.parametrize(
    ("path", "total"),
    [
        ("me/albums?limit=50", 260), ("me/shows?limit=5", 12), ("me/episodes?limit=7", 40),
        ("me/audiobooks?limit=2", 5), ("me/playlists?limit=50", 69),
        ("me/top/tracks?limit=50&time_range=long_term", 99),
    ],
)  # fmt: skip
async def test_other_lists_end_too(ada: httpx2.AsyncClient, path: str, total: int) -> None:
    assert len(await follow(ada, path)) == total
    assert (await ada.get(path)).json()["total"] == total


async def test_contents_end_too(ada: httpx2.AsyncClient, app: Starlette) -> None:
    found = app.state.simulation.world.catalogue
    album = next(album for album in found.albums.values() if len(album.tracks) > 100)
    show, book = next(iter(found.shows.values())), next(iter(found.audiobooks.values()))
    assert len(await follow(ada, f"albums/{album.id}/tracks?limit=50")) == 120
    assert len(await follow(ada, f"shows/{show.id}/episodes?limit=50")) == 137
    assert len(await follow(ada, f"audiobooks/{book.id}/chapters?limit=3")) == len(book.chapters)
    artist = max(found.artists.values(), key=lambda artist: len(artist.albums) + len(artist.appears_on))
    albums = await follow(ada, f"artists/{artist.id}/albums?limit=10")
    assert len(albums) == len(artist.albums) + len(artist.appears_on)


async def test_the_page_inside_an_object_leads_on(ada: httpx2.AsyncClient, app: Starlette) -> None:
    found = app.state.simulation.world.catalogue
    album = next(album for album in found.albums.values() if len(album.tracks) > 100)
    inside = (await ada.get(f"albums/{album.id}")).json()["tracks"]
    rest = await follow(ada, inside["next"])
    assert len(inside["items"]) + len(rest) == album_total(inside) == 120


def album_total(page: dict[str, Any]) -> int:
    return int(page["total"])


async def test_links_lead_back_and_forth_and_keep_the_other_parameters(ada: httpx2.AsyncClient) -> None:
    page = (await ada.get("me/tracks?limit=10&offset=15&market=GB")).json()
    assert page["href"] == f"{ORIGIN}/v1/me/tracks?offset=15&limit=10&market=GB"
    assert page["next"] == f"{ORIGIN}/v1/me/tracks?offset=25&limit=10&market=GB"
    assert page["previous"] == f"{ORIGIN}/v1/me/tracks?offset=5&limit=10&market=GB"
    first = (await ada.get("me/tracks?limit=10")).json()
    assert first["previous"] is None


async def test_past_the_end_there_is_an_empty_page(ada: httpx2.AsyncClient) -> None:
    page = (await ada.get("me/shows?offset=500")).json()
    assert (page["items"], page["next"], page["total"]) == ([], None, 12)


@pytest.mark.parametrize("limit", ["0", "51", "-1", "x", "1.5", "", "\u0665"])
async def test_limits_out_of_range_are_refused(ada: httpx2.AsyncClient, limit: str) -> None:
    answer = await ada.get("me/tracks", params={"limit": limit})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Invalid limit")


async def test_the_list_of_playlists_has_a_last_offset(ada: httpx2.AsyncClient) -> None:
    assert (await ada.get("me/playlists?offset=100000")).status_code == 200
    assert (await ada.get("me/playlists?offset=100001")).status_code == 400


async def test_the_list_of_playlists_has_null_entries(ada: httpx2.AsyncClient) -> None:
    assert (await follow(ada, "me/playlists?limit=20")).count(None) == 1


async def test_followed_artists_are_paged_by_the_last_id(ada: httpx2.AsyncClient) -> None:
    items = await follow(ada, "me/following?type=artist&limit=50", "artists")
    assert len({item["id"] for item in items}) == 120
    page = (await ada.get("me/following?type=artist&limit=50")).json()["artists"]
    assert page["total"] == 120
    assert page["cursors"] == {"after": page["items"][-1]["id"]}
    assert "offset" not in page
    assert "previous" not in page
    last = (await ada.get("me/following", params={"type": "artist", "after": items[-2]["id"]})).json()[
        "artists"
    ]
    assert (len(last["items"]), last["next"], last["cursors"]) == (1, None, {"after": None})


@pytest.mark.parametrize("query", ["", "type=user", "type=artist&after=nobody"])
async def test_bad_questions_about_followed_artists_are_refused(ada: httpx2.AsyncClient, query: str) -> None:
    assert (await ada.get(f"me/following?{query}")).status_code == 400


async def test_recent_plays_are_paged_back_in_time(ada: httpx2.AsyncClient) -> None:
    items = await follow(ada, "me/player/recently-played?limit=20")
    times = [item["played_at"] for item in items]
    assert len(items) == 50
    assert times == sorted(times, reverse=True)
    page = (await ada.get("me/player/recently-played?limit=20")).json()
    assert "total" not in page
    later = (await ada.get("me/player/recently-played", params={"after": page["cursors"]["before"]})).json()
    assert len(later["items"]) == 19
    assert later["cursors"]["after"] == page["cursors"]["after"]


async def test_before_the_first_play_there_is_nothing_and_no_cursor(ada: httpx2.AsyncClient) -> None:
    page = (await ada.get("me/player/recently-played?before=1")).json()
    assert (page["items"], page["cursors"], page["next"]) == ([], None, None)


@pytest.mark.parametrize("query", ["after=1&before=2", "after=x", "limit=51"])
async def test_bad_questions_about_recent_plays_are_refused(ada: httpx2.AsyncClient, query: str) -> None:
    assert (await ada.get(f"me/player/recently-played?{query}")).status_code == 400
