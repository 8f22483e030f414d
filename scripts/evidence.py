"""Write docs/evidence.md from the figures of the last run; `--check` fails when the page differs.

Every figure is held against its bar where it is counted or measured. Here the rows are compared: one that
this run did not produce, or that the page does not know, fails, as does one that has to be exactly so.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.figures import FOLDER, shown

PAGE = Path(__file__).resolve().parent.parent / "docs" / "evidence.md"
HEAD = """\
# Evidence

<!-- Written by `make evidence` after everything in `.ci/run`. -->

What the tests and benchmarks counted and measured, in their short form on two cores. Every run holds each
figure against its bar, where it is produced; CI compares the rows with this page, so that none gets lost.
"""


def figures() -> list[dict[str, Any]]:
    """Return every figure of the last run, in the order of the page."""
    found = [json.loads(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.json")]
    return sorted(found, key=lambda figure: (_order(figure["source"]), figure["what"]))


def page(found: list[dict[str, Any]]) -> str:
    """Return the whole page."""
    lines = [HEAD]
    for source in dict.fromkeys(figure["source"] for figure in found):
        mine = [figure for figure in found if figure["source"] == source]
        lines += [f"## {mine[0]['title']}", "", f"[{source}](../{source})", ""]
        lines += ["| figure | value | bar | |", "|---|---:|---|---|"]
        lines += [_row(figure) for figure in mine]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _row(figure: dict[str, Any]) -> str:
    kind = "counted" if figure["exact"] else "measured"
    return f"| {figure['what']} | {shown(figure['value'])} | {figure['bar']} | {kind} |"


def _order(source: str) -> tuple[bool, str]:
    """Tests by their number, benchmarks last."""
    return source.startswith("bench/"), Path(source).name


def _comparable(text: str) -> list[str]:
    """Return the page's lines without what differs from machine to machine and from try to try."""
    kept = []
    for line in text.splitlines():
        cells = line.split(" | ")
        fixed = "| == " in line or not line.endswith(("| measured |", "| counted |"))
        kept.append(line if fixed else " | ".join((cells[0], *cells[2:])))
    return kept


def main(arguments: list[str]) -> int:
    """Write the page, or compare it with the last run."""
    found = figures()
    if not found:
        print("there are no figures; run the tests first")
        return 1
    if "--check" not in arguments:
        PAGE.write_text(page(found), encoding="utf-8")
        return 0
    told = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    here, there = _comparable(page(found)), _comparable(told)
    for line in (
        *(f"- {row}" for row in there if row not in here),
        *(f"+ {row}" for row in here if row not in there),
    ):
        print(line)
    if here != there:
        print("docs/evidence.md differs from this run; run the suites, then `make evidence`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
