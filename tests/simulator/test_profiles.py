"""What an app sees depends on its age and mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from auxcord.simulator import create_app
from auxcord.simulator.webapi.surface import OPERATIONS

from .conftest import ORIGIN, HandClock, SignedIn, client_of

if TYPE_CHECKING:
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio
ID = "0" * 22


async def client_for(profile: Any, user: str = "ada") -> httpx2.AsyncClient:
    client = client_of(create_app(profile=profile, clock=HandClock()))
    issued = await client.post("/_simulator/tokens", json={"user": user})
    client.headers["authorization"] = f"Bearer {issued.json()['access_token']}"
    client.base_url = httpx2.URL(f"{ORIGIN}/v1/")
    return client


def path_of(operation: Any) -> str:
    path = operation.path.lstrip("/").replace("{type}", "artists").replace("{user_id}", "ada")
    for name in ("id", "playlist_id", "category_id"):
        path = path.replace(f"{{{name}}}", ID)
    return str(path)


CLOSED = [operation for operation in OPERATIONS if operation.group != "open"]


@pytest.mark.parametrize("operation", CLOSED, ids=lambda operation: operation.id)
async def test_a_new_development_app_finds_the_other_half_closed(signed_in: SignedIn, operation: Any) -> None:
    answer = await (await signed_in()).request(operation.method, path_of(operation))
    assert (answer.status_code, answer.json()) == (403, {"error": {"status": 403, "message": "Forbidden"}})


async def test_an_older_development_app_lacks_only_what_was_closed_in_2024() -> None:
    client = await client_for("legacy-development")
    for operation in CLOSED:
        answer = await client.request(operation.method, path_of(operation))
        closed = (answer.status_code, answer.json()) if answer.content else (answer.status_code, None)
        not_found = (404, {"error": {"status": 404, "message": "Resource not found"}})
        if operation.group == "closed-2024":
            assert closed == not_found, operation.id
        else:
            assert answer.status_code != 403, operation.id


async def test_an_extended_app_lacks_nothing() -> None:
    client = await client_for("extended")
    for path in (
        "browse/featured-playlists",
        "recommendations?seed_genres=jazz",
        "markets",
        "browse/new-releases",
    ):
        assert (await client.get(path)).status_code == 200


REMOVED = {
    "tracks": {"available_markets", "linked_from", "popularity"},
    "albums": {"available_markets", "label", "popularity"},
    "artists": {"followers", "popularity"},
    "shows": {"available_markets", "publisher"},
    "audiobooks": {"available_markets", "publisher"},
    "chapters": {"available_markets"},
}


@pytest.mark.parametrize("kind", REMOVED)
async def test_removed_fields_are_absent_for_new_apps_and_present_for_others(
    app: Starlette, kind: str
) -> None:
    item = next(iter(getattr(app.state.simulation.world.catalogue, kind)))
    new = (await (await client_for("development")).get(f"{kind}/{item}")).json()
    assert not REMOVED[kind] & new.keys()
    for profile in ("legacy-development", "extended"):
        old = (await (await client_for(profile)).get(f"{kind}/{item}")).json()
        assert REMOVED[kind] - {"linked_from"} <= old.keys()


async def test_linked_from_is_told_to_older_apps_only(app: Starlette) -> None:
    tracks = app.state.simulation.world.catalogue.tracks.values()
    track = next(t for t in tracks if t.twin and "GB" in t.twin.markets)
    shown = (await (await client_for("extended")).get(f"tracks/{track.id}?market=GB")).json()
    assert shown["linked_from"]["id"] == track.id
    assert "available_markets" not in shown


async def test_the_profile_loses_what_was_removed_and_keeps_the_account_id() -> None:
    new = (await (await client_for("development", "emi")).get("me")).json()
    assert new.keys() == {
        "account_id", "display_name", "external_urls", "href", "id", "images", "type", "uri",
    }  # fmt: skip
    assert (new["id"], new["uri"]) == ("emi#37 & co/é", "spotify:user:emi%2337%20%26%20co%2F%C3%A9")
    old = (await (await client_for("extended", "emi")).get("me")).json()
    assert {"country", "email", "explicit_content", "followers", "product"} <= old.keys()
    assert (old["account_id"], old["country"], old["product"]) == (new["account_id"], "JP", "premium")


async def test_personal_details_need_their_scopes() -> None:
    client = client_of(create_app(profile="extended"))
    issued = await client.post("/_simulator/tokens", json={"user": "ada", "scopes": []})
    headers = {"authorization": f"Bearer {issued.json()['access_token']}"}
    assert not {"country", "email", "product"} & (await client.get("/v1/me", headers=headers)).json().keys()


async def test_search_and_artist_albums_are_ten_at_most_for_new_apps(app: Starlette) -> None:
    artist = next(iter(app.state.simulation.world.catalogue.artists))
    new, old = await client_for("development"), await client_for("legacy-development")
    for path in ("search?q=the&type=track", f"artists/{artist}/albums?"):
        refused = await new.get(f"{path}&limit=11")
        assert (refused.status_code, refused.json()["error"]["message"]) == (400, "Invalid limit")
        assert (await old.get(f"{path}&limit=50")).status_code == 200
        assert (await old.get(f"{path}&limit=51")).status_code == 400
    assert (await new.get(f"artists/{artist}/albums")).json()["limit"] == 5
    assert (await old.get(f"artists/{artist}/albums")).json()["limit"] == 20
    assert (await old.get("search?q=the&type=track")).json()["tracks"]["limit"] == 20


async def test_playlists_say_items_to_new_apps_and_both_to_older_ones(app: Starlette) -> None:
    playlists = app.state.simulation.world.playlists.values()
    mine = next(p for p in playlists if p.name == "Sunday slow")
    foreign = next(p for p in playlists if p.name == "Nordic winter")
    new, old = await client_for("development"), await client_for("extended")
    shown = (await new.get(f"playlists/{mine.id}")).json()
    assert "tracks" not in shown
    assert {"item"} == {"item", "track"} & shown["items"]["items"][0].keys()
    assert not {"items", "tracks"} & (await new.get(f"playlists/{foreign.id}")).json().keys()
    shown = (await old.get(f"playlists/{mine.id}")).json()
    assert {"items", "tracks"} <= shown.keys()
    assert {"item", "track"} <= shown["items"]["items"][0].keys()
    shown = (await old.get(f"playlists/{foreign.id}")).json()
    assert shown["tracks"]["total"] == 120
    assert "items" not in shown
    assert (await old.get(f"playlists/{foreign.id}/tracks?limit=100")).status_code == 200


async def test_spotifys_own_playlists_exist_for_extended_apps_only(app: Starlette) -> None:
    own = next(p for p in app.state.simulation.world.playlists.values() if p.by_spotify)
    assert own.id.startswith("37i9dQZF1")
    for profile, status in (("development", 404), ("legacy-development", 404), ("extended", 200)):
        assert (await (await client_for(profile)).get(f"playlists/{own.id}")).status_code == status


def test_there_is_no_fourth_profile() -> None:
    with pytest.raises(ValueError, match="development, legacy-development, extended"):
        create_app(profile="enterprise")  # type: ignore[arg-type]
