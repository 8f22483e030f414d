"""Everything outside damaged pages is in the rescued database, and the damaged one is only read."""

from __future__ import annotations

import contextlib
import hashlib
import random
import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select

from auxcord.errors import StoreError
from auxcord.store import Store
from auxcord.store.rescue import rescue
from auxcord.store.schema import data_keys, records, users
from tests.damage import PAGE, fold, pages_with, root_of, spoil

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

pytestmark = pytest.mark.anyio

PEOPLE = 400


def sealed(number: int) -> bytes:
    return random.Random(number).randbytes(600)


def fill(connection: Connection) -> None:
    for number in range(PEOPLE):
        user_id = f"{number:032x}"
        connection.execute(insert(users).values(user_id=user_id, lookup=user_id.encode(), created_at=0.0))
        connection.execute(
            insert(data_keys).values(user_id=user_id, key_id="k", wrapped=b"w", created_at=0.0)
        )
        connection.execute(
            insert(records).values(
                user_id=user_id, kind="link", version=1, sealed=sealed(number), updated_at=0.0
            )
        )
    connection.execute(delete(users).where(users.c.user_id == f"{17:032x}"))  # a gap in the row ids


@pytest.fixture
async def filled(store: Store, path: Path) -> Path:
    await store.transact(fill)
    await store.close()
    fold(path)
    return path


async def rescued(path: Path) -> dict[str, bytes]:
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    assert not store.damage
    rows = await store.fetch(select(records.c.user_id, records.c.sealed))
    await store.close()
    return {row.user_id: bytes(row.sealed) for row in rows}


async def test_of_a_whole_database_everything_is_kept(filled: Path, tmp_path: Path) -> None:
    saved = {each.table: each for each in await rescue(filled, tmp_path / "new.db")}
    assert all(each.is_whole and not each.dropped for each in saved.values())
    assert saved["records"].kept == saved["users"].kept == PEOPLE - 1
    assert len(await rescued(tmp_path / "new.db")) == PEOPLE - 1
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("victims", [(5,), (0,), (PEOPLE - 1,), (50, 51, 200, 399)], ids=str)
async def test_around_damaged_pages_everything_is_kept(
    filled: Path, tmp_path: Path, victims: tuple[int, ...]
) -> None:
    pages = {page for number in victims for page in pages_with(filled, sealed(number))}
    whole = filled.read_bytes()
    on_pages = b"".join(whole[(page - 1) * PAGE : page * PAGE] for page in pages)
    spoil(filled, *pages)
    before = hashlib.sha256(filled.read_bytes()).digest()
    saved = {each.table: each for each in await rescue(filled, tmp_path / "new.db")}
    found = await rescued(tmp_path / "new.db")
    expected = {
        f"{number:032x}": sealed(number)
        for number in range(PEOPLE)
        if number != 17 and sealed(number) not in on_pages
    }
    assert len(expected) < PEOPLE - 1
    assert found == expected
    assert not saved["records"].is_whole
    assert saved["users"].kept == PEOPLE - 1
    assert hashlib.sha256(filled.read_bytes()).digest() == before


async def test_a_large_gap_beside_a_damaged_page_is_passed(filled: Path, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(filled)) as connection, connection:
        connection.execute("UPDATE records SET rowid = rowid + 1000000 WHERE rowid > 200")
    fold(filled)
    (page,) = pages_with(filled, sealed(199))
    spoil(filled, page)
    await rescue(filled, tmp_path / "new.db")
    found = await rescued(tmp_path / "new.db")
    assert f"{199:032x}" not in found
    assert {f"{number:032x}" for number in (0, 100, 210, 300, PEOPLE - 1)} <= found.keys()
    assert len(found) > PEOPLE - 15


async def test_what_belongs_to_somebody_who_is_lost_is_dropped_and_counted(
    filled: Path, tmp_path: Path
) -> None:
    (page, *_) = pages_with(filled, f"{5:032x}".encode() + f"{5:032x}".encode())
    spoil(filled, page)
    saved = {each.table: each for each in await rescue(filled, tmp_path / "new.db")}
    lost = PEOPLE - 1 - saved["users"].kept
    assert 0 < lost < PEOPLE / 2
    assert saved["records"].dropped == saved["data_keys"].dropped == lost
    assert len(await rescued(tmp_path / "new.db")) == saved["users"].kept


async def test_a_table_whose_first_page_is_gone_takes_no_other_along(filled: Path, tmp_path: Path) -> None:
    spoil(filled, root_of(filled, "records"))
    saved = {each.table: each for each in await rescue(filled, tmp_path / "new.db")}
    assert (saved["records"].kept, saved["records"].is_whole) == (0, False)
    assert saved["data_keys"].kept == PEOPLE - 1


async def test_nothing_is_ever_overwritten(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "new.db").write_text("something")
    with pytest.raises(StoreError, match="already"):
        await rescue(filled, tmp_path / "new.db")
    assert (tmp_path / "new.db").read_text() == "something"


async def test_where_not_even_the_tables_are_known_nothing_is_made(filled: Path, tmp_path: Path) -> None:
    spoil(filled, 1)
    with pytest.raises(StoreError):
        await rescue(filled, tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()
