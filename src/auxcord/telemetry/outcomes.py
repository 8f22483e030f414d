"""What came of the call that is being answered: noted where a client is told, read where it is counted."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

OK: Final = "ok"

_outcome: Final[ContextVar[list[str] | None]] = ContextVar("auxcord outcome", default=None)


@contextmanager
def noted() -> Iterator[list[str]]:
    """Collect the codes that are noted inside the block, also by tasks it starts."""
    codes: list[str] = []
    token = _outcome.set(codes)
    try:
        yield codes
    finally:
        _outcome.reset(token)


def note(code: str) -> None:
    """Note the code of an error that is told to a client."""
    codes = _outcome.get()
    if codes is not None:
        codes.append(code)
