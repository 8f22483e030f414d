"""The `fields` filter of playlist calls: `name,items(added_at,item(name,!album))` and the like.

An exclamation mark turns a whole list around: `album(!images,href)` is the album without images and href.
A path that does not exist is dropped silently: a filter made of outdated names yields an empty object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r"[().,!]|[^().,!\s]+")
DEEPEST = 20


@dataclass
class Filter:
    """What to keep of an object: named fields, each with its own filter (None = whole), or all but some."""

    keep: dict[str, Filter | None] = field(default_factory=dict)
    drop: set[str] = field(default_factory=set)

    def apply(self, value: Any) -> Any:
        """Filter an object, or each object of a list."""
        if isinstance(value, list):
            return [self.apply(item) for item in value]
        if not isinstance(value, dict):
            return value
        if not self.keep:
            return {name: inner for name, inner in value.items() if name not in self.drop}
        shown = {}
        for name, deeper in self.keep.items():
            if name in value and name not in self.drop:
                shown[name] = value[name] if deeper is None else deeper.apply(value[name])
        return shown


def parse_fields(text: str) -> Filter:
    """Read a `fields` parameter. Forgiving: what cannot be understood selects nothing."""
    tokens = _TOKEN.findall(text)
    filter_, _ = _list(tokens, 0, 0)
    return filter_


def _list(tokens: list[str], place: int, depth: int) -> tuple[Filter, int]:
    filter_ = Filter()
    while place < len(tokens) and tokens[place] != ")":
        if tokens[place] == ",":
            place += 1
            continue
        place = _field(tokens, place, filter_, depth)
    return filter_, place + 1


def _field(tokens: list[str], place: int, into: Filter, depth: int) -> int:
    """Read one field with what follows it; returns the next place."""
    if tokens[place] == "!":
        if place + 1 < len(tokens):
            into.drop.add(tokens[place + 1])
        return place + 2
    name, place = tokens[place], place + 1
    if into.drop and not into.keep:
        into.drop.add(name)
        return place
    following = tokens[place] if place < len(tokens) else ""
    deeper: Filter | None = None
    if following == "(" and depth < DEEPEST:
        deeper, place = _list(tokens, place + 1, depth + 1)
    elif following == "." and place + 1 < len(tokens) and depth < DEEPEST:
        deeper = Filter()
        place = _field(tokens, place + 1, deeper, depth + 1)
    before = into.keep.get(name)
    if before is not None and deeper is not None:
        before.keep.update(deeper.keep)
        before.drop |= deeper.drop
    else:
        into.keep[name] = deeper
    return place
