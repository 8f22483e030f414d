"""Making room for new where old no longer opens: what is damaged is removed, what opens is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, insert, select

from auxcord.errors import VaultCorruptError
from auxcord.store.schema import data_keys, records, users
from auxcord.vault.keyring import Wrapped
from auxcord.vault.records import opened_record

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from auxcord.vault.datakeys import DataKeys

_PERSON: Final = (
    select(users.c.user_id, data_keys.c.key_id, data_keys.c.wrapped)
    .select_from(users.outerjoin(data_keys, data_keys.c.user_id == users.c.user_id))
    .where(users.c.user_id == bindparam("user_id"))
)
_RECORDS: Final = select(records.c.kind, records.c.version, records.c.sealed).where(
    records.c.user_id == bindparam("user_id")
)


def mend(connection: Connection, keys: DataKeys, user_id: str, kind: str, now: float) -> None:
    """Remove a person's record of this kind and whatever else of theirs does not open.

    A data key that does not open is replaced, and everything sealed under it goes with it.

    Args:
        connection: Inside a write transaction.
        keys: Wraps and unwraps data keys.
        user_id: Whose.
        kind: The record that is about to be written anew.
        now: Unix seconds.

    Raises:
        KeyRingError: The ring does not hold the key that wrapped the person's: nothing is damaged, a key is
            missing, and nothing is removed.
    """
    person = connection.execute(_PERSON, {"user_id": user_id}).one_or_none()
    if person is None:
        return
    theirs = records.c.user_id == user_id
    key = _key(keys, user_id, person.key_id, person.wrapped)
    if key is None:
        connection.execute(delete(records).where(theirs))
        _replace_key(connection, keys, user_id, now)
        return
    for row in connection.execute(_RECORDS, {"user_id": user_id}).all():
        if row.kind == kind or not _opens(key, user_id, *row):
            connection.execute(delete(records).where(theirs, records.c.kind == row.kind))


def _key(keys: DataKeys, user_id: str, key_id: str | None, wrapped: bytes) -> bytes | None:
    if key_id is None:
        return None
    try:
        return keys.unwrap(user_id, Wrapped(key_id, wrapped))
    except VaultCorruptError:
        return None


def _replace_key(connection: Connection, keys: DataKeys, user_id: str, now: float) -> None:
    new = keys.new(user_id)
    connection.execute(delete(data_keys).where(data_keys.c.user_id == user_id))
    connection.execute(
        insert(data_keys).values(user_id=user_id, key_id=new.key_id, wrapped=new.token, created_at=now)
    )


def _opens(key: bytes, user_id: str, kind: str, version: object, sealed: object) -> bool:
    try:
        opened_record(key, user_id, kind, version, sealed)
    except VaultCorruptError:
        return False
    return True
