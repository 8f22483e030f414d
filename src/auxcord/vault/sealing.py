"""Sealing what belongs to no person yet: sign-ins under way, list cursors, the state of a question."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Final

from auxcord.errors import VaultCorruptError
from auxcord.vault import envelope

if TYPE_CHECKING:
    from auxcord.vault.keyring import KeyRing

_LABEL: Final = "sealing"
_ID_BYTES: Final = 8
_SALT_BYTES: Final = 16
_PREFIX: Final = _ID_BYTES + _SALT_BYTES
_ADVICE: Final = "Start again from the beginning."


class Sealing:
    """Seals under keys derived from the ring: ring key id (8 bytes) | salt (16 bytes) | envelope.

    Every seal has a key of its own, derived with its salt, so the number of seals under one ring key has no
    practical limit.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._of: tuple[str, ...] = ()
        self._keys: dict[bytes, bytes] = {}

    def seal(self, purpose: str, content: bytes) -> bytes:
        """Seal `content` so that it opens for the same purpose only."""
        keys = self._derived_keys()
        newest = next(iter(keys))
        prefix = newest + os.urandom(_SALT_BYTES)
        key = _derived(keys[newest], prefix)
        return prefix + envelope.seal(key, content, aad_parts=_parts(purpose))

    def open_(self, purpose: str, sealed: bytes) -> bytes:
        """Return what was sealed for `purpose`.

        Raises:
            VaultCorruptError: It was altered, sealed for another purpose, or under a key not in the ring.
        """
        prefix, blob = sealed[:_PREFIX], sealed[_PREFIX:]
        root = self._derived_keys().get(prefix[:_ID_BYTES])
        if root is None:
            raise VaultCorruptError("Sealed data is incomplete or in an unknown form.", advice=_ADVICE)
        try:
            return envelope.open_(_derived(root, prefix), blob, aad_parts=_parts(purpose))
        except VaultCorruptError as error:
            raise VaultCorruptError(str(error), advice=_ADVICE) from error

    def _derived_keys(self) -> dict[bytes, bytes]:
        """Return the keys by the ids they are known by, newest first; derived anew when the ring changed."""
        if self._of != self._ring.ids:
            self._of = self._ring.ids
            self._keys = {bytes.fromhex(key_id): key for key_id, key in self._ring.derive(_LABEL)}
        return self._keys


def _derived(root: bytes, prefix: bytes) -> bytes:
    return hmac.digest(root, envelope.joined(b"auxcord seal", prefix), hashlib.sha256)


def _parts(purpose: str) -> tuple[bytes, ...]:
    return (b"seal", purpose.encode("utf-8", "surrogatepass"))
