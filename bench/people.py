"""Filling a database with many people at once, everything sealed as in production."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import secrets
import sqlite3
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from auxcord.accounts.link import KeptLink
from auxcord.accounts.links import KIND
from auxcord.simulator.oauth.tokens import SCOPES
from auxcord.store import Store
from auxcord.vault import KeyRing
from auxcord.vault.datakeys import KEY_BYTES, purpose_of
from auxcord.vault.records import sealed_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

_BATCH: Final = 10_000
_FAST: Final = (
    "PRAGMA journal_mode=MEMORY",
    "PRAGMA synchronous=OFF",  # a scratch file; what is measured opens it with the usual guarantees
    "PRAGMA cache_size=-2000000",
)
_INSERTS: Final = (
    "INSERT INTO users (user_id, lookup, created_at) VALUES (?, ?, ?)",
    "INSERT INTO data_keys (user_id, key_id, wrapped, created_at) VALUES (?, ?, ?, ?)",
    "INSERT INTO records (user_id, kind, version, sealed, updated_at) VALUES (?, ?, 1, ?, ?)",
    "INSERT INTO seats (user_id, client_id, since) VALUES (?, '', ?)",
)


class Batch(NamedTuple):
    """Some people, with their rows in each table in turn."""

    ids: list[str]
    rows: tuple[list[tuple[object, ...]], ...]


async def fill(path: Path, key: str, count: int, *, access_tokens: Iterable[str] = ()) -> list[str]:
    """Make a database with that many people in it, linked just now, in random order; returns their ids.

    Args:
        path: The database.
        key: The key ring's one key.
        count: How many people.
        access_tokens: Spotify's, one for each; random ones when omitted.
    """
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    await store.close()
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in _FAST:
        connection.execute(statement)
    ids: list[str] = []
    for batch in _batches(key, count, iter(access_tokens)):
        connection.execute("BEGIN")
        for statement, rows in zip(_INSERTS, batch.rows, strict=True):
            connection.executemany(statement, rows)
        connection.execute("COMMIT")
        ids += batch.ids
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return ids


def _batches(key: str, count: int, tokens: Iterator[str]) -> Iterator[Batch]:
    """Make the rows in other processes while earlier ones are written."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawn) as pool:
        under_way: deque[Future[Batch]] = deque()
        for first in range(0, count, _BATCH):
            size = min(_BATCH, count - first)
            under_way.append(pool.submit(sealed, key, first, size, list(islice(tokens, size))))
            if len(under_way) > 2 * (os.cpu_count() or 1):
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def sealed(key: str, first: int, count: int, access_tokens: list[str]) -> Batch:
    """Invent people and seal their links."""
    ring = KeyRing.of([key])
    batch = Batch([], tuple([] for _ in _INSERTS))
    for number in range(first, first + count):
        user_id = secrets.token_hex(16)
        batch.ids.append(user_id)
        token = access_tokens[number - first] if access_tokens else "BQ" + secrets.token_urlsafe(120)
        for rows, row in zip(batch.rows, _rows(user_id, _link(number, token), ring), strict=True):
            rows.append(row)
    return batch


def _link(number: int, access_token: str) -> KeptLink:
    now = time.time()
    return KeptLink(
        spotify_user_id=f"person{number:022}",
        display_name=f"Person {number}",
        scopes=SCOPES,
        access_token=access_token,
        refresh_token="AQ" + secrets.token_urlsafe(96),
        obtained_at=now,
        expires_at=now + 3600,
        consented_at=now,
    )


def _rows(user_id: str, link: KeptLink, ring: KeyRing) -> tuple[tuple[object, ...], ...]:
    now, key = link.consented_at, os.urandom(KEY_BYTES)
    wrapped = ring.wrap(key, purpose=purpose_of(user_id))
    record = sealed_record(key, user_id, KIND, 1, msgspec.json.encode(link))
    return (
        (user_id, hashlib.sha256(user_id.encode()).digest(), now),
        (user_id, wrapped.key_id, wrapped.token, now),
        (user_id, KIND, record, now),
        (user_id, now),
    )
