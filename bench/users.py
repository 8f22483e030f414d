"""What an operator waits for after a break-in: everybody's access ended, and everybody erased."""

from __future__ import annotations

import secrets
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auxcord.server.assembly import Parts
from auxcord.server.people import People
from auxcord.server.settings import Settings
from auxcord.telemetry import logs
from auxcord.vault import KeyRing
from bench.figures import Figures
from bench.people import fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BAR: Final = "<= 60"
_TITLE: Final = "Everybody's access ends in under a minute"
_CLIENTS: Final = 2
"""Clients each person has given access."""
_INSERTS: Final = {
    "grants": "INSERT INTO grants (grant_id, user_id, client_id, scopes, resource, created_at, last_used_at) "
    "VALUES (?, ?, 'client', 'read', 'resource', ?, ?)",
    "access_tokens": "INSERT INTO access_tokens "
    "(token_hash, grant_id, scopes, resource, created_at, expires_at) "
    "VALUES (?, ?, 'read', 'resource', ?, ?)",
    "refresh_tokens": "INSERT INTO refresh_tokens (token_hash, grant_id, scopes, created_at, expires_at) "
    "VALUES (?, ?, 'read', ?, ?)",
}


async def measure(*, short: bool) -> dict[str, float]:
    """Measure with 100,000 people, or a tenth of them."""
    count = 10_000 if short else 100_000
    with tempfile.TemporaryDirectory(prefix="auxcord-users-") as folder:
        path, key = Path(folder) / "auxcord.sqlite3", KeyRing.new_key()
        settings = Settings.load(
            {"SPOTIFY_CLIENT_ID": "0" * 31 + "1", "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{path}"},
            command="stdio",
        )
        empty = Parts.of(settings, [key])
        await empty.open()  # makes the index key, without which nobody can be enrolled
        await empty.close()
        _give_access(path, await fill(path, key, count))
        parts = Parts.of(settings, [key])
        await parts.open()
        try:
            return await _measure(People(parts), count)
        finally:
            await parts.close()


async def _measure(people: People, count: int) -> dict[str, float]:
    logs.configure("warning")  # the audit trail's lines are not what is looked at here
    begun = time.perf_counter()
    revoked = await people.revoke_all()
    ended = time.perf_counter()
    assert revoked.people == count
    erased = await people.erase_all()
    gone = time.perf_counter()
    assert erased == count
    found = {
        f"users revoke-all, {count:,} people with {_CLIENTS} clients each, s": ended - begun,
        f"users revoke-all --links, {count:,} people, s": gone - begun,
    }
    figures = Figures("bench/users.py", _TITLE)
    for what, seconds in found.items():
        figures.measure(what, seconds, BAR)
    return found


def _give_access(path: Path, people: Sequence[str]) -> None:
    """Write grants with an access and a refresh token each."""
    connection = sqlite3.connect(path)
    rows = [*_grants(people)]
    now = time.time()
    with connection:
        connection.executemany(_INSERTS["grants"], ((grant, user, now, now) for grant, user in rows))
        for table in ("access_tokens", "refresh_tokens"):
            connection.executemany(
                _INSERTS[table], ((secrets.token_bytes(32), grant, now, now + 3600) for grant, _ in rows)
            )
    connection.close()


def _grants(people: Sequence[str]) -> Iterator[tuple[str, str]]:
    for user_id in people:
        for _ in range(_CLIENTS):
            yield secrets.token_hex(16), user_id
