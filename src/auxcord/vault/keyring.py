"""The key ring: the few keys that protect all others, newest first.

It comes from the operator, never from the data directory. A key of the ring wraps random keys (Fernet), which
seal the data. What is wrapped carries a digest of its purpose and of the wrapping key's id; it is compared on
reading, so that a wrapped key copied to another place does not open there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from auxcord.errors import KeyRingError, VaultCorruptError
from auxcord.vault.envelope import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY_BYTES: Final = 32
_BINDING_BYTES: Final = 32
_KEY_ID: Final = re.compile(r"[0-9a-f]{16}")


class Wrapped(NamedTuple):
    """A key wrapped by the ring: which of its keys did it, and the result."""

    key_id: str
    token: bytes


class KeyRing:
    """The operator's keys; `repr` shows their ids only."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._secrets = {_id_of(secret): secret for secret in secrets}
        self._ciphers = {
            key_id: Fernet(base64.urlsafe_b64encode(secret)) for key_id, secret in self._secrets.items()
        }
        self.ids = tuple(self._secrets)

    def become(self, other: KeyRing) -> None:
        """Hold the keys of another ring from now on; see `Vault.change_keys`, which checks them first.

        What is in between old and new can do no harm: the newest key is named only once it is there.
        """
        self._secrets, self._ciphers = dict(other._secrets), dict(other._ciphers)
        self.ids = other.ids

    @classmethod
    def of(cls, keys: Sequence[str]) -> KeyRing:
        """Make a ring of Fernet keys, newest first; the first wraps, all unwrap.

        Raises:
            KeyRingError: There is none, one is malformed, or one is given twice.
        """
        if not keys:
            raise KeyRingError("There is no encryption key.")
        secrets = [_secret(key, position) for position, key in enumerate(keys, start=1)]
        if len(set(secrets)) < len(secrets):
            raise KeyRingError("An encryption key is given twice.")
        return cls(secrets)

    @staticmethod
    def new_key() -> str:
        """Return a new random key in the form `of` takes: 32 bytes as URL-safe base64."""
        return Fernet.generate_key().decode("ascii")

    def __repr__(self) -> str:
        return f"KeyRing(ids={self.ids!r})"

    def wrap(self, key: bytes, *, purpose: str) -> Wrapped:
        """Wrap `key` with the newest key of the ring, for `purpose` only."""
        key_id = self.ids[0]
        token = self._ciphers[key_id].encrypt(_binding(purpose, key_id) + key)
        return Wrapped(key_id, base64.urlsafe_b64decode(token))

    def unwrap(self, wrapped: Wrapped, *, purpose: str) -> bytes:
        """Return the key that was wrapped for `purpose`.

        Raises:
            KeyRingError: The ring does not hold the key that wrapped it.
            VaultCorruptError: It or its key id was altered, or it was wrapped for another purpose.
        """
        cipher = self._ciphers.get(wrapped.key_id)
        if cipher is None:
            if self.misses(wrapped):
                raise KeyRingError("Data is sealed under a key that the key ring does not hold.")
            raise VaultCorruptError("A wrapped key bears a wrong key id.")
        plain = _decrypted(cipher, wrapped.token)
        if plain is None:
            raise VaultCorruptError("A wrapped key was altered.")
        binding, key = plain[:_BINDING_BYTES], plain[_BINDING_BYTES:]
        if not hmac.compare_digest(binding, _binding(purpose, wrapped.key_id)):
            raise VaultCorruptError("A wrapped key belongs to somebody or something else.")
        return key

    def misses(self, wrapped: Wrapped) -> bool:
        """Say whether a key that the ring does not hold wrapped this, as far as can be told.

        It does not when the key id is none, or when a key of the ring opens it all the same: then only the
        key id was damaged.
        """
        if _KEY_ID.fullmatch(str(wrapped.key_id)) is None:  # SQLite keeps values of any type
            return False
        known = wrapped.key_id in self._ciphers
        return not known and not any(_opens(each, wrapped.token) for each in self._ciphers.values())

    def derive(self, label: str) -> tuple[tuple[str, bytes], ...]:
        """Return (id, 32-byte key) for each key of the ring, newest first, independent for each label."""
        return tuple((key_id, _derived(secret, label)) for key_id, secret in self._secrets.items())


def _secret(key: str, position: int) -> bytes:
    try:
        secret = base64.b64decode(key.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        secret = b""
    # Base64 has several spellings for the same bytes; only one is taken, so that no typing error passes.
    if len(secret) != _KEY_BYTES or base64.urlsafe_b64encode(secret).decode() != key:
        raise KeyRingError(f"Encryption key number {position} is not 32 bytes in URL-safe base64.")
    return secret


def _decrypted(cipher: Fernet, token: bytes) -> bytes | None:
    try:
        # Stored as bytes and encoded here, so that each wrapped key has exactly one spelling.
        return cipher.decrypt(base64.urlsafe_b64encode(token))
    except (InvalidToken, TypeError):
        return None


def _opens(cipher: Fernet, token: bytes) -> bool:
    """Say whether a key opens a wrapped key, and not only by chance.

    A key that shares its signing half with the right one passes Fernet's signature, and one time in 256 what
    it then makes of the rest looks padded; but never to just this length.
    """
    plain = _decrypted(cipher, token)
    return plain is not None and len(plain) == _BINDING_BYTES + _KEY_BYTES


def _id_of(secret: bytes) -> str:
    return hashlib.sha256(joined(b"auxcord key id", secret)).hexdigest()[:16]


def _binding(purpose: str, key_id: str) -> bytes:
    return hashlib.sha256(joined(b"auxcord wrapped key", purpose.encode(), key_id.encode())).digest()


def _derived(secret: bytes, label: str) -> bytes:
    info = joined(b"auxcord derived key", label.encode())
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(secret)
