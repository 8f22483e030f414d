"""Write docs/spotify-coverage.md from what the contract check saw; `--check` fails when the page differs.

The description itself is not needed: the results of the check are committed, and it is an error when they do
not fit the simulator's operations and the client's methods any more.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auxcord.simulator.faults import KINDS
from auxcord.simulator.webapi.surface import OPERATIONS
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.transport import Transport
from description.client_calls import public_methods
from description.coverage import reason_unused
from description.facts import PROFILES
from description.results import RESULTS
from kept_page import kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auxcord.simulator.webapi.operation import Operation

PAGE = Path(__file__).resolve().parent.parent / "docs" / "spotify-coverage.md"
HEAD = """\
# Spotify coverage

<!-- Written by `make docs` from simulator, client and scripts/description/results.json; edit those. -->

Every operation of Spotify's Web API, in each access mode an app can have: which method of our client uses it,
what the simulator answers, and how often both were held against Spotify's published description.

- **Client**: methods of `auxcord.spotify.client.SpotifyClient`, or the reason why there is none.
- **Simulator**: the statuses of success it was seen to answer with, or the one that says that the operation
  is closed to this kind of app.
- **Contract**: valid requests, and answers to requests of any kind, that `scripts/description_check.py` found
  to fit the description. Everything the methods of the client send and get comes on top of that.
- **Fault cases**: how many different ways of being refused were among them, by status: malformed and unknown
  ids, limits and types, missing scopes, tokens and Premium, the gateway's refusals, pace and quota.

Beyond these, the simulator strikes any operation on demand with {faults} kinds of scripted trouble: {kinds}.

{totals}
"""


def page() -> str:
    """The whole page."""
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    parts: dict[str, list[Operation]] = {}
    for operation in sorted(OPERATIONS, key=lambda each: (each.path, each.method)):
        parts.setdefault(_part(operation), []).append(operation)
    kinds = ", ".join(f"`{kind}`" for kind in KINDS)
    lines = [HEAD.format(faults=len(KINDS), kinds=kinds, totals="\n".join(_totals(found)))]
    for name, operations in sorted(parts.items()):
        lines += [
            f"## {name}\n",
            "| operation | access mode | client | simulator | contract | fault cases |",
            "|---|---|---|---|---|---|",
            *(_row(operation, profile, found) for operation in operations for profile in PROFILES),
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _part(operation: Operation) -> str:
    """The heading an operation stands under."""
    steps = operation.path.strip("/").split("/")
    if steps[0] == "me":
        return "Player" if steps[1:2] == ["player"] else "The person's own"
    return steps[0].capitalize()


def _totals(found: dict[str, Any]) -> Iterator[str]:
    yield "| access mode | answered | closed | used by the client | requests checked | answers checked |"
    yield "|---|---|---|---|---|---|"
    for profile in PROFILES:
        cells = [each[profile] for each in found.values()]
        closed = sum(1 for cell in cells if isinstance(cell["simulator"], str))
        used = sum(1 for cell in cells if cell["client"])
        sums = f"{sum(cell['requests'] for cell in cells)} | {sum(cell['answers'] for cell in cells)}"
        yield f"| {profile} | {len(cells) - closed} | {closed} | {used} | {sums} |"


def _row(operation: Operation, profile: str, found: dict[str, Any]) -> str:
    cell = found[operation.id][profile]
    cells = (
        f"`{operation.method} {operation.path}`",
        profile,
        ", ".join(f"`{method}`" for method in cell["client"]) or f"none: {_reason(operation.id, cell)}",
        _answers(cell["simulator"]),
        _contract(cell),
        _refusals(cell["refusals"]),
    )
    return f"| {' | '.join(cells)} |"


def _contract(cell: dict[str, Any]) -> str:
    checked = f"{_counted(cell['requests'], 'request')}, {_counted(cell['answers'], 'answer')}"
    found: int = cell["undeclared"]
    return checked if not found else f"**{_counted(found, 'difference')}** in {checked}"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _reason(operation_id: str, cell: dict[str, Any]) -> str | None:
    """Why no method uses an operation in one access mode; None when there is no reason."""
    closed = isinstance(cell["simulator"], str)
    return reason_unused(operation_id) or ("closed to this kind of app" if closed else None)


def _answers(seen: list[int] | str) -> str:
    return seen if isinstance(seen, str) else f"answers {', '.join(map(str, seen))}"


def _refusals(cases: list[str]) -> str:
    counts = Counter(case.partition(" ")[0] for case in cases)
    return ", ".join(f"{status} ({times})" for status, times in sorted(counts.items()))


def complaints() -> Iterator[str]:
    """What makes the committed results older than the code."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    simulated = {operation.id for operation in OPERATIONS}
    yield from (f"the results do not know {name}" for name in sorted(simulated - found.keys()))
    yield from (f"the simulator has no {name}" for name in sorted(found.keys() - simulated))
    used = {method for each in found.values() for cell in each.values() for method in cell["client"]}
    methods = set(public_methods(_a_client()))
    yield from (f"no result names the client's {name}" for name in sorted(methods - used))
    yield from (f"the client has no {name}" for name in sorted(used - methods))
    for name, each in found.items():
        for profile, cell in each.items():
            if not cell["client"] and _reason(name, cell) is None:
                yield f"{name} [{profile}]: not used by the client, and no reason given"
            if not cell["simulator"]:
                yield f"{name} [{profile}]: not answered by the simulator"


def _a_client() -> SpotifyClient:
    """A client to look at; it cannot ask for anything."""
    return SpotifyClient(Transport(None), None)  # type: ignore[arg-type]


def main(arguments: list[str]) -> int:
    """Write the page, or compare it with what it should be."""
    wrong = list(complaints())
    for line in wrong:
        print(f"{line}: run scripts/description_check.py with --write")
    if wrong:
        return 1
    return kept(PAGE, page(), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
