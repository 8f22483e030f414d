"""T03: nothing sealed opens anywhere but in its own place.

Bar: a record, a data key, or both, moved between two people; records of two kinds or versions exchanged: all
refused as corrupt, and nobody else notices. What remains: whoever can write the database can put back rows of
the same person as they were before; that yields an older token of that person and nothing of anybody else's.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import insert, select, text, update

from auxcord.errors import VaultCorruptError
from auxcord.store.schema import data_keys, records, server_keys
from auxcord.vault import Record
from auxcord.vault.keyring import Wrapped

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from auxcord.store import Store
    from auxcord.vault import KeyRing, Vault
    from bench.figures import Figures

pytestmark = pytest.mark.anyio

ISSUER = "https://accounts.spotify.com"
KINDS = ("link", "notes")
NAMES = ("ada", "bram", "chidi", "dora")


class Row(NamedTuple):
    """A place in the database where something sealed lies."""

    user_id: str
    kind: str
    version: int


@pytest.fixture
async def people(vault: Vault) -> dict[str, str]:
    """Some people with two records each; those of the first two are at their second version."""
    ids = {name: await vault.enrol(ISSUER, name) for name in NAMES}
    for name, user_id in ids.items():
        for kind in KINDS:
            version = await vault.put(user_id, kind, f"{name}'s first {kind}".encode(), expected=0)
            if name in NAMES[:2]:
                await vault.put(user_id, kind, f"{name}'s {kind}".encode(), expected=version)
            await vault.get(user_id, kind)  # the data key is remembered, and still a swapped one is noticed
    return ids


async def tamper(store: Store, *statements: str) -> None:
    async with store.write() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def opens(vault: Vault, user_id: str, kind: str) -> bool:
    try:
        await vault.get(user_id, kind)
    except VaultCorruptError:
        return False
    return True


async def test_no_record_opens_in_another_records_place(
    vault: Vault, store: Store, people: dict[str, str], figures: Figures
) -> None:
    found = select(records.c.user_id, records.c.kind, records.c.version, records.c.sealed)
    sealed = {Row(row.user_id, row.kind, row.version): bytes(row.sealed) for row in await store.fetch(found)}
    moves = accepted = harmed = 0
    for there, here in itertools.permutations(sealed, 2):
        await _put(store, here, sealed[there])
        moves += 1
        accepted += await opens(vault, here.user_id, here.kind)
        others = [row for row in sealed if row != here]
        harmed += sum([not await opens(vault, row.user_id, row.kind) for row in others])
        await _put(store, here, sealed[here])
    figures.count("records moved to another person's or kind's place", moves, ">= 50")
    figures.count("records moved: accepted", accepted, "== 0")
    figures.count("records moved: other records harmed", harmed, "== 0")


async def _put(store: Store, row: Row, sealed: bytes) -> None:
    place = (records.c.user_id == row.user_id, records.c.kind == row.kind)
    await store.transact(
        lambda connection: connection.execute(update(records).where(*place).values(sealed=sealed))
    )


async def test_no_data_key_opens_for_another_person_with_or_without_its_records(
    vault: Vault, store: Store, people: dict[str, str], figures: Figures
) -> None:
    moves = accepted = harmed = 0
    for there, here in itertools.permutations(people.values(), 2):
        for along in ((), KINDS):
            async with store.write() as connection:
                before = [
                    (await connection.execute(select(t).where(t.c.user_id == here))).all() for t in _TABLES
                ]
            await store.transact(lambda c, here=here, there=there, along=along: _move(c, there, here, along))
            moves += 1
            accepted += sum([await opens(vault, here, kind) for kind in KINDS])
            others = [each for each in people.values() if each != here]
            harmed += sum([not await opens(vault, each, kind) for each in others for kind in KINDS])
            await store.transact(lambda c, here=here, before=before: _restore(c, here, before))
    figures.count("data keys moved to another person, half of them with the records", moves, "== 24")
    figures.count("data keys moved: records that opened", accepted, "== 0")
    figures.count("data keys moved: other people's records harmed", harmed, "== 0")
    assert all([await opens(vault, user_id, kind) for user_id in people.values() for kind in KINDS])


_TABLES = (data_keys, records)


def _move(connection: Connection, there: str, here: str, kinds: tuple[str, ...]) -> None:
    """Put somebody's data key, and records of these kinds, where another person's are."""
    key = connection.execute(select(data_keys).where(data_keys.c.user_id == there)).one()
    connection.execute(
        update(data_keys).where(data_keys.c.user_id == here).values(key_id=key.key_id, wrapped=key.wrapped)
    )
    for kind in kinds:
        theirs = connection.execute(
            select(records).where(records.c.user_id == there, records.c.kind == kind)
        ).one()
        connection.execute(
            update(records)
            .where(records.c.user_id == here, records.c.kind == kind)
            .values(version=theirs.version, sealed=theirs.sealed)
        )


def _restore(connection: Connection, user_id: str, rows: list[list[object]]) -> None:
    for table, kept in zip(_TABLES, rows, strict=True):
        connection.execute(table.delete().where(table.c.user_id == user_id))
        connection.execute(insert(table), [row._asdict() for row in kept])  # type: ignore[attr-defined]


SPOILS = {
    "another version": "UPDATE records SET version = version + 1 WHERE user_id = '{ada}'",
    "version nought": "UPDATE records SET version = 0 WHERE user_id = '{ada}'",
    "version below nought": "UPDATE records SET version = -1 WHERE user_id = '{ada}'",
    "version beyond 64 bits": "UPDATE records SET version = 18446744073709551616 WHERE user_id = '{ada}'",
    "version of text": "UPDATE records SET version = 'one' WHERE user_id = '{ada}'",
    "plain text": "UPDATE records SET sealed = X'7B7D' WHERE user_id = '{ada}'",
    "content of text": "UPDATE records SET sealed = 'ada''s tokens' WHERE user_id = '{ada}'",
    "empty content": "UPDATE records SET sealed = X'' WHERE user_id = '{ada}'",
    "no data key": "DELETE FROM data_keys WHERE user_id = '{ada}'",
    "data key of text": "UPDATE data_keys SET wrapped = 'text' WHERE user_id = '{ada}'",
    "empty data key": "UPDATE data_keys SET wrapped = X'' WHERE user_id = '{ada}'",
    "the index key for a data key": "UPDATE data_keys SET wrapped = (SELECT wrapped FROM server_keys)"
    " WHERE user_id = '{ada}'",
    "key id of none": "UPDATE data_keys SET key_id = 'none' WHERE user_id = '{ada}'",
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
async def test_whatever_is_put_in_their_place_is_refused_and_harms_nobody_else(
    vault: Vault, store: Store, people: dict[str, str], spoil: str
) -> None:
    await tamper(store, spoil.format(ada=people["ada"]))
    for kind in KINDS:
        assert not await opens(vault, people["ada"], kind)
        for name in NAMES[1:]:
            assert await opens(vault, people[name], kind)


async def test_not_even_a_shared_data_key_would_let_a_record_move_to_another_person(
    vault: Vault, store: Store, ring: KeyRing, people: dict[str, str]
) -> None:
    ada, bram = people["ada"], people["bram"]
    (row,) = await store.fetch(
        select(data_keys.c.key_id, data_keys.c.wrapped).where(data_keys.c.user_id == bram)
    )
    key = ring.unwrap(Wrapped(*row), purpose=f"data key of {bram}")
    hers = ring.wrap(key, purpose=f"data key of {ada}").token  # as only the ring's owner could
    await store.transact(lambda connection: _move(connection, bram, ada, KINDS))
    change = update(data_keys).values(wrapped=hers).where(data_keys.c.user_id == ada)
    await store.transact(lambda connection: connection.execute(change).close())
    assert not any([await opens(vault, ada, kind) for kind in KINDS])


async def test_a_data_key_in_the_index_keys_place_stops_the_start(
    vault: Vault, store: Store, people: dict[str, str]
) -> None:
    stolen = select(data_keys.c.wrapped).where(data_keys.c.user_id == people["ada"]).scalar_subquery()
    await store.transact(
        lambda connection: connection.execute(update(server_keys).values(wrapped=stolen)).close()
    )
    with pytest.raises(VaultCorruptError, match="index key"):
        await vault.open()


async def test_an_older_content_under_the_current_version_is_refused(
    vault: Vault, store: Store, people: dict[str, str]
) -> None:
    ada = people["ada"]
    mine = (records.c.user_id == ada, records.c.kind == "link")
    (old,) = (await store.fetch(select(records.c.sealed).where(*mine)))[0]
    await vault.put(ada, "link", b"newer", expected=2)
    await store.transact(
        lambda connection: connection.execute(update(records).where(*mine).values(sealed=old)).close()
    )
    assert not await opens(vault, ada, "link")


async def test_what_remains_a_whole_row_put_back_is_an_older_record_of_the_same_person(
    vault: Vault, store: Store, people: dict[str, str]
) -> None:
    """SECURITY.md says so. The next write of the server that knows better is refused, not lost in silence."""
    ada = people["ada"]
    mine = (records.c.user_id == ada, records.c.kind == "link")
    (old,) = await store.fetch(select(records).where(*mine))
    await vault.put(ada, "link", b"newer", expected=2)
    back = update(records).where(*mine).values(**old._asdict())
    await store.transact(lambda connection: connection.execute(back).close())
    assert await vault.get(ada, "link") == Record(2, b"ada's link")
    for name in NAMES[1:]:
        assert await opens(vault, people[name], "link")
