"""Playlists: details, visibility, covers, the fields filter."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import ORIGIN, HandClock, SignedIn

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio


def named(app: Starlette, name: str) -> str:
    return str(next(p.id for p in app.state.simulation.world.playlists.values() if p.name == name))


async def snapshot(client: httpx2.AsyncClient, playlist: str) -> str:
    return str((await client.get(f"playlists/{playlist}")).json()["snapshot_id"])


async def test_a_new_playlist_is_public_and_empty_and_listed_first(ada: httpx2.AsyncClient) -> None:
    answer = await ada.post("me/playlists", json={"name": "Café ☕", "description": "Slow"})
    made = answer.json()
    assert answer.status_code == 201
    assert (made["name"], made["public"], made["collaborative"], made["owner"]["id"]) == (
        "Café ☕",
        True,
        False,
        "ada",
    )
    assert (made["items"]["total"], made["images"], made["description"]) == (0, None, "Slow")
    listed = (await ada.get("me/playlists?limit=1")).json()["items"][0]
    assert (listed["id"], listed["items"]) == (
        made["id"], {"href": f"{ORIGIN}/v1/playlists/{made['id']}/items", "total": 0},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing required field: name"),
        ({"name": ""}, "Missing required field: name"),
        ({"name": "x", "collaborative": True}, "Collaborative playlists can only be private."),
        ({"name": "x", "public": "yes"}, "Error parsing JSON: wrong type for public."),
        ({"name": "x", "description": "see https://example.com"}, "Invalid description"),
    ],
)
async def test_bad_playlists_are_not_made(
    ada: httpx2.AsyncClient, body: dict[str, Any], message: str
) -> None:
    answer = await ada.post("me/playlists", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


async def test_a_body_that_is_not_json_is_refused(ada: httpx2.AsyncClient) -> None:
    for body in (b"{", b"[1]", b'"x"', b"[" * 100_000, b"\xff", b'{"name": "\\ud800"}'):
        assert (await ada.post("me/playlists", content=body)).status_code == 400


@pytest.mark.parametrize(
    ("scopes", "body", "status"),
    [
        (["playlist-modify-public"], {"name": "x"}, 201),
        (["playlist-modify-private"], {"name": "x"}, 403),
        (["playlist-modify-private"], {"name": "x", "public": False}, 201),
        (["playlist-modify-public"], {"name": "x", "public": False}, 403),
        (["playlist-modify-private"], {"name": "x", "public": False, "collaborative": True}, 403),
        (["playlist-modify-private", "playlist-modify-public"],
         {"name": "x", "public": False, "collaborative": True}, 201),
    ],
)  # fmt: skip
async def test_the_scope_for_making_follows_the_visibility(
    signed_in: SignedIn, scopes: list[str], body: dict[str, Any], status: int
) -> None:
    assert (await (await signed_in("ada", scopes)).post("me/playlists", json=body)).status_code == status


async def test_the_scope_for_changing_follows_the_visibility(signed_in: SignedIn, app: Starlette) -> None:
    public, private = named(app, "Sunday slow"), named(app, "Everything, twice")
    for scope, allowed, refused in (
        ("playlist-modify-public", public, private),
        ("playlist-modify-private", private, public),
    ):
        client = await signed_in("ada", [scope])
        assert (await client.put(f"playlists/{allowed}", json={"name": "y"})).status_code == 200
        answer = await client.put(f"playlists/{refused}", json={"name": "y"})
        assert (answer.status_code, answer.json()["error"]["message"]) == (403, "Insufficient client scope")
        uri = next(iter(app.state.simulation.world.catalogue.tracks))
        added = await client.post(f"playlists/{refused}/items", json={"uris": [f"spotify:track:{uri}"]})
        assert added.status_code == 403


async def test_details_change_and_every_change_makes_a_new_snapshot(
    ada: httpx2.AsyncClient, app: Starlette, clock: HandClock
) -> None:
    playlist = named(app, "Sunday slow")
    seen = {await snapshot(ada, playlist)}
    for body in ({"name": "Sunday quick"}, {"description": "No pancakes"}, {"public": False}):
        answer = await ada.put(f"playlists/{playlist}", json=body)
        assert (answer.status_code, answer.content) == (200, b"")
        clock.now += 31
        seen.add(await snapshot(ada, playlist))
    assert len(seen) == 4
    shown = (await ada.get(f"playlists/{playlist}")).json()
    assert (shown["name"], shown["description"], shown["public"]) == ("Sunday quick", "No pancakes", False)


async def test_for_thirty_seconds_a_read_shows_neither_the_old_nor_the_new_snapshot(
    ada: httpx2.AsyncClient, app: Starlette, clock: HandClock
) -> None:
    playlist = named(app, "Sunday slow")
    old = await snapshot(ada, playlist)
    uri = next(iter(app.state.simulation.world.catalogue.tracks))
    new = (await ada.post(f"playlists/{playlist}/items", json={"uris": [f"spotify:track:{uri}"]})).json()[
        "snapshot_id"
    ]
    assert (await ada.get(f"playlists/{playlist}")).json()["items"]["total"] == 29
    assert await snapshot(ada, playlist) not in {old, new}
    clock.now += 30
    assert await snapshot(ada, playlist) == new


async def test_only_the_owner_changes_details(signed_in: SignedIn, app: Starlette) -> None:
    bram = await signed_in("bram")
    for name in ("Sunday slow", "Kitchen table"):
        answer = await bram.put(f"playlists/{named(app, name)}", json={"name": "mine now"})
        assert (answer.status_code, answer.json()["error"]["message"]) == (403, "Forbidden")


async def test_items_are_for_owners_and_collaborators(signed_in: SignedIn, app: Starlette) -> None:
    bram, emi = await signed_in("bram"), await signed_in("emi")
    shared = named(app, "Kitchen table")
    assert (await bram.get(f"playlists/{shared}/items")).json()["total"] == 64
    assert (await bram.get(f"playlists/{shared}")).json()["items"]["total"] == 64
    answer = await emi.get(f"playlists/{shared}/items")
    assert (answer.status_code, answer.json()) == (403, {"error": {"status": 403, "message": "Forbidden"}})
    assert "items" not in (await emi.get(f"playlists/{shared}")).json()
    uri = next(iter(app.state.simulation.world.catalogue.tracks))
    assert (
        await bram.post(f"playlists/{shared}/items", json={"uris": [f"spotify:track:{uri}"]})
    ).status_code == 201
    assert (
        await emi.post(f"playlists/{shared}/items", json={"uris": [f"spotify:track:{uri}"]})
    ).status_code == 403


async def test_private_and_collaborative_lists_show_with_their_scopes_only(signed_in: SignedIn) -> None:
    async def names(*scopes: str) -> set[str]:
        url: str | None = "me/playlists?limit=50"
        client, found = await signed_in("ada", list(scopes)), set()
        while url:
            page = (await client.get(url)).json()
            found |= {item["name"] for item in page["items"] if item}
            url = page["next"]
        return found

    assert {"Sunday slow", "Everything, twice", "Kitchen table"} & await names() == {"Sunday slow"}
    assert "Everything, twice" in await names("playlist-read-private")
    assert "Kitchen table" not in await names("playlist-read-private")
    assert "Kitchen table" in await names("playlist-read-collaborative")


async def test_the_odd_rows_are_shown_as_they_are(ada: httpx2.AsyncClient, app: Starlette) -> None:
    rows = (await ada.get(f"playlists/{named(app, 'Tapes and transfers')}/items")).json()["items"]
    assert (rows[0]["added_at"], rows[0]["added_by"]) == (None, None)
    local = [row for row in rows if row["is_local"]]
    assert len(local) == 2
    assert all(row["item"]["id"] is None and row["item"]["is_local"] for row in local)
    assert local[0]["item"]["uri"] == "spotify:local:Ada:Attic+tapes:Grandfather%27s+speech:189"
    assert [row["item"] for row in rows].count(None) == 1


async def test_episodes_are_episodes_only_for_those_who_know_them(
    ada: httpx2.AsyncClient, app: Starlette
) -> None:
    path = f"playlists/{named(app, 'Walking & listening')}/items"
    plain = (await ada.get(path)).json()["items"][3]["item"]
    assert (plain["type"], plain["artists"][0]["type"]) == ("episode", "show")
    full = (await ada.get(path, params={"additional_types": "track,episode"})).json()["items"][3]["item"]
    assert (full["id"], full["show"]["type"]) == (plain["id"], "show")


async def test_a_private_list_may_go_on_reading_as_public(ada: httpx2.AsyncClient, app: Starlette) -> None:
    path = f"playlists/{named(app, 'Sunday slow')}"
    await ada.put(path, json={"public": False})
    assert (await ada.get(path)).json()["public"] is False
    await ada.post(f"{ORIGIN}/_simulator/settings", json={"private_reads_public": True})
    assert (await ada.get(path)).json()["public"] is True


async def test_search_finds_renamed_and_forgets_hidden_lists(ada: httpx2.AsyncClient) -> None:
    async def hits(q: str) -> int:
        found = await ada.get("search", params={"q": q, "type": "playlist"})
        return int(found.json()["playlists"]["total"])

    made = (await ada.post("me/playlists", json={"name": "Quetzal tunes"})).json()
    assert await hits("quetzal") == 1
    await ada.put(f"playlists/{made['id']}", json={"name": "Toucan tunes"})
    assert (await hits("quetzal"), await hits("toucan")) == (0, 1)
    await ada.put(f"playlists/{made['id']}", json={"public": False})
    assert await hits("toucan") == 0


# --- fields ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ("name,uri", {"name", "uri"}),
        ("items.total", {"items"}),
        ("tracks.total", set()),
        ("nonsense", set()),
        ("owner(!display_name,href)", {"owner"}),
        ("((", set()),
        ("!name", None),
    ],
)
async def test_fields_choose_what_is_returned(
    ada: httpx2.AsyncClient, app: Starlette, fields: str, keys: set[str] | None
) -> None:
    path = f"playlists/{named(app, 'Sunday slow')}"
    shown = (await ada.get(path, params={"fields": fields})).json()
    if keys is None:
        assert shown.keys() == (await ada.get(path)).json().keys() - {"name"}
    else:
        assert shown.keys() == keys


async def test_fields_reach_into_lists(ada: httpx2.AsyncClient, app: Starlette) -> None:
    path = f"playlists/{named(app, 'Sunday slow')}"
    fields = "items.items(added_by.id,item(name,artists(name),album(!images,href)))"
    shown = (await ada.get(path, params={"fields": fields})).json()
    assert shown.keys() == {"items"}
    first = shown["items"]["items"][0]
    assert first.keys() == {"added_by", "item"}
    assert first["added_by"] == {"id": "ada"}
    assert first["item"].keys() == {"name", "artists", "album"}
    assert not {"images", "href"} & first["item"]["album"].keys()
    assert "name" in first["item"]["album"]
    page = (
        await ada.get(f"{path}/items", params={"fields": "total,items(item(uri)),next", "limit": 2})
    ).json()
    assert page.keys() == {"total", "items", "next"}
    assert [row["item"].keys() for row in page["items"]] == [{"uri"}] * 2


# --- covers ---------------------------------------------------------------------------------------

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + b"picture" * 100)


async def test_a_cover_is_accepted_and_shown(ada: httpx2.AsyncClient, app: Starlette) -> None:
    path = f"playlists/{named(app, 'Untitled')}"
    before = await snapshot(ada, named(app, "Untitled"))
    assert (await ada.get(f"{path}/images")).json() == []
    answer = await ada.put(f"{path}/images", content=JPEG, headers={"content-type": "image/jpeg"})
    assert (answer.status_code, answer.content) == (202, b"")
    shown = (await ada.get(f"{path}/images")).json()
    assert [(image["height"], image["width"]) for image in shown] == [(None, None)]
    assert await snapshot(ada, named(app, "Untitled")) != before


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (JPEG + b"\n", "image/jpeg", 400),
        (b"data:image/jpeg;base64," + JPEG, "image/jpeg", 400),
        (base64.b64encode(b"\x89PNG picture"), "image/jpeg", 400),
        (JPEG, "image/png", 400),
        (base64.b64encode(b"\xff\xd8" + b"\0" * 197_000), "image/jpeg", 413),
        (base64.b64encode(b"\xff\xd8" + b"\0" * 190_000), "image/jpeg", 202),
    ],
)
async def test_other_covers_are_refused(
    ada: httpx2.AsyncClient, app: Starlette, content: bytes, kind: str, status: int
) -> None:
    path = f"playlists/{named(app, 'Untitled')}/images"
    assert (await ada.put(path, content=content, headers={"content-type": kind})).status_code == status


async def test_a_cover_needs_two_scopes(signed_in: SignedIn, app: Starlette) -> None:
    path, headers = f"playlists/{named(app, 'Untitled')}/images", {"content-type": "image/jpeg"}
    for scopes, status in (
        (["playlist-modify-public"], 401),
        (["ugc-image-upload"], 403),
        (["ugc-image-upload", "playlist-modify-public"], 202),
    ):
        answer = await (await signed_in("ada", scopes)).put(path, content=JPEG, headers=headers)
        assert answer.status_code == status


async def test_covers_have_a_rate_limit_of_their_own(ada: httpx2.AsyncClient, app: Starlette) -> None:
    await ada.post(f"{ORIGIN}/_simulator/settings", json={"cover_limit": 2})
    path, headers = f"playlists/{named(app, 'Untitled')}/images", {"content-type": "image/jpeg"}
    statuses = [(await ada.put(path, content=JPEG, headers=headers)).status_code for _ in range(3)]
    assert statuses == [202, 202, 429]
    assert (await ada.get("me")).status_code == 200
