"""The control API: who may use it, and that it does what it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from auxcord.simulator.control.routes import ROUTES
from auxcord.simulator.faults import KINDS

from .conftest import CLIENT_ID, CLIENT_SECRET, ORIGIN, HandClock, SignedIn

if TYPE_CHECKING:
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio


# --- who ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.1", "::ffff:192.0.2.7", "2001:db8::1"])
async def test_other_machines_may_not_control(app: Starlette, peer: str) -> None:
    transport = httpx2.ASGITransport(app=app, client=(peer, 40_000))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        assert (await client.get("/_simulator/users")).status_code == 403
        assert (await client.post("/_simulator/reset")).status_code == 403
        assert (await client.get("/v1/me")).status_code == 401


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "testclient"])
async def test_this_machine_may(app: Starlette, peer: str) -> None:
    transport = httpx2.ASGITransport(app=app, client=(peer, 40_000))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        assert (await client.get("/_simulator/users")).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example.com", "simulator.evil.com", "127.0.0.1.evil.com", "192.0.2.1", "", "localhost."]
)
async def test_foreign_host_names_are_refused(http: httpx2.AsyncClient, host: str) -> None:
    assert (await http.get("/_simulator/users", headers={"host": host})).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8889", "localhost", "[::1]:8889", "LOCALHOST:1", "spotify.test"])
async def test_loopback_names_are_welcome(http: httpx2.AsyncClient, host: str) -> None:
    assert (await http.get("/_simulator/users", headers={"host": host})).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ORIGIN])
async def test_web_pages_may_not_control(http: httpx2.AsyncClient, origin: str) -> None:
    answer = await http.post("/_simulator/reset", headers={"origin": origin})
    assert (answer.status_code, answer.json()) == (
        403,
        {"error": "The control API does not answer to web pages."},
    )


# --- requests -------------------------------------------------------------------------------------


async def test_the_log_says_who_asked_what_and_keeps_no_secret(http: httpx2.AsyncClient) -> None:
    await http.post("/_simulator/auto-approve", json={"user": "emi"})
    asked = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1/callback",
        "state": "STATE",
    }
    redirect = await http.get("/authorize", params=asked)
    code = redirect.headers["location"].partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1/callback"}
    tokens = (await http.post("/api/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))).json()
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    await http.get("/v1/search?q=glass&type=track", headers=headers)
    await http.get("/v1/me")
    answer = await http.get("/_simulator/requests")
    logged = answer.json()["requests"]
    assert [(e["method"], e["path"], e["user"], e["status"]) for e in logged] == [
        ("GET", "/authorize", None, 302),
        ("POST", "/api/token", "emi", 200),
        ("GET", "/v1/search", "emi", 200),
        ("GET", "/v1/me", None, 401),
    ]
    assert logged[2]["query"] == "q=glass&type=track"
    assert logged[1]["grant_type"] == "authorization_code"
    assert [e["client_id"] for e in logged] == [CLIENT_ID, CLIENT_ID, CLIENT_ID, None]
    for secret in (code, tokens["access_token"], tokens["refresh_token"], CLIENT_SECRET, "STATE"):
        assert secret not in answer.text


async def test_the_log_can_be_filtered_and_cleared(signed_in: SignedIn) -> None:
    ada, bram = await signed_in("ada"), await signed_in("bram")
    await ada.get("me")
    await bram.get("me/tracks")
    await bram.get("me/nothing")

    async def total(**wanted: Any) -> int:
        return int((await ada.get(f"{ORIGIN}/_simulator/requests", params=wanted)).json()["total"])

    assert await total() == 3
    assert await total(user="bram") == 2
    assert await total(path="/v1/me/*", status=200) == 1
    assert await total(method="PUT") == 0
    assert await total(client_id=CLIENT_ID) == 3
    assert (await ada.delete(f"{ORIGIN}/_simulator/requests")).status_code == 204
    assert await total() == 0


async def test_control_requests_are_not_logged(http: httpx2.AsyncClient) -> None:
    await http.get("/_simulator/users")
    assert (await http.get("/_simulator/requests")).json() == {"total": 0, "count": 0, "requests": []}


# --- people and apps ------------------------------------------------------------------------------


async def test_people_are_listed_and_new_ones_move_in(http: httpx2.AsyncClient, signed_in: SignedIn) -> None:
    listed = (await http.get("/_simulator/users")).json()["users"]
    assert [person["handle"] for person in listed][:6] == ["ada", "bram", "chidi", "dorothea", "emi", "farid"]
    wanted = {
        "handle": "gro",
        "id": "gro/1",
        "country": "NO",
        "saved_tracks": 75,
        "saved_shows": 2,
        "devices": 3,
    }
    assert (await http.post("/_simulator/users", json=wanted)).status_code == 201
    gro = await signed_in("gro")
    assert (await gro.get("me")).json()["id"] == "gro/1"
    assert (await gro.get("me/tracks")).json()["total"] == 75
    assert len((await gro.get("me/player/devices")).json()["devices"]) == 3
    assert (await http.post("/_simulator/users", json=wanted)).status_code == 400
    assert (await http.post("/_simulator/users", json={"handle": "x", "id": "ada"})).status_code == 400
    assert (await http.post("/_simulator/users", json={"handle": "x", "age": 3})).status_code == 400


async def test_a_person_can_lose_premium(http: httpx2.AsyncClient, ada: httpx2.AsyncClient) -> None:
    answer = await http.patch("/_simulator/users/ada", json={"premium": False, "country": "IE"})
    assert (answer.json()["premium"], answer.json()["country"]) == (False, "IE")
    refused = await ada.put("me/player/play")
    assert refused.json()["error"]["reason"] == "PREMIUM_REQUIRED"
    assert (await http.patch("/_simulator/users/nobody", json={})).status_code == 400


async def test_apps_are_added_with_a_secret_shown_once(http: httpx2.AsyncClient) -> None:
    made = (
        await http.post(
            "/_simulator/apps", json={"profile": "extended", "redirect_uris": ["https://a.example/cb"]}
        )
    ).json()
    assert len(made["client_id"]) == 32
    form = {"grant_type": "client_credentials"}
    auth = (made["client_id"], made["client_secret"])
    assert (await http.post("/api/token", data=form, auth=auth)).status_code == 200
    listed = await http.get("/_simulator/apps")
    assert made["client_secret"] not in listed.text
    assert CLIENT_SECRET not in listed.text
    assert [app["profile"] for app in listed.json()["apps"]] == ["development", "extended"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"profile": "enterprise"},
        {"allow_list": ["nobody"]},
        {"allow_list": ["ada", "bram", "chidi", "dorothea", "emi", "farid"]},
        {"owner_premium": 1},
    ],
)
async def test_impossible_apps_are_refused(http: httpx2.AsyncClient, wrong: dict[str, Any]) -> None:
    assert (await http.post("/_simulator/apps", json={"client_id": CLIENT_ID, **wrong})).status_code == 400


async def test_tokens_can_be_issued_without_a_sign_in(http: httpx2.AsyncClient) -> None:
    scopes = ["user-read-email", "user-top-read"]
    issued = (await http.post("/_simulator/tokens", json={"user": "emi", "scopes": scopes})).json()
    assert issued["scope"] == "user-read-email user-top-read"
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"], "client_id": CLIENT_ID}
    assert (await http.post("/api/token", data=form)).status_code == 200
    assert (await http.post("/_simulator/tokens", json={"user": "emi", "scopes": ["all"]})).status_code == 400
    assert (await http.post("/_simulator/tokens", json={"user": "emi", "client_id": "x"})).status_code == 400
    assert (await http.post("/_simulator/tokens", json={})).status_code == 400


async def test_a_token_can_be_looked_at_and_its_number_is_in_the_request_log(
    http: httpx2.AsyncClient,
) -> None:
    await http.post("/_simulator/settings", json={"rotation": "always", "access_seconds": 60})
    first = (await http.post("/_simulator/tokens", json={"user": "emi"})).json()
    assert first["expires_in"] == 60
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "client_id": CLIENT_ID}
    second = (await http.post("/api/token", data=form)).json()
    await http.get("/v1/me", headers={"Authorization": f"Bearer {second['access_token']}"})

    async def look(token: str) -> dict[str, Any]:
        found: dict[str, Any] = (await http.post("/_simulator/tokens/look", json={"token": token})).json()
        return found

    assert await look(first["refresh_token"]) == {"kind": "refresh", "user": "emi", "works": False}
    assert await look(second["refresh_token"]) == {"kind": "refresh", "user": "emi", "works": True}
    newest = {"kind": "access", "user": "emi", "number": 2}
    assert await look(second["access_token"]) == {**newest, "works": True}
    await http.post("/_simulator/clock", json={"advance": 60})
    assert await look(second["access_token"]) == {**newest, "works": False}
    assert await look("made-up") == {"kind": None, "works": False}
    logged = (await http.get("/_simulator/requests")).json()["requests"]
    assert [entry["token"] for entry in logged] == [None, 2]
    assert all(entry["seconds"] > 0 for entry in logged)


async def test_the_request_log_can_be_read_on_from_where_one_was(http: httpx2.AsyncClient) -> None:
    for path in ("/v1/me", "/v1/me/player"):
        await http.get(path)
    first = (await http.get("/_simulator/requests")).json()
    assert (first["total"], first["count"]) == (2, 2)
    await http.get("/v1/search")
    for since, paths in ((2, ["/v1/search"]), (1, ["/v1/me/player", "/v1/search"]), (3, []), (9, [])):
        answer = (await http.get("/_simulator/requests", params={"since": since})).json()
        assert [entry["path"] for entry in answer["requests"]] == paths
    await http.delete("/_simulator/requests")
    await http.get("/v1/me")
    answer = (await http.get("/_simulator/requests", params={"since": 3})).json()
    assert ([entry["path"] for entry in answer["requests"]], answer["count"]) == (["/v1/me"], 4)
    assert (await http.get("/_simulator/requests", params={"since": "yesterday"})).status_code == 400


async def test_revoking_one_app_leaves_the_others(http: httpx2.AsyncClient, signed_in: SignedIn) -> None:
    await http.post("/_simulator/apps", json={"client_id": "e" * 32, "client_secret": "z"})
    one, other = await signed_in("ada"), await signed_in("ada", client_id="e" * 32)
    revoked = await http.post("/_simulator/revoke", json={"user": "ada", "client_id": CLIENT_ID})
    assert revoked.json() == {"revoked": 1}
    assert [(await client.get("me")).status_code for client in (one, other)] == [401, 200]


# --- clock, knobs, player, reset ------------------------------------------------------------------


async def test_the_clock_can_be_moved(http: httpx2.AsyncClient, clock: HandClock) -> None:
    clock.now = 1_800_000_000.0
    assert (await http.get("/_simulator/clock")).json() == {
        "now": 1_800_000_000.0,
        "iso": "2027-01-15T08:00:00Z",
    }
    assert (await http.post("/_simulator/clock", json={"advance": 90})).json()["now"] == 1_800_000_090.0
    assert (await http.post("/_simulator/clock", json={"set": 1_700_000_000})).json()[
        "now"
    ] == 1_700_000_000.0
    clock.now += 5
    assert (await http.get("/_simulator/clock")).json()["now"] == 1_700_000_005.0
    for body in ({}, {"advance": 1, "set": 1}, {"advance": "1"}, {"advance": True}):
        assert (await http.post("/_simulator/clock", json=body)).status_code == 400


async def test_knobs_turn_and_unknown_ones_do_not(http: httpx2.AsyncClient) -> None:
    answer = await http.post("/_simulator/settings", json={"rotation": "always", "snapshot_lag": 1.5})
    assert (answer.json()["rotation"], answer.json()["snapshot_lag"]) == ("always", 1.5)
    assert (await http.get("/_simulator/settings")).json() == answer.json()
    for body in ({"rotation": "never"}, {"player_answers": "x"}, {"speed": 1}, {"quota": "much"}, []):
        assert (await http.post("/_simulator/settings", json=body)).status_code == 400
    assert (await http.post("/_simulator/settings", content=b"{")).status_code == 400


async def test_a_player_can_be_set(http: httpx2.AsyncClient, app: Starlette, signed_in: SignedIn) -> None:
    tracks = [f"spotify:track:{key}" for key in list(app.state.simulation.world.catalogue.tracks)[:2]]
    body = {
        "user": "dorothea", "devices": [{"name": "Radio", "type": "Speaker", "volume": 9}], "uris": tracks,
        "position_ms": 2_000, "repeat": "context",
    }  # fmt: skip
    shown = (await http.post("/_simulator/player", json=body)).json()
    assert (shown["item"], shown["playing"], shown["progress_ms"]) == (tracks[0], True, 2_000)
    state = (await (await signed_in("dorothea")).get("me/player")).json()
    assert (state["device"]["name"], state["device"]["volume_percent"]) == ("Radio", 9)
    assert (state["item"]["uri"], state["is_playing"], state["repeat_state"]) == (tracks[0], True, "context")
    await http.post("/_simulator/player", json={"user": "dorothea", "active": None})
    assert (await http.get("/_simulator/player/dorothea")).json()["active"] is None
    for wrong in (
        {"active": "TV"},
        {"uris": ["x"]},
        {"devices": [{}]},
        {"devices": [{"name": "a", "colour": "red"}]},
    ):
        assert (await http.post("/_simulator/player", json={"user": "dorothea", **wrong})).status_code == 400
    assert (await http.post("/_simulator/player", json={"user": "nobody"})).status_code == 400


async def test_reset_returns_to_the_first_moment(http: httpx2.AsyncClient, ada: httpx2.AsyncClient) -> None:
    await ada.post("me/playlists", json={"name": "Gone soon"})
    await http.post("/_simulator/faults", json={"kind": "server-error"})
    await http.post("/_simulator/settings", json={"rotation": "always"})
    await http.post("/_simulator/clock", json={"advance": 50})
    before = (await http.get("/_simulator/clock")).json()
    assert (await http.post("/_simulator/reset")).status_code == 204
    assert (await ada.get("me")).status_code == 401
    issued = await http.post("/_simulator/tokens", json={"user": "ada"})
    headers = {"authorization": f"Bearer {issued.json()['access_token']}"}
    assert (await http.get("/v1/me/playlists", headers=headers)).json()["total"] == 69
    assert (await http.get("/_simulator/settings")).json()["rotation"] == "none"
    assert (await http.get("/_simulator/clock")).json() == before


async def test_the_front_page_explains_what_this_is(http: httpx2.AsyncClient) -> None:
    page = await http.get("/")
    assert page.status_code == 200
    for wanted in ("simulator", ORIGIN, "dorothea", 'lang="en"'):
        assert wanted in page.text
    assert "<script" not in page.text


async def test_every_endpoint_and_every_knob_is_documented(http: httpx2.AsyncClient) -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
    for route in ROUTES:
        methods = (route.methods or set()) - {"HEAD"}
        assert f"`{methods.pop()} {route.path.replace(':int', '')}`" in page
    for name in (await http.get("/_simulator/settings")).json():
        assert f"| `{name}` |" in page
    for kind in KINDS:
        assert f"| `{kind}` |" in page
    listed = (await http.get("/_simulator/")).json()["endpoints"]
    assert len(listed) == len(ROUTES)
    assert all(entry["about"] for entry in listed)
