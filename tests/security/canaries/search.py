"""Finding any of many secrets in much text, whatever form they were written in, whole or in part."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.security.traces import spellings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PIECE: Final = 16
"""Characters at the beginning and at the end of a secret that count as the secret: logs cut and shorten."""
_WINDOW: Final = 8
_STRIDE: Final = PIECE - _WINDOW + 1
"""A needle is no shorter than a piece, so of its windows that begin in this many places text that is read
in steps of as many holds exactly one."""


class Hit(NamedTuple):
    """A secret that was found.

    Attributes:
        name: Which.
        needle: The form in which it stood there.
    """

    name: str
    needle: bytes


def forms(secret: str) -> set[bytes]:
    """Every form of a secret to look for: those of `spellings`, and how HTML, JSON and Python write it.

    Base64 that holds other things before it comes at each alignment; JSON inside JSON is escaped twice.
    """
    once = json.dumps(secret)[1:-1]
    written = {once, json.dumps(once)[1:-1], repr(secret)[1:-1], html.escape(secret)}
    percent = "".join(f"%{byte:02x}" for byte in secret.encode())
    wrapped = base64.encodebytes(secret.encode()).strip()
    return {
        *spellings(secret),
        *(text.encode() for text in (*written, percent, percent.upper(), secret.swapcase())),
        *([wrapped] if b"\n" not in wrapped else []),
    }


class Needles:
    """What is looked for: the beginning and the end of every secret, in every form.

    Args:
        secrets: By their names; each of at least `PIECE` characters.

    Attributes:
        count: How many different byte strings are looked for.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._by_window: dict[bytes, set[tuple[bytes, int]]] = {}
        self._names: dict[bytes, set[str]] = {}
        for name, secret in secrets.items():
            if len(secret) < PIECE:
                msg = f"{name} is too short to be told from chance"
                raise ValueError(msg)
            for piece in {secret[:PIECE], secret[-PIECE:]}:
                for needle in forms(piece):
                    self._add(needle, name)
        self.count = len(self._names)

    def _add(self, needle: bytes, name: str) -> None:
        assert len(needle) >= PIECE
        self._names.setdefault(needle, set()).add(name)
        for place in range(_STRIDE):
            window = needle[place : place + _WINDOW]
            self._by_window.setdefault(window, set()).add((needle, place))

    def found_in(self, text: bytes) -> set[Hit]:
        """Which of them stand in a text."""
        return {Hit(name, needle) for needle in self._present(text) for name in self._names[needle]}

    def _present(self, text: bytes) -> Iterator[bytes]:
        known = self._by_window
        for at in range(0, len(text), _STRIDE):
            candidates = known.get(text[at : at + _WINDOW])
            if candidates is not None:
                for needle, place in candidates:
                    if at >= place and text.startswith(needle, at - place):
                        yield needle
