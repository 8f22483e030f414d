"""What somebody who looks after the server found: fine, a warning or a problem, and what to do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """How bad it is. Only a problem needs action now."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes:
        level: How bad it is.
        sentence: What was found, one sentence without secrets.
        advice: What to do, one sentence; empty when nothing is to be done.
    """

    level: Level
    sentence: str
    advice: str = ""


def ok(sentence: str) -> Finding:
    """Tell that something is as it should be."""
    return Finding(Level.OK, sentence)


def warning(sentence: str, advice: str) -> Finding:
    """Tell of something that works, but should be looked at."""
    return Finding(Level.WARNING, sentence, advice)


def problem(sentence: str, advice: str) -> Finding:
    """Tell of something that keeps people from being served, or their data from being safe."""
    return Finding(Level.PROBLEM, sentence, advice)
