"""Several processes share one file."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from auxcord.store.schema import users

if TYPE_CHECKING:
    from pathlib import Path

    from auxcord.store import Store

WRITING = """
import asyncio, sys
from sqlalchemy import insert
from auxcord.store import Store
from auxcord.store.schema import users
async def main(url, who):
    store = Store(url)
    await store.open()
    def row(number):
        name = f"{who}{number}"
        return insert(users).values(user_id=name, lookup=name.encode(), created_at=0)
    async def write(number):
        if number % 2:
            await store.transact(lambda connection: connection.execute(row(number)))
        else:
            async with store.write() as connection:
                await connection.execute(row(number))
    for start in range(0, 200, 20):
        await asyncio.gather(*(write(number) for number in range(start, start + 20)))
    await store.close()
asyncio.run(main(*sys.argv[1:]))
"""


def _failures(url: str) -> list[bytes]:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITING, url, who], stderr=subprocess.PIPE)
        for who in ("a", "b", "c")
    ]
    return [writer.communicate(timeout=60)[1] for writer in writers]


@pytest.mark.anyio
async def test_processes_writing_at_once_lose_nothing(store: Store, path: Path) -> None:
    assert _failures(f"sqlite+aiosqlite:///{path}") == [b"", b"", b""]
    assert (await store.fetch(select(func.count()).select_from(users)))[0][0] == 600
