"""The outcome of the check, committed, so that it can be shown where the description is not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .document import Description
    from .runs import Tally
    from .verdict import Verdict

RESULTS = Path(__file__).resolve().parent / "results.json"


def results(description: Description, verdict: Verdict) -> dict[str, Any]:
    """What was seen of every operation in every access mode."""
    undeclared = Counter((finding.operation, finding.profile) for finding in verdict.undeclared)
    return {
        operation_id: {
            run.profile: _cell(run.tally(operation_id), undeclared[operation_id, run.profile])
            for run in verdict.runs
        }
        for operation_id in sorted(description.ids)
    }


def _cell(tally: Tally, undeclared: int) -> dict[str, Any]:
    return {
        "undeclared": undeclared,
        "client": sorted(tally.methods),
        "simulator": sorted(tally.successes) if tally.closed is None else f"closed {tally.closed}",
        "requests": tally.requests,
        "answers": tally.answers,
        "refusals": sorted(case for case in tally.cases if case[0] in "45"),
    }


def text_of(found: dict[str, Any]) -> str:
    """The results as they are committed: a line for each operation and access mode."""
    lines = []
    for operation_id, profiles in found.items():
        cells = [f"    {json.dumps(name)}: {json.dumps(cell)}" for name, cell in profiles.items()]
        lines.append(f"  {json.dumps(operation_id)}: {{\n" + ",\n".join(cells) + "\n  }")
    return "{\n" + ",\n".join(lines) + "\n}\n"
