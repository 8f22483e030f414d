"""A damaged, cut or incomplete database is refused, or only read; never taken for another or an empty one."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import bindparam, func, insert, select, text

from auxcord.errors import StoreDamagedError
from auxcord.store import Store
from auxcord.store.integrity import index_of, log_of
from auxcord.store.schema import records, users
from tests.damage import fold, pages_with, root_of, spoil

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

PEOPLE = 40
COUNT = select(func.count()).select_from(users)


def person(number: int) -> dict[str, object]:
    return {"user_id": f"{number:032x}", "lookup": f"{number:032}".encode(), "created_at": 0.0}


def record(number: int) -> dict[str, object]:
    content = f"record-of-{number:04}".encode() * 60
    return {"user_id": f"{number:032x}", "kind": "link", "version": 1, "sealed": content, "updated_at": 0.0}


@pytest.fixture
async def filled(store: Store, path: Path) -> Path:
    """A closed database with people in it."""
    async with store.write() as connection:
        await connection.execute(insert(users), [person(number) for number in range(PEOPLE)])
        await connection.execute(insert(records), [record(number) for number in range(PEOPLE)])
    await store.close()
    fold(path)
    return path


def digests(path: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in path.parent.iterdir()}


async def sealed(store: Store, number: int) -> bytes | None:
    found = select(records.c.sealed).where(records.c.user_id == f"{number:032x}")
    try:
        return bytes((await store.fetch(found))[0][0])
    except StoreDamagedError:
        return None


async def test_a_damaged_page_takes_nobody_along_whose_rows_are_elsewhere(
    store: Store, filled: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (page,) = pages_with(filled, record(7)["sealed"])  # type: ignore[arg-type]
    spoil(filled, page)
    await store.open()
    assert store.damage
    assert all("page" in line or "Page" in line for line in store.damage)
    read = {number: await sealed(store, number) for number in range(PEOPLE)}
    lost = {number for number, content in read.items() if content is None}
    assert 7 in lost
    assert len(lost) < PEOPLE / 4
    assert all(read[number] == record(number)["sealed"] for number in range(PEOPLE) if number not in lost)
    out, err = capfd.readouterr()
    assert (out + err).count("the database is damaged") == 1


async def test_a_database_with_damaged_pages_is_never_written(store: Store, filled: Path) -> None:
    spoil(filled, root_of(filled, "grants"))
    before = filled.read_bytes()
    await store.open()
    with pytest.raises(StoreDamagedError, match="only read"):
        await store.transact(lambda connection: connection.execute(insert(users).values(person(99))))
    with pytest.raises(StoreDamagedError, match="only read"):
        store.write()
    with pytest.raises(StoreDamagedError, match="only read"):
        await store.checkpoint()
    assert (await store.fetch(COUNT))[0][0] == PEOPLE
    await store.close()
    assert filled.read_bytes() == before


async def test_a_damaged_database_of_an_older_revision_is_not_migrated(store: Store, filled: Path) -> None:
    await store.open()
    async with store.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    await store.close()
    fold(filled)
    spoil(filled, root_of(filled, "grants"))
    before = filled.read_bytes()
    with pytest.raises(StoreDamagedError):
        await store.open()
    assert not store.is_open
    assert filled.read_bytes() == before


@pytest.mark.parametrize("left", [1, 99, 100, 512, 4096, 3 * 4096, -4096])
async def test_a_file_that_was_cut_short_is_refused_and_left_as_it_is(
    store: Store, filled: Path, left: int
) -> None:
    whole = filled.read_bytes()
    filled.write_bytes(whole[:left])
    with pytest.raises(StoreDamagedError, match="damaged"):
        await store.open()
    assert filled.read_bytes() == whole[:left]


async def test_the_list_of_tables_being_gone_is_refused(store: Store, filled: Path) -> None:
    spoil(filled, 1)
    with pytest.raises(StoreDamagedError, match="no SQLite database"):
        await store.open()


async def test_a_database_that_lost_its_revision_is_not_taken_for_a_new_one(
    store: Store, filled: Path
) -> None:
    await store.open()
    async with store.write() as connection:
        await connection.execute(text("DELETE FROM alembic_version"))
    await store.close()
    with pytest.raises(StoreDamagedError, match="revision"):
        await store.open()


@pytest.fixture
async def interrupted(store: Store, path: Path, tmp_path: Path) -> Path:
    """A database as a killed process leaves it: what was written last is in the log."""
    async with store.write() as connection:
        await connection.execute(insert(users).values(person(1)))
    assert log_of(path).stat().st_size
    copied = shutil.copytree(path.parent, tmp_path / "interrupted") / path.name
    await store.close()
    return copied


async def test_what_a_killed_process_left_in_the_log_is_there_again(interrupted: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{interrupted}")
    await store.open()
    assert (await store.fetch(COUNT))[0][0] == 1
    await store.close()


async def test_a_missing_log_is_told_and_only_removing_its_index_accepts_the_loss(interrupted: Path) -> None:
    log_of(interrupted).unlink()
    before = digests(interrupted)
    store = Store(f"sqlite+aiosqlite:///{interrupted}")
    with pytest.raises(StoreDamagedError, match=r"log .* is missing") as caught:
        await store.open()
    assert str(index_of(interrupted)) in caught.value.advice
    assert digests(interrupted) == before
    index_of(interrupted).unlink()
    await store.open()
    assert not store.damage
    assert (await store.fetch(COUNT))[0][0] == 0
    await store.close()


async def test_a_database_that_was_emptied_is_not_taken_for_a_new_one(interrupted: Path) -> None:
    interrupted.write_bytes(b"")
    before = digests(interrupted)
    with pytest.raises(StoreDamagedError, match="is empty, although"):
        await Store(f"sqlite+aiosqlite:///{interrupted}").open()
    assert digests(interrupted) == before


async def test_damage_that_appears_while_it_runs_is_told_to_whom_it_concerns(
    store: Store, filled: Path
) -> None:
    await store.open()
    (page,) = pages_with(filled, record(7)["sealed"])  # type: ignore[arg-type]
    spoil(filled, page)
    found = select(records.c.sealed).where(records.c.user_id == bindparam("user_id"))
    with pytest.raises(StoreDamagedError):  # by a connection that has not read the page before
        async with store.read() as connection:
            await connection.execute(found, {"user_id": f"{7:032x}"})
    async with store.read() as connection:
        last = await connection.scalar(found, {"user_id": f"{PEOPLE - 1:032x}"})
    assert last == record(PEOPLE - 1)["sealed"]
    await store.transact(lambda connection: connection.execute(insert(users).values(person(99))))
    assert (await store.fetch(COUNT))[0][0] == PEOPLE + 1
