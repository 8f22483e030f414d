"""Over a real socket: cut connections, unfinished bodies, and a page of a foreign site."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import httpx2
import pytest
import uvicorn

from auxcord.simulator import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.anyio, pytest.mark.server]


@pytest.fixture
async def server() -> AsyncIterator[httpx2.AsyncClient]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(), access_log=False, log_level="critical", lifespan="off")
    serving = uvicorn.Server(config)
    task = asyncio.create_task(serving.serve(sockets=[listener]))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with httpx2.AsyncClient(base_url=origin, trust_env=False) as client:
        issued = (await client.post("/_simulator/tokens", json={"user": "ada"})).json()
        client.headers["authorization"] = f"Bearer {issued['access_token']}"
        yield client
    serving.should_exit = True
    await task
    listener.close()


async def test_a_cut_connection_is_really_cut(server: httpx2.AsyncClient) -> None:
    for kind in ("reset-before", "reset-after"):
        await server.post("/_simulator/faults", json={"kind": kind, "path": "/v1/me/playlists", "times": 1})
        with pytest.raises(httpx2.TransportError):
            await server.post("/v1/me/playlists", json={"name": kind})
    names = [item["name"] for item in (await server.get("/v1/me/playlists?limit=2")).json()["items"]]
    assert names[0] == "reset-after"
    assert "reset-before" not in names
    logged = (await server.get("/_simulator/requests", params={"method": "POST"})).json()["requests"]
    assert [(entry["status"], entry["fault"]) for entry in logged] == [
        (0, "reset-before"),
        (0, "reset-after"),
    ]


async def test_a_truncated_body_ends_before_its_length(server: httpx2.AsyncClient) -> None:
    await server.post("/_simulator/faults", json={"kind": "truncated", "times": 1})
    with pytest.raises(httpx2.TransportError):
        await server.get("/v1/me")
    assert (await server.get("/v1/me")).status_code == 200


async def test_a_huge_body_is_not_held_in_memory_by_the_server(server: httpx2.AsyncClient) -> None:
    await server.post("/_simulator/faults", json={"kind": "huge", "size": 10**12, "times": 1})
    async with server.stream("GET", "/v1/me") as answer:
        async for chunk in answer.aiter_bytes():
            assert chunk
            break
    assert (await server.get("/v1/me")).status_code == 200


async def test_links_carry_the_address_the_client_used(server: httpx2.AsyncClient) -> None:
    page = (await server.get("/v1/me/tracks")).json()
    assert page["next"].startswith(str(server.base_url))
    assert (await server.get(page["next"])).status_code == 200


async def test_head_and_204_answers_have_no_body(server: httpx2.AsyncClient) -> None:
    answer = await server.put("/v1/me/player/play")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await server.get("/v1/me")).status_code == 200
