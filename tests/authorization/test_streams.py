"""Streams and sessions: they end with the grant, and nobody has more than their share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from fastmcp.server.http import StreamableHTTPASGIApp

from auxcord.audit import Event
from auxcord.audit.reading import lines
from auxcord.server.sessions import MOST_EACH, SPARED_SECONDS
from auxcord.server.streams import LOOK_SECONDS
from tests.authorization.house import House, Program, Tokens, tokens_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Message

pytestmark = pytest.mark.anyio

NEWEST = "2025-11-25"


@dataclass
class Stream:
    """A client that reads a stream, connected to the application itself."""

    sent: list[Message] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> Message:
        if not self.sent and not self.changed.is_set():
            self.changed.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        self.changed.set()

    async def until_open(self) -> None:
        while not any(message["type"] == "http.response.start" for message in self.sent):
            self.changed.clear()
            await self.changed.wait()

    @property
    def is_complete(self) -> bool:
        return self.sent[-1]["type"] == "http.response.body" and not self.sent[-1].get("more_body", False)


def session_managers(house: House) -> list[Any]:
    endpoints = [getattr(getattr(route, "endpoint", None), "app", None) for route in house.app.routes]
    return [inner.session_manager for inner in endpoints if isinstance(inner, StreamableHTTPASGIApp)]


async def begin_session(program: Program, tokens: Tokens) -> Any:
    """Begin a session as clients of 2025-11-25 do; returns the answer."""
    params = {"protocolVersion": NEWEST, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    headers = {"Authorization": f"Bearer {tokens.access}", "Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    return await program.http.post("/mcp", json=body, headers=headers)


async def open_stream(house: House, program: Program, tokens: Tokens) -> tuple[Stream, asyncio.Task[None]]:
    """Open the stream on which a 2025-11-25 client hears from the server."""
    session = (await begin_session(program, tokens)).headers["mcp-session-id"]
    headers = {
        "host": "127.0.0.1:8000",
        "authorization": f"Bearer {tokens.access}",
        "accept": "text/event-stream",
        "mcp-session-id": session,
        "mcp-protocol-version": NEWEST,
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/mcp",
        "raw_path": b"/mcp",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
    }
    stream = Stream()
    running = asyncio.create_task(house.app(scope, stream.receive, stream.send))
    await stream.until_open()
    assert stream.sent[0]["status"] == 200
    return stream, running


async def test_a_stream_ends_soon_after_its_grant_is_revoked(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    stream, running = await open_stream(house, program, tokens)
    await program.revoke(tokens.access)
    assert not running.done()
    house.turnstile.go_on()
    await asyncio.wait_for(running, 5)
    assert stream.is_complete
    assert set(house.turnstile.asked) == {LOOK_SECONDS}
    assert LOOK_SECONDS <= 0.5


async def test_a_stream_goes_on_while_its_grant_does(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    stream, running = await open_stream(house, program, tokens)
    for times in (2, 3):
        house.turnstile.go_on()
        await house.turnstile.until_asked(times)
    assert not running.done()
    stream.gone.set()
    await asyncio.wait_for(running, 5)


async def test_an_outage_ends_no_stream(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    stream, running = await open_stream(house, program, tokens)
    house.clock.advance(1)
    await house.store.close()
    house.turnstile.go_on()
    await house.turnstile.until_asked(2)
    assert not running.done()
    await house.store.open()
    stream.gone.set()
    await asyncio.wait_for(running, 5)


async def test_a_stream_ends_when_its_token_does(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    stream, running = await open_stream(house, program, tokens)
    house.clock.advance(3601)
    house.turnstile.go_on()
    await asyncio.wait_for(running, 5)
    assert stream.is_complete


async def use(program: Program, tokens: Tokens, opened: Any, method: str = "tools/list") -> int:
    """Use a session; the status of the answer."""
    headers = {
        "Authorization": f"Bearer {tokens.access}",
        "Accept": "application/json, text/event-stream",
        "Mcp-Session-Id": opened.headers["mcp-session-id"],
        "MCP-Protocol-Version": NEWEST,
    }
    if method == "DELETE":
        return (await program.http.delete("/mcp", headers=headers)).status_code
    body = {"jsonrpc": "2.0", "id": 2, "method": method}
    return (await program.http.post("/mcp", json=body, headers=headers)).status_code


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time pass for the sessions."""
    ahead = [0.0]
    now = anyio.current_time
    monkeypatch.setattr("auxcord.server.sessions.anyio.current_time", lambda: now() + ahead[0])

    def pass_time(seconds: float) -> None:
        ahead[0] += seconds

    return pass_time


async def test_one_person_cannot_use_up_everybodys_sessions(house: House, program: Program) -> None:
    ada, bram = await tokens_for(house, program), await tokens_for(house, program, person="bram")
    opened = [await begin_session(program, ada) for _ in range(MOST_EACH)]
    assert {answer.status_code for answer in opened} == {200}
    refused = await begin_session(program, ada)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    told = [line.details async for line in lines(house.store) if line.event == Event.LIMIT_HIT]
    assert [details.facts for details in told if details] == [{"limit": "sessions"}]
    assert (await begin_session(program, bram)).status_code == 200
    assert (await program.whoami(ada.access)).status_code == 200
    assert await use(program, ada, opened[0], "DELETE") == 200
    assert (await begin_session(program, ada)).status_code == 200


async def test_the_session_idle_longest_makes_room_for_a_new_one(
    house: House, program: Program, later: Callable[[float], None]
) -> None:
    ada = await tokens_for(house, program)
    opened = [await begin_session(program, ada) for _ in range(MOST_EACH)]
    later(SPARED_SECONDS + 1)
    assert await use(program, ada, opened[0]) == 200
    assert (await begin_session(program, ada)).status_code == 200
    assert [await use(program, ada, opened[number]) for number in (0, 1, 2)] == [200, 404, 200]


async def test_a_session_with_an_open_stream_is_not_idle(
    house: House, program: Program, later: Callable[[float], None]
) -> None:
    ada = await tokens_for(house, program)
    stream, running = await open_stream(house, program, ada)
    for _ in range(MOST_EACH - 1):
        await begin_session(program, ada)
    later(100)
    for _ in range(MOST_EACH - 1):
        assert (await begin_session(program, ada)).status_code == 200
    assert not running.done()
    assert (await begin_session(program, ada)).status_code == 429
    stream.gone.set()
    await asyncio.wait_for(running, 5)


async def test_when_all_room_is_used_up_the_session_idle_longest_goes_whoevers_it_is(
    house: House, program: Program, later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auxcord.server.sessions.MOST", 3)
    for manager in session_managers(house):
        manager.max_sessions = 3
    ada, bram = await tokens_for(house, program), await tokens_for(house, program, person="bram")
    first = await begin_session(program, ada)
    later(1)
    others = [await begin_session(program, ada) for _ in range(2)]
    assert (await begin_session(program, bram)).status_code == 503
    later(SPARED_SECONDS)
    assert (await begin_session(program, bram)).status_code == 200
    assert await use(program, ada, first) == 404
    assert [await use(program, ada, other) for other in others] == [200, 200]
