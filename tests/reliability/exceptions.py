"""What must come of each row meeting each trouble, where a row differs from the rest for a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tests.reliability.troubles import DONE, Due

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.operations import Row
    from tests.reliability.troubles import Trouble

_MALFORMED = "spotify_answer_malformed"
Applies: TypeAlias = "Callable[[Row, Trouble, Due], bool]"


class Peculiarity(NamedTuple):
    """Rows that are different.

    Attributes:
        applies: Whether a row is one of them, when it meets a trouble and this would be due otherwise.
        due: What is due instead.
        reason: Why.
    """

    applies: Applies
    due: Due
    reason: str


PECULIARITIES: tuple[Peculiarity, ...] = (
    Peculiarity(
        lambda row, _, due: row.method == "catalog.many" and due.outcome == "not_found",
        Due(DONE),
        "`catalog.many` gives None for what does not exist.",
    ),
    Peculiarity(
        lambda row, _, due: row.method == "find_mode" and due.outcome == "spotify_forbidden",
        Due(DONE),
        "`find_mode` asks in order to learn whether it is refused.",
    ),
    Peculiarity(
        lambda row, _, due: row.closed == 2024 and due.outcome == "not_found",
        Due("spotify_forbidden"),
        "What Spotify closed in 2024 answers 404 to those who may not have it.",
    ),
    Peculiarity(
        lambda row, trouble, _: row.once and trouble.name == "reset after, once",
        Due("ambiguous", happened=True),
        "The player refuses to pause what is paused, and to resume what plays: a second try cannot tell "
        "whether the first one did it.",
    ),
    Peculiarity(
        lambda row, _, due: row.method == "playlists.set_cover" and due.outcome == "spotify_token_refused",
        Due("insufficient_scope"),
        "A 401 is how Spotify says that the permission to upload covers is missing.",
    ),
)
PARTLY = (
    "Where the first requests of a change went well, its end is `ambiguous`, and the sentence says how far "
    "it came."
)
CLOSED = "What is closed to the app is refused as such, and what a spoiled body says does not matter."


def due_of(row: Row, trouble: Trouble, profile: str) -> tuple[str, str]:
    """Outcome and effect that are due."""
    due = trouble.due(row)
    due = next((one.due for one in PECULIARITIES if one.applies(row, trouble, due)), due)
    if _is_refused(row, profile) and (due.outcome == DONE or (trouble.spoils and due.outcome == _MALFORMED)):
        due = Due("spotify_forbidden" if row.closed else DONE)
    if row.skip and due.outcome != DONE:
        due = Due("ambiguous", due.happened)
    return due.outcome, _effect(row, due) if row.watch else ""


def _is_refused(row: Row, profile: str) -> bool:
    """Whether the app is refused what it asks for; `find_mode` counts on it."""
    return row.is_closed(profile) or (row.method == "find_mode" and profile == "development")


def _effect(row: Row, due: Due) -> str:
    if due.outcome == DONE:
        return "1"
    done, whole = row.skip + due.happened, row.requests
    return "0" if not done else "1" if done == whole else f"{done}/{whole}"
