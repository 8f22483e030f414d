"""The envelope: `SV1` | algorithm | nonce (12 bytes) | ciphertext and tag (16 bytes).

Algorithm 1 is AES-256-GCM (NIST SP 800-38D) with a random nonce. What the content belongs to (kind, user,
version) is authenticated but not stored: opened as anything else, an envelope is corrupt.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from auxcord.errors import VaultCorruptError

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER: Final = b"SV1\x01"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_BLOCK: Final = 256
_SMALLEST: Final = len(_HEADER) + _NONCE_BYTES + _TAG_BYTES


def seal(key: bytes, plaintext: bytes, *, aad_parts: Sequence[bytes]) -> bytes:
    """Encrypt `plaintext` so that it opens with the same 32-byte key and the same parts only."""
    nonce = os.urandom(_NONCE_BYTES)
    return _HEADER + nonce + AESGCM(key).encrypt(nonce, plaintext, joined(_HEADER, *aad_parts))


def open_(key: bytes, blob: bytes, *, aad_parts: Sequence[bytes]) -> bytes:
    """Return what was sealed.

    Raises:
        VaultCorruptError: Altered, truncated, of an unknown form, or sealed with another key or other parts.
    """
    if len(blob) < _SMALLEST or not blob.startswith(_HEADER):
        raise VaultCorruptError("Sealed data is incomplete or in an unknown form.")
    nonce, ciphertext = blob[len(_HEADER) :][:_NONCE_BYTES], blob[len(_HEADER) + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, joined(_HEADER, *aad_parts))
    except InvalidTag as error:
        raise VaultCorruptError("Sealed data was altered or belongs elsewhere.") from error


def joined(*parts: bytes) -> bytes:
    """Join parts so that no two different lists of parts give the same bytes: each after its length."""
    return b"".join(struct.pack(">Q", len(part)) + part for part in parts)


def padded(content: bytes) -> bytes:
    """Pad to a multiple of 256 bytes, so that sizes tell little and a replaced record keeps its size."""
    marked = content + b"\x80"
    return marked + bytes(-len(marked) % _BLOCK)


def unpadded(content: bytes) -> bytes:
    """Undo `padded`.

    Raises:
        VaultCorruptError: There is no padding.
    """
    marked = content.rstrip(b"\x00")
    if not marked.endswith(b"\x80"):
        raise VaultCorruptError("Sealed data has no padding.")
    return marked[:-1]
