"""What a model reads about matched lines: one row a line, what is doubtful with what else may be meant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from auxcord.tools.matching.judging import Certainty
from auxcord.views import clean, credit, row, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auxcord.tools.matching.finding import Match

COLUMNS: Final = "line|certainty|title|artists|uri"
_WORDS: Final = {
    Certainty.SURE: "sure",
    Certainty.LIKELY: "likely",
    Certainty.UNSURE: "unsure",
    Certainty.NONE: "none",
}


def summary(matches: Sequence[Match]) -> str:
    """Count the certainties: `sure 47, likely 2, none 1`."""
    counts = Counter(match.certainty for match in matches if match.failure is None)
    told = [f"{_WORDS[certainty]} {counts[certainty]}" for certainty in _WORDS if counts[certainty]]
    failed = sum(match.failure is not None for match in matches)
    return ", ".join([*told, *([f"not looked for {failed}"] if failed else [])])


def rows(matches: Sequence[Match], *, doubtful_only: bool = False) -> list[str]:
    """Write one row for each line; below a doubtful one, what else may be meant.

    Args:
        matches: In the order of the lines.
        doubtful_only: Leave out what is sure.
    """
    written = [
        _row(number, match)
        for number, match in enumerate(matches, 1)
        if not (doubtful_only and match.certainty is Certainty.SURE)
    ]
    return [COLUMNS, *(line for part in written for line in part)] if written else []


def _row(number: int, match: Match) -> list[str]:
    if match.failure is not None:
        return [row(number, "not looked for", clean(match.text, 60), "", str(match.failure))]
    if match.track is None:
        return [row(number, "none", clean(match.text, 60), "", "")]
    track = match.track
    first = row(number, _WORDS[match.certainty], clean(track.name), credit(track.artists), clean(track.uri))
    if match.certainty is Certainty.SURE:
        return [first]
    return [first, *(f"  or: {title(other)}" for other in match.alternatives)]
