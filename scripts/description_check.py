"""Hold our Spotify client and our simulator against Spotify's published description of its Web API.

    python scripts/description_check.py spotify-open-api.yml [--write]

The two were written apart and share no code. Every request the client makes, and every answer the simulator
gives, must fit the description, for all operations and in all three access modes; what is known to differ is
declared in `scripts/description/corrections.py` and `facts.py`. It exits 1 on anything undeclared, on a
declaration that nothing needs, and on an operation nobody saw. `--write` renews the committed results, which
docs/spotify-coverage.md shows.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import anyio
import structlog

from description.corrections import CORRECTIONS, RENAMED
from description.document import Description
from description.facts import PROFILES
from description.results import RESULTS, results, text_of
from description.runs import Run, run
from description.verdict import Verdict


async def _runs(description: Description) -> list[Run]:
    return [await run(description, profile) for profile in PROFILES]


def _summary(description: Description, verdict: Verdict) -> None:
    operations = len(description.ids)
    for each in verdict.runs:
        tallies = each.tallies.values()
        answering = sum(1 for tally in tallies if tally.successes)
        closed = sum(1 for tally in tallies if tally.closed is not None)
        used = sum(1 for tally in tallies if tally.methods)
        requests = sum(tally.requests + tally.exchanges for tally in tallies)
        answers = sum(tally.answers + tally.exchanges for tally in tallies)
        print(
            f"{each.profile}: simulator {answering} answer + {closed} closed of {operations} operations; "
            f"client {used} operations by {len(each.client.methods)} methods; "
            f"{requests} requests and {answers} answers checked"
        )
    seen = {place for each in verdict.runs for place in each.edition.schemas.seen}
    places = {place for each in verdict.runs for place in each.edition.schemas.places}
    print(f"fields of the description seen in answers: {len(places & seen)} of {len(places)}")
    print(f"declared differences: {len(CORRECTIONS)} corrections, used {sum(verdict.used.values())} times")


def main(arguments: list[str]) -> int:
    """Run the check; 1 when anything is wrong."""
    files = [argument for argument in arguments if not argument.startswith("--")]
    if len(files) != 1:
        print(__doc__)
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    description = Description.read(Path(files[0]), RENAMED)
    verdict = Verdict(description, anyio.run(_runs, description))
    problems = list(verdict.problems())
    _summary(description, verdict)
    found = text_of(results(description, verdict))
    if "--write" in arguments:
        RESULTS.write_text(found, encoding="utf-8")
    elif not RESULTS.is_file() or RESULTS.read_text(encoding="utf-8") != found:
        problems.append("the committed results are out of date: run this again with --write, then make docs")
    for problem in problems:
        print(f"  {problem}")
    print(f"{len(problems)} wrong" if problems else "every exchange fits the description")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
