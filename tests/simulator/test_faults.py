"""Scripted trouble: which requests it strikes, how often, and what the client then sees."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest

from .conftest import CLIENT_ID, CLIENT_SECRET, ORIGIN, SignedIn

pytestmark = pytest.mark.anyio


async def fault(client: httpx2.AsyncClient, **rule: Any) -> int:
    answer = await client.post(f"{ORIGIN}/_simulator/faults", json=rule)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def statuses(client: httpx2.AsyncClient, count: int, path: str = "me") -> list[int]:
    return [(await client.get(path)).status_code for _ in range(count)]


async def test_an_answer_can_be_replaced(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="status", path="/v1/me", status=418, body={"odd": True}, headers={"X-Odd": "yes"})
    answer = await ada.get("me")
    assert (answer.status_code, answer.json(), answer.headers["x-odd"]) == (418, {"odd": True}, "yes")
    assert answer.headers["content-type"] == "application/json"


async def test_a_bodiless_status_gets_a_fitting_body(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="status", status=404, times=1)
    assert (await ada.get("me")).json()["error"]["status"] == 404
    await fault(ada, kind="status", status=503, times=1)
    answer = await ada.get("me")
    assert (answer.text, answer.headers["content-type"]) == ("upstream trouble", "text/plain")


async def test_faults_strike_so_often_and_after_so_many(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="server-error", path="/v1/me", skip=1, times=2)
    assert await statuses(ada, 5) == [200, 502, 502, 200, 200]


async def test_faults_strike_by_a_sequence(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="server-error", status=503, sequence=[False, True, True, False, True])
    assert await statuses(ada, 7) == [200, 503, 503, 200, 503, 200, 200]


async def test_faults_strike_every_third_time(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="server-error", every=3)
    assert await statuses(ada, 6) == [502, 200, 200, 502, 200, 200]


async def test_faults_strike_with_a_reproducible_probability(ada: httpx2.AsyncClient) -> None:
    number = await fault(ada, kind="server-error", probability=0.3)
    first = await statuses(ada, 60)
    assert 5 < first.count(502) < 35
    await ada.delete(f"{ORIGIN}/_simulator/faults/{number}")
    assert await statuses(ada, 3) == [200, 200, 200]


async def test_faults_choose_method_path_user_and_app(signed_in: SignedIn) -> None:
    ada, bram = await signed_in("ada"), await signed_in("bram")
    await fault(ada, kind="server-error", method="GET", path="/v1/me/{what}", user="ada", client_id=CLIENT_ID)
    assert await statuses(ada, 1, "me/tracks") == [502]
    assert await statuses(ada, 1, "me/player/devices") == [200]
    assert await statuses(ada, 1, "me") == [200]
    assert await statuses(bram, 1, "me/tracks") == [200]
    assert (await ada.put("me/library?uris=spotify:track:" + "0" * 22)).status_code == 200
    await ada.delete(f"{ORIGIN}/_simulator/faults")
    await fault(ada, kind="server-error", client_id="another")
    assert await statuses(ada, 1) == [200]


async def test_faults_reach_the_token_endpoint_of_one_person(
    http: httpx2.AsyncClient, signed_in: SignedIn
) -> None:
    issued = (await http.post("/_simulator/tokens", json={"user": "ada"})).json()
    await fault(http, kind="server-error", status=503, path="/api/token", user="ada", times=1)
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"], "client_id": CLIENT_ID}
    own = {"grant_type": "client_credentials"}
    assert (await http.post("/api/token", data=own, auth=(CLIENT_ID, CLIENT_SECRET))).status_code == 200
    assert (await http.post("/api/token", data=form)).status_code == 503
    assert (await http.post("/api/token", data=form)).status_code == 200


@pytest.mark.parametrize("after", [False, True])
async def test_a_late_answer_has_taken_effect_or_not(http: httpx2.AsyncClient, *, after: bool) -> None:
    issued = (await http.post("/_simulator/tokens", json={"user": "ada"})).json()
    await http.post("/_simulator/settings", json={"rotation": "always"})
    await fault(http, kind="latency", seconds=60, path="/api/token", times=1, after=after)
    form = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"], "client_id": CLIENT_ID}
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(http.post("/api/token", data=form), 0.5)
    assert (await http.post("/api/token", data=form)).status_code == (400 if after else 200)


async def test_a_valid_token_can_be_refused_once(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="unauthorized", times=1)
    answer = await ada.get("me")
    assert (answer.status_code, answer.json()["error"]["message"]) == (401, "Access token missing")
    assert (await ada.get("me")).status_code == 200


@pytest.mark.parametrize("after", [None, 7, "soon", 48_925])
async def test_429_comes_with_or_without_retry_after(ada: httpx2.AsyncClient, after: Any) -> None:
    await fault(ada, kind="rate-limited", **({} if after is None else {"retry_after": after}))
    answer = await ada.get("me")
    assert (answer.status_code, answer.headers.get("retry-after")) == (
        429,
        None if after is None else str(after),
    )
    assert answer.json() == {"error": {"status": 429, "message": "API rate limit exceeded"}}


async def test_the_quota_answer_can_be_played(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="quota", retry_after=48_925)
    answer = await ada.get("me")
    assert answer.json() == {
        "error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
    }
    assert answer.headers["retry-after"] == "48925"


async def test_a_connection_cut_before_has_no_effect(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="reset-before", method="POST", times=1)
    with pytest.raises(httpx2.ReadError):
        await ada.post("me/playlists", json={"name": "Lost"})
    assert (await ada.get("me/playlists?limit=1")).json()["total"] == 69


async def test_a_connection_cut_after_has_had_its_effect(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="reset-after", method="POST", times=1)
    with pytest.raises(httpx2.ReadError):
        await ada.post("me/playlists", json={"name": "Made"})
    page = (await ada.get("me/playlists?limit=1")).json()
    assert (page["total"], page["items"][0]["name"]) == (70, "Made")


async def test_a_body_can_be_cut_short(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="truncated", times=1)
    answer = await ada.get("me")
    assert answer.status_code == 200
    assert len(answer.content) < int(answer.headers["content-length"])
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_body_can_be_garbage(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="garbage", times=1)
    assert b"\x80" in (await ada.get("me")).content
    await fault(ada, kind="garbage", body="<html>", times=1)
    assert (await ada.get("me")).text == "<html>"


async def test_the_content_type_can_be_wrong(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="wrong-type")
    answer = await ada.get("me")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.json()["id"] == "ada"


async def test_fields_can_be_missing(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="missing-fields", fields=["id", "images", "name"])
    shown = (await ada.get("me/tracks?limit=1")).json()
    assert not {"id", "name"} & shown["items"][0]["track"].keys()
    assert "images" not in shown["items"][0]["track"]["album"]
    assert shown["total"] == 10_000


async def test_a_token_answer_can_lack_its_expiry(http: httpx2.AsyncClient) -> None:
    await fault(http, kind="missing-fields", path="/api/token", fields=["expires_in"])
    form = {"grant_type": "client_credentials"}
    answer = await http.post("/api/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
    assert answer.json().keys() == {"access_token", "token_type"}


async def test_a_body_can_be_huge(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="huge", size=1_000_000)
    assert len((await ada.get("me")).content) > 900_000


async def test_latency_and_another_fault_go_together(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="latency", seconds=0.01)
    await fault(ada, kind="server-error", times=1)
    await fault(ada, kind="unauthorized", times=1)
    assert await statuses(ada, 3) == [502, 401, 200]


async def test_rules_can_be_listed_and_cleared(ada: httpx2.AsyncClient) -> None:
    number = await fault(ada, kind="server-error", path="/v1/me", times=1)
    await statuses(ada, 2)
    listed = (await ada.get(f"{ORIGIN}/_simulator/faults")).json()["faults"]
    assert [(rule["id"], rule["seen"], rule["applied"]) for rule in listed] == [(number, 2, 1)]
    await ada.delete(f"{ORIGIN}/_simulator/faults")
    assert (await ada.get(f"{ORIGIN}/_simulator/faults")).json() == {"faults": []}


@pytest.mark.parametrize(
    "rule",
    [
        {}, {"kind": "meteor"}, {"kind": "status"}, {"kind": "status", "status": 99},
        {"kind": "latency", "pace": 1}, {"kind": "latency", "seconds": "long"},
        {"kind": "server-error", "times": True},
    ],
)  # fmt: skip
async def test_senseless_rules_are_refused(http: httpx2.AsyncClient, rule: dict[str, Any]) -> None:
    answer = await http.post("/_simulator/faults", json=rule)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_the_log_tells_which_fault_struck(ada: httpx2.AsyncClient) -> None:
    await fault(ada, kind="server-error", times=1)
    await statuses(ada, 2)
    logged = (await ada.get(f"{ORIGIN}/_simulator/requests", params={"path": "/v1/me"})).json()["requests"]
    assert [(entry["status"], entry["fault"]) for entry in logged] == [(502, "server-error"), (200, None)]
