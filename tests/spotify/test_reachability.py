"""What is told about Spotify is what is so: whose fault it is, and how far the clocks are apart."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from auxcord.simulator import create_app
from auxcord.simulator.oauth.apps import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from auxcord.spotify import reachability
from auxcord.spotify.oauth import SpotifyApp
from auxcord.telemetry.findings import Finding, Level

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

SPOTIFY = "http://127.0.0.1:9000"
NOW = 1_800_000_000.0
APP = SpotifyApp(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=create_app()), base_url=SPOTIFY, trust_env=False
    ) as http:
        yield http


async def fault(http: httpx2.AsyncClient, path: str, **rule: Any) -> None:
    answer = await http.post("/_simulator/faults", json={"kind": "status", "path": path, **rule})
    assert answer.is_success, answer.text


async def told_of_api(http: httpx2.AsyncClient) -> list[Finding]:
    return [each async for each in reachability.api(http, f"{SPOTIFY}/v1", lambda: NOW)]


async def told_of_app(http: httpx2.AsyncClient, app: SpotifyApp = APP) -> list[Finding]:
    redirect = "http://127.0.0.1/callback"
    return [each async for each in reachability.app(http, app, accounts_url=SPOTIFY, redirect_uri=redirect)]


@pytest.mark.parametrize(
    ("apart", "level", "says"),
    [
        (0, Level.OK, "agrees"),
        (30, Level.OK, "agrees"),
        (31, Level.WARNING, "31 s ahead of"),
        (-200, Level.WARNING, "200 s behind"),
        (3600, Level.PROBLEM, "3600 s ahead of"),
        (-3600, Level.PROBLEM, "3600 s behind"),
    ],
)
async def test_clocks_that_are_apart_are_told(
    http: httpx2.AsyncClient, apart: int, level: Level, says: str
) -> None:
    date = formatdate(NOW - apart, usegmt=True)
    await fault(http, "/v1/me", status=401, headers={"date": date})
    reached, clock = await told_of_api(http)
    assert reached.level is Level.OK
    assert clock.level is level
    assert says in clock.sentence


@pytest.mark.parametrize(
    ("status", "level"),
    [(401, Level.OK), (429, Level.WARNING), (503, Level.WARNING), (200, Level.PROBLEM), (404, Level.PROBLEM)],
)
async def test_what_the_web_api_answers_is_weighed(
    http: httpx2.AsyncClient, status: int, level: Level
) -> None:
    await fault(http, "/v1/me", status=status, headers={"date": "the other day"})
    (reached,) = await told_of_api(http)
    assert reached.level is level


@pytest.mark.parametrize(
    ("app", "says"),
    [
        (SpotifyApp("f" * 32, DEFAULT_CLIENT_SECRET), "does not know this app's client id"),
        (SpotifyApp(DEFAULT_CLIENT_ID, "not-the-secret"), "does not accept this app's client secret"),
    ],
)
async def test_a_wrong_id_and_a_wrong_secret_are_told_apart_and_not_shown(
    http: httpx2.AsyncClient, app: SpotifyApp, says: str
) -> None:
    (told,) = await told_of_app(http, app)
    assert told.level is Level.PROBLEM
    assert says in told.sentence
    assert "not-the-secret" not in repr(told)


async def test_an_app_without_a_secret_is_known_too(http: httpx2.AsyncClient) -> None:
    known, redirect = await told_of_app(http, SpotifyApp(DEFAULT_CLIENT_ID))
    assert (known.level, redirect.level) == (Level.OK, Level.OK)
    assert "PKCE alone" in known.sentence


@pytest.mark.parametrize(
    ("status", "level"), [(429, Level.WARNING), (500, Level.PROBLEM), (302, Level.PROBLEM)]
)
async def test_a_sign_in_service_in_trouble_is_told(
    http: httpx2.AsyncClient, status: int, level: Level
) -> None:
    await fault(http, "/api/token", status=status)
    (told,) = await told_of_app(http)
    assert told.level is level


async def test_a_redirect_address_of_which_nothing_can_be_told_is_not_guessed_at(
    http: httpx2.AsyncClient,
) -> None:
    await fault(http, "/authorize", status=200, body="<title>Log in</title>")
    (known,) = await told_of_app(http)
    assert known.level is Level.OK
