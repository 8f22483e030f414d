"""From song names to what goes into a playlist: what is sure or likely, and what to say about the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from auxcord.errors import NotFoundError
from auxcord.tools.matching.finding import match_lines
from auxcord.tools.matching.judging import Certainty
from auxcord.tools.matching.telling import rows, summary
from auxcord.views import count, lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auxcord.caller import Caller


class Chosen(NamedTuple):
    """The tracks song names stand for.

    Attributes:
        uris: Of those that are sure or likely, in the order of the names.
        told: What a model should know about it; empty when no names were given.
    """

    uris: list[str]
    told: str


async def choose(caller: Caller, songs: Sequence[str]) -> Chosen:
    """Find the tracks that song names mean.

    Raises:
        NotFoundError: None of them was found.
        AuxcordError: They could not be looked for at all.
    """
    if not songs:
        return Chosen([], "")
    matches = await match_lines(caller, songs)
    uris = [match.track.uri for match in matches if match.track and match.certainty >= Certainty.LIKELY]
    if not uris:
        failures = [match.failure for match in matches if match.failure is not None]
        if failures:
            raise failures[0]
        raise NotFoundError(
            f"None of the {count(len(songs), 'song')} was found; nothing was changed.",
            advice="match_tracks shows what else they may mean.",
        )
    left_out = len(matches) - len(uris)
    told = f"songs: {summary(matches)} of {count(len(matches), 'line')}"
    left = f"{count(left_out, 'line')} left out (unsure, none or not looked for)" if left_out else ""
    doubtful = rows(matches, doubtful_only=True)
    return Chosen(uris, lines("; ".join(filter(None, (told, left))), doubtful))
