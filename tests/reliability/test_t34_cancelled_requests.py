"""T34: a request cancelled at any await loses no refresh token.

Bar: cancelled at every await there is, 25 at least, no refresh token lost, with a Spotify that replaces the
refresh token at every use. The awaits are walked one by one: of the caller of an access token; of a whole MCP
call whose handling is cancelled; of one whose client is gone, which is how MCP 2026-07-28 cancels. Then real
connections are cut.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2
import pytest
from sqlalchemy import select

from auxcord.accounts import LinkState
from auxcord.server.assembly import Parts
from auxcord.server.listener import bind, port_of, serving
from auxcord.server.settings import Settings
from auxcord.server.shared import build_app
from auxcord.simulator.app import create_app
from auxcord.store.schema import leases
from bench.raw import call_request
from tests.people import enrol, kept, library
from tests.reliability import stepping
from tests.replicas import PUBLIC_URL, Replicas, Simulator, replicas, spotify_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from starlette.types import ASGIApp, Message

    from bench.figures import Figures
    from tests.people import Person

LIFE = 10
"""Seconds a Spotify access token lives here: the MCP token has to last for all the steps."""
CUT = 60


class Clock:
    """Real time, moved forward at will."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Indoors:
    """A server and its Spotify in this process."""

    app: ASGIApp
    parts: Parts
    clock: Clock
    simulator: Simulator
    ada: Person

    async def call(self) -> None:
        """Ask for Ada's account; whoever handles the request is cancelled with this call."""
        headers, body = call_request("get_account", {}, self.ada.access)
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app), base_url=PUBLIC_URL
        ) as http:
            assert '"isError":true' not in (await http.post("/mcp", headers=headers, json=body)).text

    async def settled(self) -> None:
        """Wait until every refresh under way has come to its end."""
        while tasks := self.parts.accounts._refresher._tasks:
            await asyncio.wait(tasks)

    async def is_linked(self) -> bool:
        """Whether Ada's refresh token works still; nobody holds the lease."""
        link = (await kept(self.parts, self.ada.user_id)).link
        assert await self.parts.store.fetch(select(leases)) == []
        works: bool = (await self.simulator.look(link.refresh_token))["works"]
        return works and link.state is LinkState.ACTIVE


@asynccontextmanager
async def indoors(folder: Path) -> AsyncIterator[Indoors]:
    """Run a server and its Spotify in this process, with real connections between the two."""
    clock, listener = Clock(), bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{port_of(listener)}"
    async with serving(create_app(clock=clock), listener), httpx2.AsyncClient(trust_env=False) as http:
        house = Replicas(folder, SimpleNamespace(), spotify_at(url))
        house.simulator = Simulator(SimpleNamespace(url=url), http)
        await house.simulator.turn(rotation="always", access_seconds=LIFE)
        (ada,) = await enrol(house, ["ada"])
        settings = Settings.load(house.environment)
        parts = Parts.of(settings, settings.keys, clock=clock)
        app = build_app(settings, parts)
        async with app.router.lifespan_context(app):
            yield Indoors(app, parts, clock, house.simulator, ada)


class Walk(NamedTuple):
    """How a walk went: how many steps there were, what Spotify saw, and how many refresh tokens were lost."""

    steps: int
    refreshes: int
    lost: int


async def walked(house: Indoors, attempt: Callable[[int], Awaitable[bool]]) -> Walk:
    """Try at every step in turn, each time with an expired access token, until it is too late for it."""
    await house.simulator.forget_requests()
    step, was_in_time, lost = 0, True, False
    while was_in_time and not lost:
        step += 1
        house.clock.ahead += LIFE
        was_in_time = await attempt(step)
        await house.settled()
        lost = not await house.is_linked()
    return Walk(step - (not was_in_time), len(await house.simulator.refreshes()), lost)


async def cancelled_after(step: int, work: Awaitable[object]) -> bool:
    """Cancel `work` after so many steps of the loop; says whether it was under way still."""
    task, was_in_time = asyncio.ensure_future(work), False

    def cancel() -> None:
        nonlocal was_in_time
        was_in_time = task.cancel()

    stepping.loop().after(step, cancel)
    await asyncio.wait([task])
    stepping.loop().never()
    if not task.cancelled():
        task.result()
    return was_in_time


def record(figures: Figures, what: str, walk: Walk, *, least: int = 25) -> None:
    figures.count(f"refresh tokens lost when {what}", walk.lost, "== 0")
    figures.measure(f"points at which {what}", walk.steps, f">= {least}")
    assert walk.refreshes >= least


def test_the_caller_of_an_access_token_is_cancelled_at_every_await(tmp_path: Path, figures: Figures) -> None:
    async def walk() -> Walk:
        async with indoors(tmp_path) as house:
            return await walked(
                house,
                lambda step: cancelled_after(step, house.parts.accounts.access_token(house.ada.user_id)),
            )

    record(figures, "the caller of an access token was cancelled", stepping.run(walk()), least=10)


def test_a_whole_call_is_cancelled_at_every_await(tmp_path: Path, figures: Figures) -> None:
    async def walk() -> Walk:
        async with indoors(tmp_path) as house:
            return await walked(house, lambda step: cancelled_after(step, house.call()))

    record(figures, "the handling of a whole call was cancelled", stepping.run(walk()))


def test_the_client_of_a_call_is_gone_at_every_await(tmp_path: Path, figures: Figures) -> None:
    async def walk() -> Walk:
        async with indoors(tmp_path) as house:
            return await walked(house, lambda step: gone_after(step, house))

    record(figures, "the client of a call was gone", stepping.run(walk()))


async def gone_after(step: int, house: Indoors) -> bool:
    """Make a call whose client is gone after so many steps; says whether the answer was under way still."""
    headers, body = call_request("get_account", {}, house.ada.access)
    request = httpx2.Request("POST", f"{PUBLIC_URL}/mcp", headers=headers, json=body)
    gone, ended = asyncio.Event(), False
    arriving = [{"type": "http.request", "body": request.content, "more_body": False}]

    async def receive() -> Message:
        if arriving:
            return arriving.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal ended
        if gone.is_set():
            raise OSError("the client is gone")
        ended = message["type"] == "http.response.body" and not message.get("more_body")

    handling = asyncio.ensure_future(house.app(scope_of(request), receive, send))
    stepping.loop().after(step, gone.set)
    await asyncio.wait([handling])
    was_in_time = gone.is_set() and not ended
    stepping.loop().never()
    return was_in_time


def scope_of(request: httpx2.Request) -> dict[str, Any]:
    """An ASGI scope, as a server makes it for a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
    }


@pytest.mark.anyio
@pytest.mark.server
async def test_connections_cut_at_any_moment_lose_no_refresh_token(figures: Figures) -> None:
    async with replicas(2) as house:
        await house.simulator.turn(rotation="always")
        people = await enrol(house, CUT, expired=True)
        await house.simulator.fault("latency", path="/api/token", seconds=1.0)

        async def cut(number: int, person: Person) -> bool:
            try:
                await asyncio.wait_for(person.call("get_account", to=house.all[number % 2]), number * 0.02)
            except TimeoutError:
                return True
            return False

        cuts = await asyncio.gather(*(cut(number, person) for number, person in enumerate(people)))
        answers = await asyncio.gather(*(person.call("get_account") for person in people))
        refreshes = await house.simulator.refreshes()
        async with library(house) as inside:
            links = [(await kept(inside, person.user_id)).link for person in people]
        works = [(await house.simulator.look(link.refresh_token))["works"] for link in links]
    assert [answer.text for answer in answers if not answer.works] == []
    figures.count("real connections, each cut a little later than the last", CUT)
    figures.measure("of these, cut before the answer came", sum(cuts), ">= 25")
    figures.measure("upstream refreshes of these people", len(refreshes))
    figures.count("refresh tokens lost by cut connections", works.count(False), "== 0")
