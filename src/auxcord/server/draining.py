"""Leaving without anybody noticing: first nobody new is sent here, then what is under way finishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Draining:
    """Whether this process is about to end, and who has to know.

    Attributes:
        is_announced: Whether `/readyz` says so: no new people should be sent here.
    """

    def __init__(self) -> None:
        self.is_announced = False
        self._leaving: list[Callable[[], None]] = []

    def on_leaving(self, tell: Callable[[], None]) -> None:
        """Let `tell` be called when what could go on for hours has to end now."""
        self._leaving.append(tell)

    def announce(self) -> None:
        """Say that we are about to leave."""
        self.is_announced = True

    def leave(self) -> None:
        """End what could go on for hours."""
        self.is_announced = True
        for tell in self._leaving:
            tell()
