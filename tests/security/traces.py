"""Looking for secrets in bytes: as they are, and in every spelling they might have been written in."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PIECE = 16
"""Bytes of something sealed that would not be there by chance."""


def spellings(secret: str) -> set[bytes]:
    """Every form of a secret to look for: plain, UTF-16, hex, URL-encoded, and base64 at each alignment."""
    plain = secret.encode()
    forms = {plain, secret.encode("utf-16-le"), quote(secret, safe="").encode()}
    forms |= {plain.hex().encode(), plain.hex().upper().encode(), plain[::-1]}
    for padding in range(3):
        # What stands before a secret shifts its base64; the outer digits hold bits of the neighbours.
        digits = base64.b64encode(bytes(padding) + plain)[(0, 2, 3)[padding] :].rstrip(b"=")[:-1]
        forms |= {digits, digits.translate(bytes.maketrans(b"+/", b"-_"))}
    return forms


def pieces(sealed: bytes) -> set[bytes]:
    """Pieces of something sealed or hashed, of which none may be left."""
    return {sealed[start : start + PIECE] for start in range(0, len(sealed) - PIECE + 1, PIECE // 2)}


class Search:
    """Reads files once and counts what is found in them.

    Attributes:
        files: How many files were read.
        size: How many bytes.
        hits: What was found, by the name of the file.
    """

    def __init__(self, wanted: Iterable[bytes]) -> None:
        self._wanted = tuple(wanted)
        self.files = self.size = 0
        self.hits: dict[str, int] = {}

    def through(self, folder: Path) -> Search:
        """Search every file below a folder."""
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                content = file.read_bytes()
                self.files += 1
                self.size += len(content)
                found = sum(each in content for each in self._wanted)
                if found:
                    self.hits[str(file.relative_to(folder))] = found
        return self
