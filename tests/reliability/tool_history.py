"""What can be undone: the changes made through the tools, and what undoing each of them must give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.reliability.playlist_edits import Rows
    from tests.reliability.tool_work import Details


@dataclass(eq=False)
class Past:
    """A change that was made, or of which nobody knows whether it was.

    Args:
        key: Of which playlist.
        before: Its entries before.
        after: Its entries after; a playlist that has others now was changed by somebody else.
        added: What was to be put in, if that was all.
        details: What the details were before, if it was about those.
        is_whole: Whether all of it was done, so far as the tool knows.
    """

    key: str
    before: Rows
    after: Rows
    added: Rows = ()
    details: Details | None = None
    is_whole: bool = True

    def may_refuse(self, now: Rows) -> bool:
        """Whether it may be refused to undo it unasked: somebody else would lose something, or might."""
        return self.details is None and (now != self.after or not self.is_whole)

    def is_undone(self, was: Rows, now: Rows) -> bool:
        """Whether a playlist that had `was` before the undoing and has `now` after it is right."""
        if self.details is not None:
            return was == now
        if was == self.after or not self.added:
            return now == self.before
        # Somebody else changed it: what was put in goes, if it is there still, and nothing else.
        gone = len(was) - len(now)
        return 0 <= gone <= len(self.added) and _is_part(now, was)


class History:
    """The changes of one person, the oldest first."""

    def __init__(self) -> None:
        self._kept: list[Past] = []

    def add(self, past: Past) -> None:
        """One more."""
        self._kept.append(past)

    def undone(self, past: Past) -> None:
        """One fewer."""
        self._kept.remove(past)

    def forget(self) -> None:
        """A day has passed."""
        self._kept.clear()

    def of(self, key: str | None) -> list[Past]:
        """Those of a playlist, or all."""
        return [past for past in self._kept if key in {None, past.key}]


def _is_part(fewer: Rows, more: Rows) -> bool:
    """Whether something is left when entries are taken out, the others staying in their order."""
    left = iter(more)
    return all(uri in left for uri in fewer)
