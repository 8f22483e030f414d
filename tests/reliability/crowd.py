"""Crowds before real processes: calls that are repeated where the answer says that waiting helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.people import Answer, Person
    from tests.processes import Program

PUT_OFF: Final = ("Too many requests to Spotify are waiting already", "takes too long")
_REPEATS: Final = 30


class Crowd:
    """Calls, and how many of them had to be repeated because the machine was too busy."""

    def __init__(self) -> None:
        self.repeated = 0

    async def call(self, person: Person, replica: Program) -> Answer:
        """Ask for a person's account, which asks Spotify each time."""
        for _ in range(_REPEATS):
            answer = await person.call("get_account", to=replica)
            if not any(words in answer.text for words in PUT_OFF):
                break
            self.repeated += 1
        return answer


def most_at_once(entries: Iterable[dict[str, Any]]) -> int:
    """How many requests were under way at the same moment at most, by the log."""
    moments = [
        moment for entry in entries for moment in ((entry["at"] - entry["seconds"], 1), (entry["at"], -1))
    ]
    under_way = most = 0
    for _, change in sorted(moments):
        under_way += change
        most = max(most, under_way)
    return most
