"""Finding the tracks that lines of text mean: "artist - title", as people and models write them."""

from __future__ import annotations

from auxcord.tools.matching.choosing import choose
from auxcord.tools.matching.finding import Match, match_lines
from auxcord.tools.matching.judging import Certainty
from auxcord.tools.matching.telling import rows, summary

__all__ = ["Certainty", "Match", "choose", "match_lines", "rows", "summary"]
