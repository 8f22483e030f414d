"""Write docs/faults.md: what comes of every operation under every kind of trouble; `--check` compares it.

Everything is tried anew, in every access mode, against the simulator, in simulated time. It is an error when
anything comes of it that `tests/reliability` does not expect.
"""

from __future__ import annotations

import logging
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import structlog

from kept_page import kept

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.reliability.exceptions import CLOSED, PARTLY, PECULIARITIES  # noqa: E402  # found by the line above
from tests.reliability.lab import PROFILES  # noqa: E402
from tests.reliability.matrix import ROWS, SECONDS_A_REQUEST, cases_of, figures  # noqa: E402
from tests.reliability.troubles import TROUBLES  # noqa: E402
from tests.reliability.virtual_time import run  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auxcord.simulator.settings import Profile

PAGE = ROOT / "docs" / "faults.md"
LETTERS = {
    "done": "ok",
    "ambiguous": "?",
    "spotify_unavailable": "U",
    "spotify_answer_malformed": "M",
    "spotify_rate_limited": "R",
    "spotify_quota_exceeded": "Q",
    "spotify_token_refused": "T",
    "spotify_bad_request": "B",
    "insufficient_scope": "S",
    "spotify_forbidden": "F",
    "not_found": "N",
    "spotify_owner_premium_required": "O",
    "spotify_user_not_registered": "L",
    "premium_required": "P",
    "no_active_device": "D",
    "spotify_refused": "X",
}
HEAD = """\
# What comes of trouble

<!-- Written by `make docs` (scripts/fault_matrix.py) from tests/reliability; edit those. -->

Every operation of the Spotify client meets every kind of trouble that the simulator or a network can make, in
every access mode. What is true afterwards is read from the simulated world itself, not from what the client
was told: how often a change happened (never twice), and whether what the client said about it is so.

{figures}

Nothing waits longer than {ceiling:.0f} simulated seconds for one request, whatever happens: {wait}.
`slow` means 9 s, `too slow` 20 s; `once` strikes the first request only, otherwise every request is struck.
Where a change takes several requests, the trouble begins at the second one, or else the name says so.

## Operations

{operations}

## How to read the tables

{legend}

A number after it says how often a change happened: `?0` and `?1` are the two truths behind "it may or may not
have happened", `?1/3` means that the first of three requests took effect, and the answer says so. Cells are
empty where trouble answers in place of a change and says that it was made: that is a lie no client can see
through.

Why some rows differ from the rest:

{reasons}
"""


_OTHERS = {"read": "every other read"}
_KINDS = {
    "read": "Reads",
    "put": "Changes that may be asked for again",
    "post": "Changes that do something more when they are",
}


class Cell(NamedTuple):
    """What came of one case, without what made it."""

    row: str
    kind: str
    trouble: str
    profile: str
    text: str
    wrong: str


class Share(NamedTuple):
    """What one process found."""

    cells: list[Cell]
    figures: dict[str, float]


def share(of: tuple[int, Profile]) -> Share:
    """Try one row in one access mode."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    row, profile = ROWS[of[0]], of[1]
    cases = run(cases_of(row, profile))
    cells = [
        Cell(
            row.name,
            row.kind,
            case.trouble.name,
            profile,
            f"{LETTERS.get(case.outcome, case.outcome)}{case.effect}",
            str(case) if case.wrong else "",
        )
        for case in cases
    ]
    return Share(cells, figures(cases))


def page(shares: list[Share]) -> str:
    """The whole page."""
    cells = [cell for one in shares for cell in one.cells]
    legend = "\n".join(
        ["| | |", "|---|---|", *(f"| `{letter}` | `{code}` |" for code, letter in LETTERS.items())]
    )
    reasons = [*(one.reason for one in PECULIARITIES), PARTLY, CLOSED]
    parts = [
        HEAD.format(
            figures="\n".join(_figures(shares)),
            ceiling=SECONDS_A_REQUEST,
            wait="10 s for its turn and between tries, 30 s for an exchange",
            legend=legend,
            operations="\n".join(_operations()),
            reasons="\n".join(f"- {reason}" for reason in reasons),
        ),
        *_tables([cell for cell in cells if cell.profile == PROFILES[0]]),
        "## The other access modes\n",
        *_others(cells),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _figures(shares: list[Share]) -> Iterator[str]:
    """The figures that are the same whenever this is run."""
    yield "| | |"
    yield "|---|---|"
    for name in shares[0].figures:
        if name.startswith("longest"):
            continue
        yield f"| {name} | {sum(int(one.figures[name]) for one in shares):,} |"


def _operations() -> Iterator[str]:
    for kind, words in _KINDS.items():
        yield f"- {words}: {', '.join(f'`{row.name}`' for row in ROWS if row.kind == kind)}"


def _tables(cells: list[Cell]) -> Iterator[str]:
    groups = dict.fromkeys(trouble.group for trouble in TROUBLES)
    texts = {(cell.row, cell.trouble): cell.text for cell in cells}
    for group in groups:
        names = [trouble.name for trouble in TROUBLES if trouble.group == group]
        yield f"## {group}\n"
        yield f"| operations | {' | '.join(names)} |"
        yield "|---|" + "---|" * len(names)
        alike: dict[tuple[str, ...], list[str]] = {}
        for row in ROWS:
            line = tuple(texts.get((row.name, name), "") for name in names)
            alike.setdefault(line, []).append(f"`{row.name}`")
        largest = {kind: max(len(rows) for rows in alike.values() if _are(kind, rows)) for kind in _OTHERS}
        for line, rows in alike.items():
            others = [
                words for kind, words in _OTHERS.items() if _are(kind, rows) and len(rows) == largest[kind]
            ]
            yield f"| {others[0] if others else ', '.join(rows)} | {' | '.join(line)} |"
        yield ""


def _are(kind: str, names: list[str]) -> bool:
    return all(row.kind == kind for row in ROWS if f"`{row.name}`" in names)


def _others(cells: list[Cell]) -> Iterator[str]:
    """Where another access mode differs from the first one, and into what."""
    usual = {(cell.row, cell.trouble): cell.text for cell in cells if cell.profile == PROFILES[0]}
    for profile in PROFILES[1:]:
        found: dict[str, Counter[str]] = {}
        for cell in cells:
            if cell.profile == profile and cell.text != (before := usual[cell.row, cell.trouble]):
                found.setdefault(cell.row, Counter())[f"{before} → {cell.text}"] += 1
        yield f"In `{profile}`, as above but for:\n"
        for row, changes in found.items():
            told = ", ".join(f"{change} ({times})" for change, times in sorted(changes.items()))
            yield f"- `{row}`: {told}"
        yield ""


def main(arguments: list[str]) -> int:
    """Write the page, or compare it with what it should be."""
    jobs = [(number, profile) for profile in PROFILES for number in range(len(ROWS))]
    with ProcessPoolExecutor() as pool:
        shares = list(pool.map(share, jobs, chunksize=8))
    wrong = [cell.wrong for one in shares for cell in one.cells if cell.wrong]
    for line in (*_figures(shares), *wrong):
        print(line)
    if wrong:
        return 1
    return kept(PAGE, page(shares), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
