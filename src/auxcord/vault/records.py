"""A record in its sealed form, and what is authenticated with it."""

from __future__ import annotations

import struct

from auxcord.errors import VaultCorruptError
from auxcord.vault import envelope


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
