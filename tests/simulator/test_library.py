"""Saving, removing and asking: /me/library and its older relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import CLIENT_ID, ORIGIN, SignedIn

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio


def one_of_each(app: Starlette) -> dict[str, str]:
    """Find something of every kind that Ada has not saved."""
    world = app.state.simulation.world
    found = world.catalogue
    mine = world.people["ada"]
    owned = {**mine.library, "artist": mine.followed_artists}
    new = {kind: next(key for key in getattr(found, f"{kind}s") if key not in owned[kind]) for kind in owned}
    uris = {kind: f"spotify:{kind}:{key}" for kind, key in new.items()}
    foreign = next(p for p in world.playlists.values() if p.name == "Lagos nights")
    return {
        **uris,
        "playlist": f"spotify:playlist:{foreign.id}",
        "user": "spotify:user:emi%2337%20%26%20co%2F%C3%A9",
    }


async def test_everything_can_be_saved_asked_for_and_removed(ada: httpx2.AsyncClient, app: Starlette) -> None:
    uris = ",".join(one_of_each(app).values())
    assert (await ada.get("me/library/contains", params={"uris": uris})).json() == [False] * 8
    saved = await ada.put("me/library", params={"uris": uris})
    assert (saved.status_code, saved.content) == (200, b"")
    assert (await ada.get("me/library/contains", params={"uris": uris})).json() == [True] * 8
    assert (await ada.delete("me/library", params={"uris": uris})).status_code == 200
    assert (await ada.get("me/library/contains", params={"uris": uris})).json() == [False] * 8


async def test_the_newest_comes_first(ada: httpx2.AsyncClient, app: Starlette) -> None:
    track = one_of_each(app)["track"]
    await ada.put("me/library", params={"uris": track})
    page = (await ada.get("me/tracks?limit=1")).json()
    assert (page["items"][0]["track"]["uri"], page["total"]) == (track, 10_001)


async def test_saving_twice_keeps_the_first_time(ada: httpx2.AsyncClient) -> None:
    first = (await ada.get("me/tracks?limit=1&offset=5")).json()["items"][0]
    await ada.put("me/library", params={"uris": first["track"]["uri"]})
    assert (await ada.get("me/tracks?limit=1&offset=5")).json()["items"][0] == first


async def test_a_body_is_not_the_place_for_uris(ada: httpx2.AsyncClient, app: Starlette) -> None:
    answer = await ada.put("me/library", json={"uris": [one_of_each(app)["track"]]})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Missing required field: uris")


@pytest.mark.parametrize(
    "uris",
    [
        "garbage", "spotify:track:short", "spotify:chapter:" + "0" * 22, "spotify:local:a:b:c:1", "https://open.spotify.com/x",
        ",".join(["spotify:track:" + "0" * 22] * 41),
    ],
)  # fmt: skip
async def test_bad_uris_and_too_many_are_refused(ada: httpx2.AsyncClient, uris: str) -> None:
    for method, path in (("PUT", "me/library"), ("DELETE", "me/library"), ("GET", "me/library/contains")):
        assert (await ada.request(method, path, params={"uris": uris})).status_code == 400


async def test_forty_uris_are_accepted(ada: httpx2.AsyncClient, app: Starlette) -> None:
    uris = ",".join(f"spotify:track:{key}" for key in list(app.state.simulation.world.catalogue.tracks)[:40])
    assert (await ada.put("me/library", params={"uris": uris})).status_code == 200


@pytest.mark.parametrize(
    ("kind", "modify", "read"),
    [
        ("track", "user-library-modify", "user-library-read"),
        ("audiobook", "user-library-modify", "user-library-read"),
        ("artist", "user-follow-modify", "user-follow-read"),
        ("user", "user-follow-modify", "user-follow-read"),
        ("playlist", "playlist-modify-public", "playlist-read-private"),
    ],
)
async def test_the_scope_follows_the_kind_of_thing(
    signed_in: SignedIn, app: Starlette, kind: str, modify: str, read: str
) -> None:
    params = {"uris": one_of_each(app)[kind]}
    client = await signed_in("ada", [modify, read])
    assert (await client.put("me/library", params=params)).status_code == 200
    assert (await client.get("me/library/contains", params=params)).json() == [True]
    every = set(app.state.simulation.tokens.consents[0].scopes) | {"user-library-modify", "user-library-read"}
    without = await signed_in("ada", sorted(every - {modify, read}))
    assert (await without.put("me/library", params=params)).status_code == 403
    assert (await without.get("me/library/contains", params=params)).status_code == 403


async def test_one_uri_of_a_kind_without_scope_stops_them_all(signed_in: SignedIn, app: Starlette) -> None:
    client = await signed_in("ada", ["user-library-modify", "user-library-read"])
    uris = one_of_each(app)
    both = {"uris": f"{uris['track']},{uris['artist']}"}
    assert (await client.put("me/library", params=both)).status_code == 403
    assert (await client.get("me/library/contains", params={"uris": uris["track"]})).json() == [False]


async def test_an_unfollowed_playlist_lives_on_and_can_be_followed_again(ada: httpx2.AsyncClient) -> None:
    made = (await ada.post("me/playlists", json={"name": "Short-lived"})).json()
    await ada.delete("me/library", params={"uris": made["uri"]})
    listed = (await ada.get("me/playlists?limit=50")).json()["items"]
    assert made["id"] not in [item["id"] for item in listed if item]
    assert (await ada.get(f"playlists/{made['id']}")).status_code == 200
    await ada.put("me/library", params={"uris": f"spotify:user:ada:playlist:{made['id']}"})
    assert (await ada.get("me/playlists?limit=1")).json()["items"][0]["id"] == made["id"]


async def test_saved_audiobooks_are_wrapped_like_the_others(ada: httpx2.AsyncClient) -> None:
    items = (await ada.get("me/audiobooks")).json()["items"]
    assert all(item.keys() == {"added_at", "audiobook"} for item in items)


async def test_people_do_not_see_each_others_libraries(signed_in: SignedIn, app: Starlette) -> None:
    ada, bram = await signed_in("ada"), await signed_in("bram")
    track = {"uris": one_of_each(app)["track"]}
    await ada.put("me/library", params=track)
    assert (await bram.get("me/library/contains", params=track)).json() == [False]
    assert (await bram.get("me/tracks")).json()["total"] == 140


# --- the calls of before 2026 ---------------------------------------------------------------------


@pytest.fixture
async def older(ada: httpx2.AsyncClient) -> httpx2.AsyncClient:
    await ada.post(
        f"{ORIGIN}/_simulator/apps", json={"client_id": CLIENT_ID, "profile": "legacy-development"}
    )
    return ada


@pytest.mark.parametrize("kind", ["tracks", "albums", "shows", "episodes", "audiobooks"])
async def test_typed_calls_save_ask_and_remove(older: httpx2.AsyncClient, app: Starlette, kind: str) -> None:
    ids = ",".join(list(getattr(app.state.simulation.world.catalogue, kind))[-2:])
    body: dict[str, Any] = (
        {"json": {"ids": ids.split(",")}} if kind in {"tracks", "albums", "episodes"} else {}
    )
    saved = await older.put(f"me/{kind}", params={} if body else {"ids": ids}, **body)
    assert (saved.status_code, saved.content) == (200, b"")
    assert (await older.get(f"me/{kind}/contains", params={"ids": ids})).json() == [True, True]
    assert (await older.delete(f"me/{kind}", params={"ids": ids})).status_code == 200
    assert (await older.get(f"me/{kind}/contains", params={"ids": ids})).json() == [False, False]


@pytest.mark.parametrize(("kind", "most"), [("tracks", 50), ("albums", 20), ("shows", 50)])
async def test_typed_calls_take_so_many_ids_and_no_more(
    older: httpx2.AsyncClient, kind: str, most: int
) -> None:
    assert (await older.put(f"me/{kind}", params={"ids": ",".join(["0" * 22] * most)})).status_code == 200
    answer = await older.put(f"me/{kind}", params={"ids": ",".join(["0" * 22] * (most + 1))})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Too many ids requested")
    assert (await older.put(f"me/{kind}", params={"ids": "short"})).status_code == 400
    assert (await older.put(f"me/{kind}")).status_code == 400


async def test_timestamped_tracks_go_to_their_place_in_the_past(
    older: httpx2.AsyncClient, app: Starlette
) -> None:
    track = one_of_each(app)["track"].rpartition(":")[2]
    stamped = {"timestamped_ids": [{"id": track, "added_at": "2001-02-03T04:05:06Z"}], "ids": ["ignored"]}
    assert (await older.put("me/tracks", json=stamped)).status_code == 200
    last = (await older.get("me/tracks?limit=1&offset=10000")).json()["items"][0]
    assert (last["track"]["id"], last["added_at"]) == (track, "2001-02-03T04:05:00Z")
    assert (await older.put("me/tracks", json={"timestamped_ids": [{"id": track}]})).status_code == 400


async def test_following_answers_204(older: httpx2.AsyncClient, app: Starlette) -> None:
    artist = one_of_each(app)["artist"].rpartition(":")[2]
    for params in ({"type": "artist", "ids": artist}, {"type": "user", "ids": "emi#37 & co/é"}):
        assert (await older.put("me/following", params=params)).status_code == 204
        assert (await older.get("me/following/contains", params=params)).json() == [True]
        assert (await older.delete("me/following", params=params)).status_code == 204
        assert (await older.get("me/following/contains", params=params)).json() == [False]
    assert (await older.put("me/following", params={"type": "song", "ids": artist})).status_code == 400


async def test_playlists_can_be_followed_by_path(older: httpx2.AsyncClient, app: Starlette) -> None:
    path = f"playlists/{one_of_each(app)['playlist'].rpartition(':')[2]}/followers"
    assert (await older.get(f"{path}/contains")).json() == [False]
    assert (await older.put(path, json={"public": False})).status_code == 200
    assert (await older.get(f"{path}/contains")).json() == [True]
    assert (await older.delete(path)).status_code == 200
    assert (await older.get(f"{path}/contains")).json() == [False]


async def test_batch_reads_give_null_for_what_is_unknown(older: httpx2.AsyncClient, app: Starlette) -> None:
    for kind in ("tracks", "albums", "artists", "shows", "episodes", "audiobooks", "chapters"):
        known = next(iter(getattr(app.state.simulation.world.catalogue, kind)))
        items = (await older.get(kind, params={"ids": f"{known},{'0' * 22}"})).json()[kind]
        assert items[0]["id"] == known
        assert items[1] is None


async def test_other_peoples_profiles_and_public_playlists_can_be_read(older: httpx2.AsyncClient) -> None:
    assert (await older.get("users/emi%2337%20%26%20co%2F%C3%A9")).json()["display_name"] == "エミ"
    assert (await older.get("users/nobody")).status_code == 404
    names = [
        item["name"]
        for item in (await older.get("users/31bramqk5r2xv7wzt3m4nd6hs8yj/playlists")).json()["items"]
        if item
    ]
    assert "Fietsen" in names
    assert "Privé" not in names
    assert (await older.post("users/farid-73/playlists", json={"name": "x"})).status_code == 403
    assert (await older.post("users/ada/playlists", json={"name": "x"})).status_code == 201
