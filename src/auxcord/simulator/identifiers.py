"""Spotify's identifiers: base62 ids, URIs, and the dice that make them up the same way every time."""

from __future__ import annotations

import random
import re
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import quote, unquote

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ID_LENGTH = 22
_BASE62_ID = re.compile(rf"[0-9A-Za-z]{{{ID_LENGTH}}}")
_PAIRS = [a + b for a in ALPHABET for b in ALPHABET]


class Dice(random.Random):
    """A source of reproducible choices: the same label always rolls the same numbers."""

    def __init__(self, label: str) -> None:
        super().__init__(label)

    def chance(self, probability: float) -> bool:
        """Say yes with the given probability, 0 to 1."""
        return self.random() < probability


def base62(number: int, length: int) -> str:
    """Write a number in base62 with exactly `length` digits, the lowest ones when it has more."""
    pairs = []
    for _ in range((length + 1) // 2):
        number, rest = divmod(number, 3844)
        pairs.append(_PAIRS[rest])
    return "".join(reversed(pairs))[-length:]


def new_id(*parts: object) -> str:
    """Make the 22-character id that belongs to these parts, always the same one."""
    digest = blake2b(":".join(map(str, parts)).encode(), digest_size=16).digest()
    return base62(int.from_bytes(digest, "big"), ID_LENGTH)


def is_base62_id(text: str) -> bool:
    """Tell whether a text has the form of a Spotify id (22 base62 characters)."""
    return _BASE62_ID.fullmatch(text) is not None


class Uri(NamedTuple):
    """A parsed Spotify URI; `id` is decoded."""

    type: str
    id: str

    def __str__(self) -> str:
        return f"spotify:{self.type}:{quote(self.id, safe='')}"


def parse_uri(text: str) -> Uri | None:
    """Read `spotify:{type}:{id}` (also the old `spotify:user:{u}:playlist:{id}`); None when it is neither."""
    parts = text.split(":")
    if len(parts) == 5 and parts[0] == "spotify" and parts[1] == "user" and parts[3] == "playlist":
        parts = ["spotify", "playlist", parts[4]]
    if len(parts) != 3 or parts[0] != "spotify" or not parts[1] or not parts[2]:
        return None
    return Uri(parts[1], unquote(parts[2]))
