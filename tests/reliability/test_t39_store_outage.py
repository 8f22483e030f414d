"""T39: while the store is down everybody is told at once when to come back; it heals itself, nothing is lost.

Bar, for SQLite: another process that holds the write lock and does nothing, a database that is moved away or
replaced under a running server: 503 with `Retry-After` over HTTP, a plain result inside MCP, no refresh token
spent, and everybody served again without a restart. What disks do is T38's.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.people import REDIRECT, enrol, register, sign_in
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    import httpx2

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

EXPIRED: Final = 8
FRESH: Final = 8
AT_ONCE: Final = 10
SQLITE_WOULD_WAIT: Final = 10
FILES: Final = ("", "-wal", "-shm")


@pytest.fixture
async def house() -> AsyncIterator[Replicas]:
    async with replicas(1) as house:
        await house.simulator.turn(rotation="always")
        yield house


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Hold the write lock and do nothing, as somebody does who leaves a transaction open in a shell."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


class Moved:
    """The database's files, somewhere else, until they are put back."""

    def __init__(self, database: Path) -> None:
        self._database = database
        for suffix in FILES:
            self._at(suffix).rename(self._at(f"{suffix}.away"))

    def replace(self) -> None:
        """Put a copy in their place."""
        self._at("").write_bytes(self._at(".away").read_bytes())

    def put_back(self) -> None:
        """Put the files themselves back."""
        for suffix in FILES:
            self._at(f"{suffix}.away").rename(self._at(suffix))

    def _at(self, suffix: str) -> Path:
        return self._database.with_name(f"{self._database.name}{suffix}")


async def writes(house: Replicas, client_id: str, person: Person) -> list[httpx2.Response]:
    """Ask for all that needs writing, each so often at once; no answer takes as long as SQLite's own."""
    asked = {"client_id": client_id, "response_type": "code", "redirect_uri": REDIRECT}
    asked |= {"code_challenge": "x" * 43, "code_challenge_method": "S256", "state": "the-state"}
    page = {"Accept": "text/html"}

    def each() -> list[Any]:
        return [
            person.renew(),
            house.http.post("/register", json={"redirect_uris": [REDIRECT]}),
            house.http.get("/authorize", params=asked, headers=page),
            house.http.post("/revoke", data={"token": person.refresh, "client_id": person.client_id}),
        ]

    async with asyncio.timeout(SQLITE_WOULD_WAIT):
        return await asyncio.gather(*(asking for _ in range(AT_ONCE) for asking in each()))


async def told(house: Replicas, expired: list[Person], client_id: str, figures: Figures, what: str) -> None:
    """Everybody who needs the store is told when to come back, and Spotify is left alone."""
    await house.simulator.forget_requests()
    began = time.monotonic()
    answers = await writes(house, client_id, expired[0])
    figures.measure(
        f"{what}: seconds until {len(answers)} requests at once were answered", time.monotonic() - began
    )
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert 0 < int(answer.headers["Retry-After"]) <= 10
        assert answer.headers["Cache-Control"] == "no-store"
    figures.count(f"{what}: requests told to come back", len(answers))
    async with asyncio.timeout(SQLITE_WOULD_WAIT):
        said = await asyncio.gather(*(person.call("list_library", {"kind": "tracks"}) for person in expired))
    assert all(answer.status == 200 and "[store_unavailable]" in answer.text for answer in said), said
    figures.count(f"{what}: upstream refreshes", len(await house.simulator.refreshes()), "== 0")
    assert (await house.http.get("/healthz")).status_code == 200


async def served_again(house: Replicas, people: list[Person], figures: Figures, what: str) -> None:
    """At once, each by at most one refresh, without a restart."""
    answers = [await person.call("list_library", {"kind": "tracks"}) for person in people]
    figures.count(f"{what}: people lost", sum(answer.is_error for answer in answers), "== 0")
    assert (await people[0].renew()).status_code == 200
    assert (await (await sign_in(house, "ada")).call("get_account")).works
    assert (await house.http.get("/readyz")).status_code == 200


async def test_a_lock_that_somebody_sits_on_is_an_outage_of_writing_alone(
    house: Replicas, figures: Figures
) -> None:
    what = "a lock nobody gives back"
    expired, fresh, client_id = await enrol(house, EXPIRED, expired=True), await enrol(house, FRESH), ""
    client_id = await register(house)
    with locked(house.database):
        await told(house, expired, client_id, figures, what)
        read = [await person.call("list_library", {"kind": "tracks"}) for person in fresh]
        figures.count(
            f"{what}: people with an access token served", sum(not a.is_error for a in read), "== 8"
        )
        assert (await house.http.get("/readyz")).status_code == 200  # another replica would write no better
    await served_again(house, expired + fresh, figures, what)


async def test_a_database_that_is_gone_is_noticed_and_nothing_is_written_to_where_it_would_be_lost(
    house: Replicas, figures: Figures
) -> None:
    what = "a database that is moved away"
    expired, fresh = await enrol(house, EXPIRED, expired=True), await enrol(house, FRESH)
    client_id = await register(house)
    moved = Moved(house.database)
    for _ in range(2):
        await told(house, expired, client_id, figures, what)
        ready = await house.http.get("/readyz")
        assert (ready.status_code, ready.json()["reason"]) == (503, "store")
        assert int(ready.headers["Retry-After"]) > 0
        moved.replace()  # a restored copy is another file: only a restart may take it up
    moved.put_back()
    await served_again(house, expired + fresh, figures, what)


async def test_a_start_while_somebody_keeps_the_database_to_themselves_is_one_sentence(
    house: Replicas,
) -> None:
    (server,) = house.all
    assert await server.terminate() == 0
    server.log.write_text("")
    with closing(sqlite3.connect(house.database, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RuntimeError, match="cannot be reached or is busy"):
            await server.start()
    assert "Traceback" not in server.log.read_text()
    await server.start()
    assert (await house.http.get("/readyz")).status_code == 200
