"""Erasure: no file holds anything of the person any more, and nobody else misses anything."""

from __future__ import annotations

import asyncio
import os
import random
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from auxcord.audit import Event, Trail
from auxcord.audit.verification import verify
from auxcord.errors import VersionConflictError
from auxcord.store import leases
from auxcord.store.schema import (
    access_tokens,
    answered_questions,
    codes,
    grants,
    metadata,
    page_sessions,
    refresh_tokens,
    seats,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from auxcord.store import Store
    from auxcord.vault import Vault

pytestmark = pytest.mark.anyio

ISSUER = "https://accounts.spotify.com"
WINDOW = 12
PERSONAL = {
    "users": "user_id = :user",
    "data_keys": "user_id = :user",
    "records": "user_id = :user",
    "seats": "user_id = :user",
    "page_sessions": "user_id = :user",
    "answered_questions": "user_id = :user",
    "leases": "name LIKE :user || '/%'",
    "grants": "user_id = :user",
    "codes": "grant_id IN (SELECT grant_id FROM grants WHERE user_id = :user)",
    "access_tokens": "grant_id IN (SELECT grant_id FROM grants WHERE user_id = :user)",
    "refresh_tokens": "grant_id IN (SELECT grant_id FROM grants WHERE user_id = :user)",
    "audit_details": "user_id = :user",
}
NOBODYS = {"server_keys", "clients", "sign_ins", "spotify_apps", "audit", "audit_checkpoints"}


class People:
    """Enrols people with everything one can have, and remembers every byte ever stored for each."""

    def __init__(self, vault: Vault, store: Store, path: Path) -> None:
        self.vault, self.store = vault, store
        self.trail = Trail(store, lambda: vault.derived("audit chain"))
        self.database = sqlite3.connect(path, isolation_level=None)
        self.versions: dict[str, int] = {}
        self.traces: dict[str, set[bytes]] = {}

    async def enrol(self, number: int, size: int) -> str:
        user_id = await self.vault.enrol(ISSUER, f"{number}")
        self.versions[user_id] = await self.vault.put(user_id, "link", os.urandom(size), expected=0)
        await self.store.transact(lambda connection: _grant(connection, user_id))
        client, name = os.urandom(16).hex(), os.urandom(20).hex()
        await self.trail.record(Event.CONSENT_GIVEN, user=user_id, client=client, name=name)
        self.look(user_id)
        return user_id

    async def rewrite(self, user_id: str, size: int) -> None:
        version = self.versions[user_id]
        self.versions[user_id] = await self.vault.put(user_id, "link", os.urandom(size), expected=version)
        self.look(user_id)

    def look(self, user_id: str) -> None:
        """Remember what is stored of a person: all ids, hashes, keys and sealed contents."""
        traces = self.traces.setdefault(user_id, set())
        for table, condition in PERSONAL.items():
            for row in self.database.execute(f"SELECT * FROM {table} WHERE {condition}", {"user": user_id}):  # noqa: S608
                # What follows an id in a lease's name, and the names of facts, are the same for everybody.
                texts = [part.encode() for value in row if isinstance(value, str) for part in _own(value)]
                values = [*texts, *(value for value in row if isinstance(value, bytes))]
                traces |= {value for value in values if len(value) >= 32}

    def rows(self, user_id: str) -> dict[str, int]:
        counts = {}
        for table, condition in PERSONAL.items():
            query = f"SELECT count(*) FROM {table} WHERE {condition}"  # noqa: S608
            counts[table] = self.database.execute(query, {"user": user_id}).fetchone()[0]
        return counts


def _grant(connection: Connection, user_id: str) -> None:
    grant_id = os.urandom(16).hex()
    times = {"created_at": 1.0, "expires_at": 2.0}
    connection.execute(
        insert(grants).values(
            grant_id=grant_id, user_id=user_id, client_id="c", scopes="read", resource="r",
            created_at=1.0, last_used_at=1.0,
        )
    )  # fmt: skip
    connection.execute(
        insert(codes).values(
            code_hash=os.urandom(32), grant_id=grant_id, client_id="c", redirect_uri="u",
            redirect_uri_explicit=True, code_challenge=os.urandom(16).hex(), resource="r", scopes="read",
            expires_at=2.0,
        )
    )  # fmt: skip
    for _ in range(3):
        token = {"token_hash": os.urandom(32), "grant_id": grant_id, "scopes": "read"} | times
        connection.execute(insert(access_tokens).values(token | {"resource": "r"}))
        token |= {"token_hash": os.urandom(32), "successor": os.urandom(80), "successor_hash": os.urandom(32)}
        connection.execute(insert(refresh_tokens).values(token))
    connection.execute(insert(seats).values(user_id=user_id, client_id="c", since=1.0))
    connection.execute(
        insert(page_sessions).values(session_hash=os.urandom(32), user_id=user_id, **times),
    )
    connection.execute(
        insert(answered_questions).values(question_hash=os.urandom(32), user_id=user_id, expires_at=2.0),
    )
    assert leases.acquire(connection, f"{user_id}/refresh", os.urandom(16).hex(), now=1.0, seconds=1.0)


def _own(text: str) -> list[str]:
    return re.findall(r'[^"{},:/]+', text)


def _windows(content: bytes) -> Iterator[bytes]:
    return (content[start : start + WINDOW] for start in range(len(content) - WINDOW + 1))


def _found(path: Path, traces: set[bytes]) -> dict[str, int]:
    """Count, file by file, the 12-byte pieces of what was stored that still stand in the data directory."""
    wanted = {piece for trace in traces for piece in _windows(trace) if len(set(piece)) > 4}
    files = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    counts = {name: sum(piece in wanted for piece in _windows(content)) for name, content in files.items()}
    return {name: count for name, count in counts.items() if count}


@pytest.fixture
def people(vault: Vault, store: Store, path: Path) -> Iterator[People]:
    people = People(vault, store, path)
    yield people
    people.database.close()


async def test_every_table_is_somebodys_or_known_to_be_nobodys() -> None:
    assert set(metadata.tables) == PERSONAL.keys() | NOBODYS


async def test_after_erasure_no_file_holds_a_piece_of_the_person(people: People, path: Path) -> None:
    ada = await people.enrol(1, 700)
    await people.rewrite(ada, 900)
    assert set(people.rows(ada).values()) == {1, 3}
    assert _found(path, people.traces[ada])  # the search finds what is there
    assert await people.vault.forget(ada)
    assert set(people.rows(ada).values()) == {0}
    assert _found(path, people.traces[ada]) == {}
    assert not await people.vault.forget(ada)


async def test_what_is_told_of_a_person_goes_with_them_and_the_trail_stays_whole(
    people: People, path: Path
) -> None:
    ada, bram = await people.enrol(1, 700), await people.enrol(2, 700)
    await people.trail.record(Event.SIGNED_IN, user=ada)
    assert await people.vault.forget(ada, along=lambda c: people.trail.erase(c, ada, by="test"))
    assert await people.trail.of_person(ada, most=9) == []
    assert len(await people.trail.of_person(bram, most=9)) == 1
    assert _found(path, people.traces[ada]) == {}
    verdict = await verify(people.store, people.trail.key)
    assert (verdict.lines, verdict.fault) == (4, None)
    assert not await people.vault.forget(ada, along=lambda c: people.trail.erase(c, ada, by="test"))
    assert (await verify(people.store, people.trail.key)).lines == 4


async def test_erasing_some_of_many_leaves_no_piece_of_them_and_all_of_the_others(
    people: People, path: Path
) -> None:
    choices = random.Random(20261124)
    present: list[str] = []
    erased: list[str] = []
    for number in range(150):
        present.append(await people.enrol(number, choices.randint(10, 5000)))
        if choices.random() < 0.5:
            await people.rewrite(choices.choice(present), choices.randint(10, 5000))
        if choices.random() < 0.3:
            erased.append(present.pop(choices.randrange(len(present))))
            await people.vault.forget(erased[-1])
    assert len(erased) > 20
    assert _found(path, {trace for user_id in erased for trace in people.traces[user_id]}) == {}
    for user_id in present:
        assert set(people.rows(user_id).values()) == {1, 3}
        assert await people.vault.get(user_id, "link") is not None


async def test_after_erasure_nothing_of_the_person_can_be_read_or_written(people: People) -> None:
    ada = await people.enrol(1, 700)
    await people.vault.forget(ada)
    assert await people.vault.get(ada, "link") is None
    assert await people.vault.find(ISSUER, "1") is None
    for expected in (0, 1, 2):
        with pytest.raises(VersionConflictError):
            await people.vault.put(ada, "link", b"back again", expected=expected)
    assert set(people.rows(ada).values()) == {0}


async def test_who_comes_back_after_erasure_is_somebody_new(people: People) -> None:
    ada = await people.enrol(1, 700)
    await people.vault.forget(ada)
    again = await people.vault.enrol(ISSUER, "1")
    assert again != ada
    assert await people.vault.get(again, "link") is None


async def test_a_put_that_was_prepared_before_the_erasure_does_not_undo_it(people: People) -> None:
    ada = await people.enrol(1, 700)

    async with people.store.write():
        # Both wait for their turn now: the erasure first, the put, which has its key already, second.
        erasure = asyncio.create_task(people.vault.forget(ada))
        await asyncio.sleep(0)
        put = asyncio.create_task(people.vault.put(ada, "link", b"back again", expected=1))
        await asyncio.sleep(0)
    assert await erasure
    with pytest.raises(VersionConflictError):
        await put
    assert set(people.rows(ada).values()) == {0}
