"""Migrations and schema agree; an older program never touches a newer database."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select, text

from auxcord.errors import SchemaTooNewError, StoreError
from auxcord.store import Store, migration
from auxcord.store.schema import HEAD, metadata, users

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

pytestmark = pytest.mark.anyio

OPENING = """
import asyncio, sys
from auxcord.store import Store
async def main():
    store = Store(sys.argv[1])
    await store.open()
    await store.close()
asyncio.run(main())
print([name for name in ("alembic", "aiosqlite", "sqlalchemy.ext.asyncio") if name in sys.modules])
"""


def _digest(directory: Path) -> dict[str, str]:
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in directory.iterdir()}


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_migrated_database_is_what_the_schema_says(store: Store) -> None:
    async with store.read() as connection:
        assert await connection.run_sync(_differences) == []


def _foreign_keys(connection: Connection) -> set[tuple[str, str, str]]:
    return {
        (table, row.table, row.on_delete)
        for table in metadata.tables
        for row in connection.execute(text(f"PRAGMA foreign_key_list({table})"))
    }


async def test_everything_of_a_person_falls_with_the_person(store: Store) -> None:
    async with store.read() as connection:
        assert await connection.run_sync(_foreign_keys) == {
            ("data_keys", "users", "CASCADE"),
            ("records", "users", "CASCADE"),
            ("grants", "users", "CASCADE"),
            ("seats", "users", "CASCADE"),
            ("page_sessions", "users", "CASCADE"),
            ("answered_questions", "users", "CASCADE"),
            ("codes", "grants", "CASCADE"),
            ("access_tokens", "grants", "CASCADE"),
            ("refresh_tokens", "grants", "CASCADE"),
            ("audit_details", "users", "CASCADE"),
            ("audit_details", "audit", "CASCADE"),
        }


def test_the_constant_is_the_newest_migration() -> None:
    assert migration.head() == HEAD


async def test_migrating_says_nothing(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    await store.close()
    assert capfd.readouterr() == ("", "")


async def test_a_newer_database_is_refused_and_not_touched(store: Store, path: Path) -> None:
    async with store.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'f00d'"))
    await store.close()
    before = _digest(path.parent)
    with pytest.raises(SchemaTooNewError, match="f00d"):
        await store.open()
    assert _digest(path.parent) == before


async def test_another_programs_database_is_refused_and_not_touched(store: Store, path: Path) -> None:
    async with store.write() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
    await store.close()
    before = _digest(path.parent)
    with pytest.raises(StoreError, match="another program"):
        await store.open()
    assert _digest(path.parent) == before


async def test_an_interrupted_migration_leaves_nothing_behind(path: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    async with store.write() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
        for name in reversed(metadata.sorted_tables):
            await connection.execute(text(f"DROP TABLE {name.name}"))

    def migrate_and_stumble(connection: Connection) -> None:
        migration.upgrade(connection)
        raise LookupError

    with pytest.raises(LookupError):
        async with store.write() as connection:
            await connection.run_sync(migrate_and_stumble)
    assert await store.fetch(text("SELECT name FROM sqlite_master")) == []
    await store.close()
    await store.open()
    assert (await store.fetch(select(func.count()).select_from(users)))[0][0] == 0
    await store.close()


def test_processes_that_start_together_migrate_once_and_later_ones_load_nothing_slow(path: Path) -> None:
    command = [sys.executable, "-c", OPENING, f"sqlite+aiosqlite:///{path}"]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [start.wait(60) for start in starts] == [0, 0, 0, 0]
    for start in starts:
        start.communicate()
    later = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert later.stdout == "[]\n"
