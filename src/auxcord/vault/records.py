"""A record in its sealed form, and what is authenticated with it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import IntegrityError

from auxcord.errors import VaultCorruptError, VersionConflictError
from auxcord.store.schema import records
from auxcord.vault import envelope

if TYPE_CHECKING:
    from sqlalchemy import Connection

_REPLACE: Final = (
    update(records)
    .where(
        records.c.user_id == bindparam("of_user"),
        records.c.kind == bindparam("of_kind"),
        records.c.version == bindparam("expected"),
    )
    .values(version=bindparam("new_version"), sealed=bindparam("new_sealed"), updated_at=bindparam("now"))
)


def record_parts(user_id: str, kind: str, version: int) -> tuple[bytes, ...]:
    """Return what is authenticated with a record: whose it is, which one, and its version."""
    return (b"record", user_id.encode(), kind.encode(), struct.pack(">Q", version))


def sealed_record(key: bytes, user_id: str, kind: str, version: int, content: bytes) -> bytes:
    """Seal the content of a person's record as this version of it."""
    return envelope.seal(key, envelope.padded(content), aad_parts=record_parts(user_id, kind, version))


def opened_record(key: bytes, user_id: str, kind: str, version: object, sealed: object) -> bytes:
    """Return the content of a person's record, given its version and content as they are stored.

    Raises:
        VaultCorruptError: It was altered, or is another record, version or person's.
    """
    if not isinstance(version, int) or version < 1 or not isinstance(sealed, bytes):
        raise VaultCorruptError("A record lacks its version or its content.")
    return envelope.unpadded(envelope.open_(key, sealed, aad_parts=record_parts(user_id, kind, version)))


def write_record(
    connection: Connection, user_id: str, kind: str, expected: int, sealed: bytes, now: float
) -> None:
    """Write a record as the version after the one that is expected; 0 where there is none yet.

    Raises:
        VersionConflictError: Another version is there, or the person is not.
    """
    if expected == 0:
        values = {"user_id": user_id, "kind": kind, "version": 1, "sealed": sealed, "updated_at": now}
        try:
            connection.execute(insert(records), values)
        except IntegrityError as error:  # it exists already, or the person does not
            raise conflict() from error
    else:
        values = {"of_user": user_id, "of_kind": kind, "expected": expected}
        values |= {"new_version": expected + 1, "new_sealed": sealed, "now": now}
        if connection.execute(_REPLACE, values).rowcount != 1:
            raise conflict()


def conflict() -> VersionConflictError:
    """Make the error that says somebody else was first."""
    return VersionConflictError("The record was replaced or erased meanwhile.")
