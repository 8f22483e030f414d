"""How alike two folded names are, and whether what differs can be a slip of the hand."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from auxcord.tools.matching.folding import MEMORY

_NUMBER: Final = re.compile(r"\d+|[ivx]{1,4}")
_LIGHT: Final = frozenset({"the", "a", "an", "of", "and", "de", "la", "le", "el", "in", "no"})
"""Words whose absence changes no name."""


@lru_cache(maxsize=MEMORY)
def distance(one: str, other: str) -> int:
    """Count the letters to insert, drop or replace to make one text the other (bit-parallel, Myers 1999)."""
    if not one or not other:
        return len(one) + len(other)
    masks: dict[str, int] = {}
    for place, letter in enumerate(one):
        masks[letter] = masks.get(letter, 0) | 1 << place
    last, everything = 1 << (len(one) - 1), (1 << len(one)) - 1
    plus, minus, score = everything, 0, len(one)
    for letter in other:
        match = masks.get(letter, 0)
        diagonal = ((((match & plus) + plus) ^ plus) | match | minus) & everything
        up = minus | (~(diagonal | plus) & everything)
        down = plus & diagonal
        score += 1 if up & last else -1 if down & last else 0
        up = (up << 1 | 1) & everything
        plus = (down << 1 & everything) | (~(diagonal | up) & everything)
        minus = up & diagonal
    return score


def likeness(one: str, other: str) -> float:
    """Return 1.0 for equal names, 0.0 for names with nothing in common; spaces do not count much."""
    if one == other:
        return 1.0
    longest = max(len(one), len(other))
    if not longest:
        return 0.0
    spaced = 1 - distance(one, other) / longest
    if " " not in one + other:
        return spaced
    joined = one.replace(" ", ""), other.replace(" ", "")
    return max(spaced, 0.99 * (1 - distance(*joined) / max(map(len, joined))))


def is_slip(one: str, other: str) -> bool:
    """Say whether two names differ as a mistyped one differs from a right one, and not in meaning.

    Numbers must be equal, short words must be equal, and a longer word may be off by a letter or two.
    """
    if one == other or one.replace(" ", "") == other.replace(" ", ""):
        return True
    here, there = one.split(), other.split()
    if _numbers(here) != _numbers(there):
        return False
    left = [word for word in here if word not in there]
    right = [word for word in there if word not in here]
    for word in left:
        near = min(right, key=lambda candidate: distance(word, candidate), default=None)
        if near is not None and distance(word, near) <= _allowance(word, near):
            right.remove(near)
        elif word not in _LIGHT:
            return False
    return all(word in _LIGHT for word in right)


def _numbers(words: list[str]) -> list[str]:
    return sorted(word for word in words if _NUMBER.fullmatch(word))


def _allowance(one: str, other: str) -> int:
    """Letters two words may differ by and still be the same word mistyped; a swap counts as two."""
    if not (one + other).isascii():
        return 0  # each sign of a script like Chinese is a word
    shorter = min(len(one), len(other))
    if sorted(one) == sorted(other) and shorter >= 4:
        return 2
    return 0 if shorter < 4 else 1 if shorter < 8 else 2
