"""Whether the key ring fits the data, how old the keys are, and whether everything that is sealed opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from auxcord.errors import VaultError
from auxcord.store.schema import data_keys, server_keys, users
from auxcord.telemetry.findings import Finding, ok, problem, warning
from auxcord.vault.index import INDEX, missing_keys
from auxcord.vault.keyring import Wrapped
from auxcord.vault.survey import PAGE, survey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from auxcord.store.engine import Fetch
    from auxcord.vault.keyring import KeyRing
    from auxcord.vault.survey import Damaged

SIGN_IN_AGAIN: Final = "Signing in again mends it; nobody else is affected."
_DAY: Final = 86400
_SHOWN: Final = 50


async def examination(
    fetch: Fetch, ring: KeyRing, *, now: float, max_age: float | None
) -> AsyncIterator[Finding]:
    """Tell about keys and records, down to each person of whom something does not open.

    Args:
        fetch: Reads the database.
        ring: The operator's keys.
        now: Unix seconds.
        max_age: Seconds after which a data key should have been made anew; None for never.

    Raises:
        StoreError: The database cannot be read.
    """
    async for finding in _ring(fetch, ring):
        yield finding
    async for finding in _index(fetch, ring):
        yield finding
    async for finding in _ages(fetch, now, max_age):
        yield finding
    async for finding in _everything(fetch, ring):
        yield finding


async def _ring(fetch: Fetch, ring: KeyRing) -> AsyncIterator[Finding]:
    counts = dict.fromkeys(ring.ids, 0)
    for table in (data_keys, server_keys):
        for key_id, count in await fetch(select(table.c.key_id, func.count()).group_by(table.c.key_id)):
            if key_id in counts:
                counts[key_id] += count
    for place, (key_id, count) in enumerate(counts.items()):
        sentence = (
            f"The {'older' if place else 'newest'} encryption key {key_id} protects {count} stored keys"
        )
        if place and not count:
            yield ok(f"{sentence}: it can be dropped.")
        elif place:
            yield warning(f"{sentence}.", "Run `auxcord keys rotate` to move them to the newest.")
        else:
            yield ok(f"{sentence}.")
    for key_id, count in sorted((await missing_keys(fetch, ring)).missing.items()):
        yield problem(
            f"{count} stored keys were wrapped under the encryption key {key_id}, which is not in the ring.",
            "Add that key to AUXCORD_ENCRYPTION_KEYS, behind the newest.",
        )


async def _index(fetch: Fetch, ring: KeyRing) -> AsyncIterator[Finding]:
    rows = await fetch(select(server_keys.c.key_id, server_keys.c.wrapped).where(server_keys.c.name == INDEX))
    ((people,),) = await fetch(select(func.count()).select_from(users))
    advice = "Restore the database from a backup."
    if not rows and people:
        yield problem("The index key, by which people are found, is missing.", advice)
    for row in rows:
        try:
            ring.unwrap(Wrapped(*row), purpose=INDEX)
        except VaultError:
            yield problem("The index key, by which people are found, does not open.", advice)


async def _ages(fetch: Fetch, now: float, max_age: float | None) -> AsyncIterator[Finding]:
    ((oldest,),) = await fetch(select(func.min(data_keys.c.created_at)))
    if oldest is None:
        return
    age = max(0.0, now - oldest)
    sentence = f"The oldest data key is {age / _DAY:.0f} days old."
    if max_age is not None and age > max_age:
        yield warning(
            sentence,
            "They are made anew when people's tokens are renewed; for those who are away, run "
            "`auxcord keys rotate --data-keys`.",
        )
    else:
        yield ok(sentence)


async def _everything(fetch: Fetch, ring: KeyRing) -> AsyncIterator[Finding]:
    people = records = told = untold = 0
    async for step in survey(fetch, ring):
        people, records = people + step.people, records + step.records
        for damaged in step.damaged:
            if told < _SHOWN:
                told += 1
                yield _about(damaged)
            else:
                untold += 1
    if untold:
        yield problem(f"{untold} more do not open.", SIGN_IN_AGAIN)
    if not told:
        yield ok(f"Everything opens: {records} records of {people} people.")


def _about(damaged: Damaged) -> Finding:
    if damaged.what == PAGE:
        return problem(
            f"Person {damaged.user_id}: their rows lie on a damaged page.",
            "Mend the file; whoever is lost with it signs in again.",
        )
    return problem(f"Person {damaged.user_id}: their {damaged.what} does not open.", SIGN_IN_AGAIN)
