"""Search: words, filters, order, limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx2

    from .conftest import SignedIn

pytestmark = pytest.mark.anyio


async def names(client: httpx2.AsyncClient, q: str, kind: str = "track", **more: Any) -> list[str]:
    answer = await client.get("search", params={"q": q, "type": kind, "limit": 10, **more})
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()[f"{kind}s"]["items"] if item]


@pytest.mark.parametrize(
    ("q", "wanted"),
    [
        ("glass harbour", "Glass Harbour"),
        ("GLASS HARBOUR", "Glass Harbour"),
        ("agua clara", "Água Clara"),
        ("senal unica", "Señal Única"),
        ("morka natter", "Mörka Nätter"),
        ("ガラスの港", "ガラスの港"),
        ("стеклянная гавань", "Стеклянная Гавань"),
        ("елки", "Ёлки"),
    ],
)
async def test_case_and_diacritics_do_not_matter(ada: httpx2.AsyncClient, q: str, wanted: str) -> None:
    assert (await names(ada, q))[0] == wanted


async def test_the_beginning_of_the_last_word_is_enough(ada: httpx2.AsyncClient) -> None:
    assert "Glass Harbour" in await names(ada, "glass harb")


async def test_the_artist_narrows_a_title_down(ada: httpx2.AsyncClient) -> None:
    answer = await ada.get(
        "search", params={"q": 'track:"glass harbour" artist:"tin lanterns"', "type": "track"}
    )
    items = answer.json()["tracks"]["items"]
    assert items
    assert all("Tin Lanterns" in [artist["name"] for artist in item["artists"]] for item in items)


async def test_an_unquoted_filter_reaches_to_the_next_one(ada: httpx2.AsyncClient) -> None:
    assert (await names(ada, "artist:tin lanterns track:glass harbour"))[0] == "Glass Harbour"


async def test_a_recording_is_found_by_its_isrc(ada: httpx2.AsyncClient) -> None:
    found = await ada.get("search", params={"q": "glass harbour tin lanterns", "type": "track"})
    isrc = found.json()["tracks"]["items"][-1]["external_ids"]["isrc"]
    same = await ada.get("search", params={"q": f"isrc:{isrc}", "type": "track"})
    assert {item["external_ids"]["isrc"] for item in same.json()["tracks"]["items"]} == {isrc}


async def test_an_album_is_found_by_its_upc(ada: httpx2.AsyncClient) -> None:
    found = await ada.get("search", params={"q": "harbour songs", "type": "album"})
    album = (await ada.get(f"albums/{found.json()['albums']['items'][0]['id']}")).json()
    assert await names(ada, f"upc:{album['external_ids']['upc']}", "album") == [album["name"]]


async def test_years_and_genres_filter(ada: httpx2.AsyncClient) -> None:
    answer = await ada.get("search", params={"q": "year:1990-1995 genre:fado", "type": "track"})
    items = answer.json()["tracks"]["items"]
    assert items
    assert all("1990" <= item["album"]["release_date"][:4] <= "1995" for item in items)
    artists = await ada.get("search", params={"q": "genre:fado", "type": "artist"})
    assert all("fado" in artist["genres"] for artist in artists.json()["artists"]["items"])


async def test_new_and_unpopular_albums_have_tags(ada: httpx2.AsyncClient) -> None:
    assert await names(ada, "tag:hipster", "album")
    assert all(name for name in await names(ada, "tag:new", "album"))


async def test_all_seven_types_are_found_at_once(ada: httpx2.AsyncClient) -> None:
    kinds = "album,artist,playlist,track,show,episode,audiobook"
    answer = (await ada.get("search", params={"q": "harbour", "type": kinds})).json()
    assert set(answer) == {f"{kind}s" for kind in kinds.split(",")}
    assert all(answer[kind]["total"] > 0 for kind in ("albums", "playlists", "tracks", "shows", "audiobooks"))


async def test_spotifys_own_playlists_are_null_entries(ada: httpx2.AsyncClient) -> None:
    answer = await ada.get("search", params={"q": "harbour", "type": "playlist"})
    items = answer.json()["playlists"]["items"]
    assert None in items
    assert any(items)


async def test_the_order_is_the_same_every_time(ada: httpx2.AsyncClient) -> None:
    first = (await ada.get("search", params={"q": "the", "type": "track"})).json()
    assert (await ada.get("search", params={"q": "the", "type": "track"})).json() == first


async def test_following_next_reaches_the_end_without_repeats(ada: httpx2.AsyncClient) -> None:
    url: str | None = "search?q=glass&type=track&limit=10"
    seen: list[str] = []
    while url:
        page = (await ada.get(url)).json()["tracks"]
        seen += [item["id"] for item in page["items"]]
        url, total = page["next"], page["total"]
    assert len(seen) == len(set(seen)) == total


async def test_no_more_than_a_thousand_hits_can_be_reached(ada: httpx2.AsyncClient) -> None:
    page = (await ada.get("search", params={"q": "the", "type": "track", "offset": 995, "limit": 10})).json()[
        "tracks"
    ]
    assert (page["total"], page["next"], len(page["items"])) == (1000, None, 5)
    assert (await ada.get("search", params={"q": "the", "type": "track", "offset": 1000})).status_code == 200
    assert (await ada.get("search", params={"q": "the", "type": "track", "offset": 1001})).status_code == 400


async def test_fuzzy_hits_appear_when_not_all_words_are_found(ada: httpx2.AsyncClient) -> None:
    assert "Glass Harbour" in await names(ada, "glass harbour zzyzx")
    assert await names(ada, "zzyzx qwrtp") == []


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"type": "track"}, "No search query"),
        ({"q": "x"}, "Missing parameter type"),
        ({"q": "x", "type": "song"}, "Bad search type field song"),
        ({"q": "x", "type": "track", "limit": "11"}, "Invalid limit"),
        ({"q": "x", "type": "track", "limit": "0"}, "Invalid limit"),
        ({"q": "x", "type": "track", "limit": "ten"}, "Invalid limit"),
        ({"q": "x", "type": "track", "offset": "-1"}, "Invalid offset"),
        ({"q": "x", "type": "track", "market": "XX"}, "Invalid market code"),
        ({"q": "x" * 251, "type": "track"}, "Query exceeds maximum length of 250 characters"),
    ],
)
async def test_bad_searches_are_refused(
    ada: httpx2.AsyncClient, params: dict[str, str], message: str
) -> None:
    answer = await ada.get("search", params=params)
    assert (answer.status_code, answer.json()) == (400, {"error": {"status": 400, "message": message}})


async def test_five_hits_are_the_default(ada: httpx2.AsyncClient) -> None:
    page = (await ada.get("search", params={"q": "the", "type": "track"})).json()["tracks"]
    assert (page["limit"], len(page["items"])) == (5, 5)


async def test_audiobooks_exist_in_few_countries_only(signed_in: SignedIn) -> None:
    assert await names(await signed_in("farid"), "ferryman", "audiobook")
    assert await names(await signed_in("dorothea"), "ferryman", "audiobook") == []


async def test_externally_hosted_episodes_play_only_for_those_who_say_they_can(
    ada: httpx2.AsyncClient,
) -> None:
    hits = [hit for n in range(0, 200, 10) for hit in await _episodes(ada, n)]
    outside = [hit for hit in hits if hit["is_externally_hosted"]]
    assert outside
    assert not any(hit["is_playable"] for hit in outside)
    able = [hit for n in range(0, 200, 10) for hit in await _episodes(ada, n, include_external="audio")]
    assert all(hit["is_playable"] for hit in able)


async def _episodes(client: httpx2.AsyncClient, offset: int, **more: str) -> list[dict[str, Any]]:
    params = {"q": "on", "type": "episode", "limit": 10, "offset": offset, **more}
    items: list[dict[str, Any]] = (await client.get("search", params=params)).json()["episodes"]["items"]
    return items
