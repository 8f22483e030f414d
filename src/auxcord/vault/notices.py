"""Telling the operator, once for each person, that something of theirs does not open."""

from __future__ import annotations

from typing import Final

import structlog

_LARGEST: Final = 10_000

log = structlog.get_logger(__name__)


class Notices:
    """Who was told about in this process."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def damaged(self, user_id: str, what: str) -> None:
        """Log that something of a person's does not open, unless that was said already."""
        if user_id in self._told:
            return
        if len(self._told) >= _LARGEST:
            self._told.clear()
        self._told.add(user_id)
        log.error("a person's data is damaged; signing in again mends it", user=user_id, what=what)

    def mended(self, user_id: str) -> None:
        """Note that new damage of this person's would be news again."""
        if user_id in self._told:
            self._told.discard(user_id)
            log.warning("a person's data is mended", user=user_id)
