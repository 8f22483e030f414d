"""A list of saved things, newest first, that answers "is it there?" at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Shelf:
    """Ids with the time each was added; the newest comes first."""

    def __init__(self, entries: Iterable[tuple[str, float]] = ()) -> None:
        self._added = dict(entries)
        self._ordered: list[tuple[str, float]] | None = None

    def __len__(self) -> int:
        return len(self._added)

    def __contains__(self, key: object) -> bool:
        return key in self._added

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self.newest_first())

    def newest_first(self) -> list[tuple[str, float]]:
        """Give (id, time added) pairs, newest first; of equals, the one added last."""
        if self._ordered is None:
            newest_added_first = list(self._added.items())[::-1]
            self._ordered = sorted(newest_added_first, key=lambda entry: -entry[1])
        return self._ordered

    def add(self, key: str, moment: float) -> None:
        """Put something on the shelf; what is there already keeps its place and time."""
        if key not in self._added:
            self._added[key] = moment
            self._ordered = None

    def remove(self, key: str) -> None:
        """Take something off; nothing happens when it is not there."""
        if self._added.pop(key, None) is not None:
            self._ordered = None
