"""What the simulator's tests share: a fresh simulator, a hand-moved clock, and signed-in clients."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from auxcord.simulator import create_app

from .stage import Stage

if TYPE_CHECKING:
    from starlette.applications import Starlette

ORIGIN = "http://127.0.0.1:8889"
CLIENT_ID = "00000000000000000000000000000001"
CLIENT_SECRET = "simulator-secret-not-real"
REDIRECT = "http://127.0.0.1:43117/callback"


class HandClock:
    """Time that moves only when a test moves it."""

    def __init__(self, now: float = 1_795_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def client_of(app: Starlette, **more: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN, **more)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def app(clock: HandClock) -> Starlette:
    return create_app(clock=clock, broken=httpx2.ReadError)


@pytest.fixture
async def http(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as client:
        yield client


SignedIn = Callable[..., Awaitable[httpx2.AsyncClient]]


@pytest.fixture
async def signed_in(app: Starlette) -> AsyncIterator[SignedIn]:
    """Make clients of the Web API that carry a token of a person."""
    clients: list[httpx2.AsyncClient] = []

    async def sign_in(user: str = "ada", scopes: list[str] | None = None, **more: str) -> httpx2.AsyncClient:
        client = client_of(app)
        clients.append(client)
        wanted = {"user": user, **more} if scopes is None else {"user": user, "scopes": scopes, **more}
        issued = await client.post("/_simulator/tokens", json=wanted)
        assert issued.status_code == 201, issued.text
        client.headers["authorization"] = f"Bearer {issued.json()['access_token']}"
        client.base_url = httpx2.URL(f"{ORIGIN}/v1/")
        return client

    yield sign_in
    for client in clients:
        await client.aclose()


@pytest.fixture
async def ada(signed_in: SignedIn) -> httpx2.AsyncClient:
    return await signed_in("ada")


@pytest.fixture
def stage(ada: httpx2.AsyncClient, clock: HandClock) -> Stage:
    return Stage(ada, clock)
