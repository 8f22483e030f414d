"""T25: an open stream ends within a second after what it was opened with is taken back

Real processes over HTTP. A stream of a 2025-11-25 client may be open for hours, and only its opening carried
the token. The bar: however access ended and at whichever process, the stream is closed from our side; streams
of others, and of another client of the same person that still may, stay open.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from auxcord.server.streams import LOOK_SECONDS
from tests.people import enrol
from tests.replicas import at, replicas
from tests.revisions import LEGACY, MODERN, REVISIONS, Wire
from tests.security.test_t25_taken_back import WAYS, take_back

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]


@pytest.fixture(scope="module")
async def house(anyio_backend: str) -> AsyncIterator[Replicas]:
    async with replicas(2) as house:
        yield house


@asynccontextmanager
async def stream(person: Person) -> AsyncIterator[asyncio.Task[float]]:
    """Open a stream at the second process; the task ends with the time at which the server closes it."""
    second = at(person.house.all[1])
    wire = Wire(person.house.http, person.access, LEGACY)
    assert (await wire.open(extensions=second)).status == 200
    headers = wire.headers("-") | {"Accept": "text/event-stream"}
    async with wire.http.stream("GET", "/mcp", headers=headers, timeout=60, extensions=second) as answer:
        assert answer.status_code == 200
        reading = asyncio.create_task(end_of(answer))
        try:
            yield reading
        finally:
            reading.cancel()


async def end_of(answer: httpx2.Response) -> float:
    async for _ in answer.aiter_bytes():
        pass
    return time.perf_counter()


@pytest.mark.parametrize("way", WAYS)
async def test_streams_end_whichever_way_access_ends(house: Replicas, way: str, figures: Figures) -> None:
    person, bystander = await enrol(house, 2)
    (elsewhere,) = await enrol(house, [person.handle])
    async with (
        stream(person) as ending,
        stream(bystander) as going_on,
        stream(elsewhere) as of_another_client,
    ):
        began = time.perf_counter()
        assert not ending.done()
        await take_back(person, way)
        taken = await asyncio.wait_for(ending, 30) - began
        if way == "the person disconnects":
            await asyncio.wait_for(of_another_client, 30)
        await asyncio.sleep(2 * LOOK_SECONDS)
        assert not going_on.done()
        assert of_another_client.done() is (way == "the person disconnects")
    figures.measure(f"seconds until an open stream ends after {way}", taken)


async def test_clients_of_the_newer_revision_have_no_stream_to_keep(house: Replicas) -> None:
    (person,) = await enrol(house, 1)
    wanted = {"notifications": {"toolsListChanged": True}}
    reply = await Wire(house.http, person.access, MODERN).ask("subscriptions/listen", wanted)
    assert (reply.status, reply.code) == (404, -32601)


@pytest.mark.parametrize("revision", REVISIONS)
async def test_no_revision_is_promised_news_that_nobody_would_send(house: Replicas, revision: str) -> None:
    (person,) = await enrol(house, 1)
    wire, first = Wire(house.http, person.access, revision), at(house.all[0])
    opening = (
        wire.ask("server/discover", extensions=first) if revision == MODERN else wire.open(extensions=first)
    )
    opened = await opening
    promised = opened.result["capabilities"]
    assert {"tools", "resources", "prompts", "completions"} <= set(promised)
    for offered in promised.values():
        assert not offered.get("subscribe")
        assert not offered.get("listChanged")
    reply = await wire.ask("resources/subscribe", {"uri": "spotify://playlists"}, extensions=first)
    assert (reply.code, reply.result) == (-32601, {}), reply.body


async def test_a_session_whose_person_disconnected_is_nobodys(house: Replicas) -> None:
    (person,) = await enrol(house, 1)
    wire = Wire(house.http, person.access, LEGACY)
    second = at(house.all[1])
    assert (await wire.open(extensions=second)).status == 200
    await take_back(person, "the person disconnects")
    (again,) = await enrol(house, [person.handle])
    assert again.user_id != person.user_id
    returned = Wire(house.http, again.access, LEGACY, session=wire.session)
    assert (await returned.ask("tools/list", extensions=second)).status == 404
    await asyncio.sleep(1)
    assert (await wire.ask("tools/list", extensions=second)).status == 401
