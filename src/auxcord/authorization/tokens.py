"""What an access or refresh token looks like, and how its secret is kept: as a hash, never as itself.

A token is a prefix that leak scanners know, 256 random bits, and a checksum, so that a mistyped or made-up
token is told apart without asking the database.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from enum import StrEnum
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from auxcord.telemetry.discretion import discreet

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_DIGITS: Final = 43  # 62**43 > 2**256
_CHECK_DIGITS: Final = 6  # 62**6 > 2**32
_NONCE_BYTES: Final = 12
_SHAPE: Final = re.compile(rf"aux_(at|rt)_[0-9A-Za-z]{{{_SECRET_DIGITS + _CHECK_DIGITS}}}")


class Kind(StrEnum):
    """What a token is for; each kind has its own prefix, so one never passes as the other."""

    ACCESS = "aux_at_"
    REFRESH = "aux_rt_"


def new_token(kind: Kind) -> str:
    """Make a token of 256 random bits."""
    head = kind + _digits(secrets.randbits(256), _SECRET_DIGITS)
    return head + _checksum(head)


def is_token(text: str, kind: Kind) -> bool:
    """Whether `text` can be a token of this kind: prefix, length, alphabet and checksum hold."""
    if not text.startswith(kind) or _SHAPE.fullmatch(text) is None:
        return False
    return secrets.compare_digest(text[-_CHECK_DIGITS:], _checksum(text[:-_CHECK_DIGITS]))


def new_secret() -> str:
    """Make a secret of 256 random bits for a URL, a cookie or a code."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """Hash a secret for the store. Its 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


@discreet("access_token", "refresh_token")
class Issued(msgspec.Struct, frozen=True):
    """The tokens of one answer of the token endpoint, as the client gets them."""

    access_token: str
    refresh_token: str
    expires_at: float
    scopes: tuple[str, ...]


def seal_successor(old: str, issued: Issued) -> bytes:
    """Seal what replaced the refresh token `old`, so that only whoever presents `old` can read it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_key(old)).encrypt(nonce, msgspec.json.encode(issued), digest(old))


def open_successor(old: str, sealed: bytes) -> Issued | None:
    """Open what `seal_successor` sealed; None if it was sealed for another token, or altered."""
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return msgspec.json.decode(AESGCM(_key(old)).decrypt(nonce, content, digest(old)), type=Issued)
    except (InvalidTag, ValueError):
        return None


def _key(token: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"auxcord refresh successor").derive(token.encode())


def _checksum(head: str) -> str:
    return _digits(zlib.crc32(head.encode()), _CHECK_DIGITS)


def _digits(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
