"""T38: a disk that is full, fails or is read-only costs no refresh token; reading goes on; it mends itself.

Bar: a small tmpfs filled to the last byte, EIO on fsync, EROFS on writing, a start on a read-only mount: 0
upstream refreshes once nothing can be written, reads work, everything works again without a restart.
"""

from __future__ import annotations

import asyncio
import errno
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from auxcord.store.schema import leases
from tests.disks import BrokenDisk, small_disk
from tests.people import REDIRECT, enrol, library, register, sign_in
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bench.figures import Figures
    from tests.disks import Disk
    from tests.people import Answer, Person
    from tests.processes import Program
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

EXPIRED, FRESH = 20, 10
ALMOST = (512, 128, 64, 48, 32, 24, 16, 8, 4)
FULL = "The disk that holds the database is full."
FAILING = "The disk that holds the database fails to read or write."
PATIENCE = 20


@pytest.fixture(params=["tmpfs", "libfiu"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "libfiu":
        yield BrokenDisk(tmp_path)
        return
    with small_disk(tmp_path / "data") as small:
        yield small


@asynccontextmanager
async def served(disk: Disk, folder: Path) -> AsyncIterator[tuple[Replicas, Program]]:
    """A replica on this disk; every refresh at Spotify ends the refresh token it spent."""
    async with replicas(0, folder=folder) as house:
        await house.simulator.turn(rotation="always")
        yield house, await disk.serve(house)


async def listing(people: list[Person]) -> list[Answer]:
    """Everybody lists their saved tracks at the same time."""
    return await asyncio.gather(*(person.call("list_library", {"kind": "tracks"}) for person in people))


async def until_they_work(people: list[Person]) -> None:
    """Call until everybody is served; not for longer than a client would wait."""
    async with asyncio.timeout(PATIENCE):
        while any(answer.is_error for answer in await listing(people)):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


async def refused(people: list[Person], sentence: str, *, rounds: int) -> int:
    """Everybody tries so often and is told what is wrong each time; returns how often Spotify was asked."""
    simulator = people[0].house.simulator
    await simulator.forget_requests()
    said = [answer for _ in range(rounds) for answer in await listing(people)]
    assert all(sentence in answer.text and "[store_unavailable]" in answer.text for answer in said), said
    return len(await simulator.refreshes())


async def recovered(expired: list[Person], fresh: list[Person], figures: Figures, what: str) -> None:
    """Everybody works again, by one refresh each, and so do sign-ins."""
    await until_they_work(expired + fresh)
    house = expired[0].house
    figures.count(f"{what}: upstream refreshes once it works again", len(await house.simulator.refreshes()))
    assert len(await house.simulator.refreshes()) == len(expired)
    assert not (await (await sign_in(house, "ada")).call("get_account")).is_error
    lost = sum(answer.is_error for answer in await listing(expired + fresh))
    figures.count(f"{what}: people lost", lost, "== 0")
    figures.count(f"{what}: people served again without a restart", len(expired + fresh) - lost, "== 30")


async def test_on_a_full_disk_no_token_is_spent_reading_goes_on_and_room_mends_it(
    disk: Disk, tmp_path: Path, figures: Figures
) -> None:
    async with served(disk, tmp_path) as (house, replica):
        expired, fresh = await enrol(house, EXPIRED, expired=True), await enrol(house, FRESH)
        client_id = await register(house)
        await disk.fill()
        what = f"full disk ({type(disk).__name__})"
        spent = await refused(expired, FULL, rounds=10)
        figures.count(f"{what}: upstream refreshes in 200 calls that needed one", spent, "== 0")
        read = sum(not answer.is_error for answer in await listing(fresh))
        figures.count(f"{what}: calls of people with a valid access token that were served", read, "== 10")
        await clients_are_told_to_come_back(house, fresh[0], client_id)
        await disk.free()
        await recovered(expired, fresh, figures, what)
        assert await replica.terminate() == 0
        await replica.start()
        await until_they_work(expired + fresh)
        assert len(await house.simulator.refreshes()) == len(expired), "nobody needs another refresh"


async def clients_are_told_to_come_back(house: Replicas, person: Person, client_id: str) -> None:
    """What needs writing answers 503 with Retry-After; what does not is served."""
    document = {"redirect_uris": [REDIRECT]}
    refused = [await person.renew(), await house.http.post("/register", json=document)]
    asked = {"client_id": client_id, "response_type": "code", "redirect_uri": REDIRECT}
    asked |= {"code_challenge": "x" * 43, "code_challenge_method": "S256", "state": "the-state"}
    refused.append(await house.http.get("/authorize", params=asked))
    for answer in refused:
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["Retry-After"]) > 0
    assert "our own database" in refused[-1].text
    assert (await house.http.get("/healthz")).status_code == 200


async def test_with_room_for_the_lease_but_hardly_for_the_outcome_no_token_is_spent(
    tmp_path: Path, figures: Figures
) -> None:
    with small_disk(tmp_path / "data") as disk:
        async with served(disk, tmp_path) as (house, _replica):
            expired = await enrol(house, 2, expired=True)
            spent = 0
            for kilobytes in ALMOST:
                await disk.fill(leave=kilobytes * 1024)
                spent += await refused(expired, FULL, rounds=1)
            figures.count(f"upstream refreshes with {ALMOST[-1]} to {ALMOST[0]} kB left", spent, "== 0")
            await disk.free()
            await until_they_work(expired)


async def test_a_disk_that_fails_to_sync_is_like_a_full_one(tmp_path: Path, figures: Figures) -> None:
    disk = BrokenDisk(tmp_path)
    async with served(disk, tmp_path) as (house, _replica):
        expired, fresh = await enrol(house, EXPIRED, expired=True), await enrol(house, FRESH)
        await disk.fail_syncing()
        spent = await refused(expired, FAILING, rounds=2)
        figures.count("EIO on fsync: upstream refreshes in 40 calls that needed one", spent, "== 0")
        assert not any(answer.is_error for answer in await listing(fresh))
        await disk.free()
        await recovered(expired, fresh, figures, "EIO on fsync")


async def test_a_disk_that_turned_read_only_is_like_a_full_one(tmp_path: Path, figures: Figures) -> None:
    disk = BrokenDisk(tmp_path)
    async with served(disk, tmp_path) as (house, _replica):
        expired, fresh = await enrol(house, EXPIRED, expired=True), await enrol(house, FRESH)
        await disk.fail_writing(errno.EROFS)
        spent = await refused(expired, FAILING, rounds=2)
        figures.count("EROFS on writing: upstream refreshes in 40 calls that needed one", spent, "== 0")
        assert not any(answer.is_error for answer in await listing(fresh))
        await disk.free()
        await recovered(expired, fresh, figures, "EROFS on writing")


async def test_a_start_on_a_read_only_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "data") as disk:
        async with served(disk, tmp_path) as (house, replica):
            people = await enrol(house, 3, expired=True)
            assert await replica.terminate() == 0
            disk.remount("ro")
            with pytest.raises(RuntimeError, match="read-only"):
                await replica.start()
            assert "Traceback" not in house.logs()
            disk.remount("rw")
            await replica.start()
            await until_they_work(people)


async def test_an_answer_that_finds_no_room_is_used_and_written_once_there_is_some(
    disk: Disk, tmp_path: Path, figures: Figures
) -> None:
    async with served(disk, tmp_path) as (house, replica):
        people = await enrol(house, FRESH, expired=True)
        await spend_while_filling(disk, house, people)
        figures.count(
            f"answers that found no room ({type(disk).__name__})", len(await house.simulator.refreshes())
        )
        assert not any(answer.is_error for answer in await listing(people))
        assert len(await house.simulator.refreshes()) == FRESH
        ending = asyncio.create_task(replica.terminate())
        done, _ = await asyncio.wait({ending}, timeout=3)
        assert not done, "it must not end before they are written"
        await disk.free()
        assert await ending == 0
        await replica.start()
        answers = await listing(people)
        lost = sum(answer.is_error for answer in answers)
        figures.count(f"answers that found no room ({type(disk).__name__}): lost", lost, "== 0")
        assert len(await house.simulator.refreshes()) == FRESH, "what was written is used"


async def spend_while_filling(disk: Disk, house: Replicas, people: list[Person]) -> None:
    """Let everybody refresh, and fill the disk while Spotify takes its time to answer."""
    await house.simulator.forget_requests()
    await house.simulator.turn(latency=3.0)
    calling = asyncio.create_task(listing(people))
    await leases_taken(house, len(people))
    await disk.fill()
    await house.simulator.turn(latency=0.0)
    assert not any(answer.is_error for answer in await calling)


async def leases_taken(house: Replicas, count: int) -> None:
    """Wait until so many refreshes are under way."""
    async with asyncio.timeout(PATIENCE), library(house) as inside:
        taken = select(leases.c.name)
        while len(await inside.store.fetch(taken)) < count:  # noqa: ASYNC110 - another process takes them
            await asyncio.sleep(0.05)
