"""Rate limits and quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.simulator.limits import RollingCount

from .conftest import CLIENT_ID, ORIGIN, HandClock, SignedIn

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio


async def settings(client: httpx2.AsyncClient, **knobs: object) -> None:
    assert (await client.post(f"{ORIGIN}/_simulator/settings", json=knobs)).status_code == 200


async def test_an_app_is_limited_in_a_rolling_half_minute(ada: httpx2.AsyncClient, clock: HandClock) -> None:
    await settings(ada, rate_limit=3)
    assert [(await ada.get("me")).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = await ada.get("me")
    assert answer.json() == {"error": {"status": 429, "message": "API rate limit exceeded"}}
    wait = int(answer.headers["retry-after"])
    assert 29 <= wait <= 31
    clock.now += wait - 2
    assert (await ada.get("me")).status_code == 429
    clock.now += 2
    assert (await ada.get("me")).status_code == 200


async def test_the_limit_is_the_apps_not_the_persons(signed_in: SignedIn) -> None:
    ada, bram = await signed_in("ada"), await signed_in("bram")
    await ada.post(f"{ORIGIN}/_simulator/apps", json={"client_id": "d" * 32, "client_secret": "z"})
    other = await signed_in("ada", client_id="d" * 32)
    await settings(ada, rate_limit=2)
    assert [(await client.get("me")).status_code for client in (ada, bram, ada, other)] == [
        200,
        200,
        429,
        200,
    ]


async def test_a_quota_closes_one_family_until_a_fixed_moment(
    ada: httpx2.AsyncClient, app: Starlette, clock: HandClock
) -> None:
    show = next(iter(app.state.simulation.world.catalogue.shows))
    await settings(ada, quotas={"/shows/{id}/episodes": 5})
    path = f"shows/{show}/episodes"
    for _ in range(5):
        assert (await ada.get(path)).status_code == 200
    answer = await ada.get(path)
    assert answer.status_code == 429
    assert answer.json() == {
        "error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
    }
    first = int(answer.headers["retry-after"])
    assert 86_000 < first <= 90_000
    clock.now += 1_000
    assert int((await ada.get(path)).headers["retry-after"]) == first - 1_000
    assert (await ada.get(f"shows/{show}")).status_code == 200
    clock.now += first - 1_000
    renewed = await ada.post(f"{ORIGIN}/_simulator/tokens", json={"user": "ada"})
    ada.headers["authorization"] = f"Bearer {renewed.json()['access_token']}"
    assert (await ada.get(path)).status_code == 200


async def test_a_quota_is_shared_by_all_apps_of_a_developer(signed_in: SignedIn) -> None:
    ada = await signed_in("ada")
    for number, developer in enumerate(("developer-1", "developer-2"), 1):
        app = {"client_id": str(number) * 32, "client_secret": "z", "developer": developer}
        await ada.post(f"{ORIGIN}/_simulator/apps", json=app)
    sibling, stranger = await signed_in("ada", client_id="1" * 32), await signed_in("ada", client_id="2" * 32)
    await settings(ada, quota=1)
    assert (await ada.get("me")).status_code == 200
    assert (await sibling.get("me")).status_code == 429
    assert (await stranger.get("me")).status_code == 200


async def test_extended_apps_have_no_quota(ada: httpx2.AsyncClient) -> None:
    await ada.post(f"{ORIGIN}/_simulator/apps", json={"client_id": CLIENT_ID, "profile": "extended"})
    await settings(ada, quota=1)
    assert [(await ada.get("me")).status_code for _ in range(3)] == [200, 200, 200]


async def test_by_default_there_is_room_for_a_lot(ada: httpx2.AsyncClient) -> None:
    assert {(await ada.get("me")).status_code for _ in range(500)} == {200}


def test_counting_a_million_events_takes_no_room() -> None:
    count = RollingCount(86_400.0)
    for second in range(100_000):
        count.add(float(second))
        count.add(float(second))
    assert 2 * 86_400 <= count.total(100_000.0) <= 2 * 88_000
    assert len(count._slots) <= 62
