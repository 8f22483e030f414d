"""What the model reads: small, flat, no nulls; names from Spotify are data, never layout."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

SEPARATOR: Final = "|"
NAME_LENGTH: Final = 80
"""Characters a name from Spotify may have in an answer."""

_SEPARATOR_LOOKALIKE: Final = "\u00a6"
_GAPS: Final = re.compile(r"\s+")
_DROPPED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
"""Control, format (bidi, zero-width, tags), surrogate and private characters."""
_INVISIBLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0",
)
_MARKS_IN_A_ROW: Final = 3
"""Combining marks one letter may carry; more is drawn over its neighbours."""


def clean(text: str | None, limit: int = NAME_LENGTH) -> str:
    """Make untrusted text safe to stand in a row: one line, visible characters only, at most `limit` of them.

    Readable text in any script comes out as it went in.
    """
    if not text:
        return ""
    if not (text.isascii() and text.isprintable()):
        text = _visible(text)
    text = _GAPS.sub(" ", text).strip().replace(SEPARATOR, _SEPARATOR_LOOKALIKE)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if character.isspace():
            character = " "  # noqa: PLW2901  a gap of any kind is a gap
        elif _is_hidden(character, category):
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    return "".join(kept)


def _is_hidden(character: str, category: str) -> bool:
    return (
        category in _DROPPED_CATEGORIES
        or character in _INVISIBLE
        or "\ufe00" <= character <= "\ufe0f"  # variation selectors
        or "\U000e0000" <= character <= "\U000e0fff"  # tags, more selectors, and what is kept free for such
    )


def row(*columns: str | int) -> str:
    """Join finished columns to one row."""
    return SEPARATOR.join(str(column) for column in columns)


def lines(*parts: str | Iterable[str]) -> str:
    """Put an answer together; empty parts leave no trace."""
    flat = [line for part in parts for line in ([part] if isinstance(part, str) else part)]
    return "\n".join(line for line in flat if line)


def clock_time(milliseconds: int) -> str:
    """Write a length of time as m:ss, or h:mm:ss from an hour on."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def count(number: int, noun: str) -> str:
    """Write a number with its noun: 1 track, 2 tracks."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
