"""All jobs, and the table of what each may take at most: ceilings.md, which `python -m bench.jobs` writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.jobs.arranging import ARRANGING
from tests.jobs.keeping import KEEPING
from tests.jobs.listening import LISTENING
from tests.jobs.searching import SEARCHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.jobs.job import Cost

JOBS: Final = (*LISTENING, *SEARCHING, *KEEPING, *ARRANGING)
FILE: Final = Path(__file__).with_name("ceilings.md")
COLUMNS: Final = ("tool calls", "requests to Spotify", "bytes read", "ms")
_HEAD: Final = """\
# What everyday jobs may take

Each job is a script in this folder: a model's tool calls, through a real MCP client, the server and its
Spotify client, to the simulator. test_jobs.py holds each exactly to its line: tool calls, requests that
reached Spotify, bytes of all answers the model reads, and milliseconds at 50 ms a request, as a simulated
clock has them. What costs less gets a lower ceiling: `.venv/bin/python -m bench.jobs` writes the table again.

"""


def written(costs: Mapping[str, Cost]) -> str:
    """The page, for what each sentence's job took."""
    rows = [(sentence, *map(str, cost.figures)) for sentence, cost in costs.items()]
    table = [("the person says", *COLUMNS), ("---", *(["---:"] * len(COLUMNS))), *rows]
    return _HEAD + "".join(f"| {' | '.join(row)} |\n" for row in table)


def ceilings() -> dict[str, tuple[int, ...]]:
    """What each sentence's job may take."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    return {sentence: tuple(map(int, figures)) for sentence, *figures in rows[2:]}
