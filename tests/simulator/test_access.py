"""The gates of the Web API: tokens, apps, scopes, routes, lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from auxcord.simulator.webapi.surface import OPERATIONS

from .conftest import CLIENT_ID, ORIGIN, SignedIn, client_of

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio
PREMIUM_TEXT = (
    "Active premium subscription required for the owner of the app. When the subscription status changes, "
    "it can take a few hours before requests are allowed again."
)
ID = "0" * 22


def error(status: int, message: str) -> dict[str, Any]:
    return {"error": {"status": status, "message": message}}


@pytest.mark.parametrize(
    ("header", "status", "message"),
    [
        (None, 401, "No token provided"),
        ("Bearer made-up", 401, "Invalid access token"),
        ("Basic bWU6bWU=", 400, "Only valid bearer authentication supported"),
        ("Bearer", 400, "Only valid bearer authentication supported"),
        ("made-up", 400, "Only valid bearer authentication supported"),
    ],
)
async def test_what_is_not_a_living_token_is_refused(
    http: httpx2.AsyncClient, header: str | None, status: int, message: str
) -> None:
    answer = await http.get("/v1/me", headers={} if header is None else {"authorization": header})
    assert (answer.status_code, answer.json()) == (status, error(status, message))


async def test_all_96_operations_exist_and_48_are_open_to_new_apps() -> None:
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == 96
    assert len({operation.id for operation in OPERATIONS}) == 96
    assert sum(operation.group == "open" for operation in OPERATIONS) == 48


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
async def test_no_operation_falls_over_a_request_that_knows_nothing(
    signed_in: SignedIn, operation: Any
) -> None:
    await (await signed_in()).post(
        f"{ORIGIN}/_simulator/apps", json={"client_id": CLIENT_ID, "profile": "extended"}
    )
    path = operation.path.lstrip("/")
    for name in ("id", "playlist_id", "user_id", "category_id"):
        path = path.replace(f"{{{name}}}", ID)
    answer = await (await signed_in()).request(operation.method, path.replace("{type}", "artists"))
    assert answer.status_code < 500
    assert answer.status_code != 405


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if operation.scopes],
    ids=lambda operation: operation.id,
)
async def test_a_token_without_the_scope_is_refused(signed_in: SignedIn, operation: Any) -> None:
    client = await signed_in("ada", [])
    await client.post(f"{ORIGIN}/_simulator/apps", json={"client_id": CLIENT_ID, "profile": "extended"})
    path = operation.path.lstrip("/").replace("{playlist_id}", ID).replace("{type}", "artists")
    answer = await client.request(operation.method, path)
    assert (answer.status_code, answer.json()) == (403, error(403, "Insufficient client scope"))


async def test_unknown_paths_and_methods(ada: httpx2.AsyncClient) -> None:
    assert (await ada.get("nothing/here")).status_code == 404
    assert (await ada.get("")).status_code == 404
    assert (await ada.delete("me")).status_code == 405


@pytest.mark.parametrize(
    "kind", ["tracks", "albums", "artists", "shows", "episodes", "audiobooks", "chapters", "playlists"]
)
async def test_a_malformed_id_is_400_and_an_unknown_one_404(ada: httpx2.AsyncClient, kind: str) -> None:
    for bad in ("short", "0" * 23, "0" * 21 + "-", "%2e%2e"):
        answer = await ada.get(f"{kind}/{bad}")
        assert (answer.status_code, answer.json()) == (400, error(400, "Invalid base62 id"))
    answer = await ada.get(f"{kind}/{ID}")
    assert (answer.status_code, answer.json()) == (404, error(404, "Resource not found"))


async def test_a_put_without_a_length_is_refused(app: Starlette, ada: httpx2.AsyncClient) -> None:
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    headers = [(b"authorization", ada.headers["authorization"].encode()), (b"host", b"127.0.0.1")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PUT", "scheme": "http",
        "path": "/v1/me/player/play", "raw_path": b"/v1/me/player/play", "query_string": b"", "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    assert status == 411
    assert (await ada.put("me/player/play")).status_code == 204


async def test_an_oversized_body_is_refused(ada: httpx2.AsyncClient) -> None:
    assert (await ada.post("me/playlists", content=b"x" * (3 * 1024 * 1024))).status_code == 413


async def test_a_person_off_the_allow_list_gets_tokens_and_no_answers(signed_in: SignedIn) -> None:
    bram = await signed_in("bram")
    allowed = {"client_id": CLIENT_ID, "allow_list": ["ada", "emi"]}
    assert (await bram.post(f"{ORIGIN}/_simulator/apps", json=allowed)).status_code == 201
    answer = await bram.get("me")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "text/plain; charset=utf-8")
    assert answer.text == "Check settings on developer.spotify.com/dashboard, the user may not be registered."
    assert (await (await signed_in("ada")).get("me")).status_code == 200


async def test_an_owner_without_premium_stops_everything_but_the_tokens(
    app: Starlette, ada: httpx2.AsyncClient
) -> None:
    await ada.post(f"{ORIGIN}/_simulator/apps", json={"client_id": CLIENT_ID, "owner_premium": False})
    answer = await ada.get("me")
    assert (answer.status_code, answer.text) == (403, PREMIUM_TEXT)
    assert answer.headers["content-type"].startswith("text/plain")
    async with client_of(app) as client:
        form = {"grant_type": "client_credentials"}
        own = await client.post("/api/token", data=form, auth=(CLIENT_ID, "simulator-secret-not-real"))
        assert own.status_code == 200
        headers = {"authorization": f"Bearer {own.json()['access_token']}"}
        assert (await client.get(f"/v1/tracks/{ID}", headers=headers)).text == PREMIUM_TEXT


async def test_extended_apps_know_neither_list_nor_premium_rule(signed_in: SignedIn) -> None:
    bram = await signed_in("bram")
    rules = {"client_id": CLIENT_ID, "allow_list": ["ada"], "owner_premium": False, "profile": "extended"}
    await bram.post(f"{ORIGIN}/_simulator/apps", json=rules)
    assert (await bram.get("me")).status_code == 200


async def test_catalogue_answers_can_be_revalidated(ada: httpx2.AsyncClient, app: Starlette) -> None:
    track = next(iter(app.state.simulation.world.catalogue.tracks))
    first = await ada.get(f"tracks/{track}")
    again = await ada.get(f"tracks/{track}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await ada.get(f"tracks/{track}", headers={"if-none-match": '"other"'})
    assert other.status_code == 200


async def test_personal_answers_are_private_and_stale_at_once(ada: httpx2.AsyncClient) -> None:
    answer = await ada.get("me")
    assert answer.headers["cache-control"] == "private, max-age=0"
    assert "etag" not in answer.headers
