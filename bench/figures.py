"""Figures: what tests and benchmarks counted and measured, held against a bar, kept for a page."""

from __future__ import annotations

import json
import operator
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER: Final = Path(__file__).resolve().parent.parent / "artefacts" / "evidence"

_HOLDS: Final[dict[str, Callable[[float, float], bool]]] = {
    "==": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


class Figures:
    """The figures of one source: a test file or a benchmark.

    Args:
        source: The file's path in the repository.
        title: What it shows, one line.
        folder: Where the figures are kept until the page is written.
    """

    def __init__(self, source: str, title: str, folder: Path = FOLDER) -> None:
        self._source = source
        self._title = title
        self._folder = folder

    def count(self, what: str, value: int, bar: str = "") -> None:
        """Keep a figure that is the same in every run.

        Args:
            what: What was counted, with its unit.
            value: How many.
            bar: What it has to be, such as `== 0` or `>= 200`; nothing if it only tells how much was tried.

        Raises:
            AssertionError: The figure of a test misses the bar; of a benchmark it is only told.
        """
        self._keep(what, value, bar, exact=True)

    def measure(self, what: str, value: float, bar: str = "") -> None:
        """Keep a figure that differs from run to run; see `count`."""
        self._keep(what, value, bar, exact=False)

    def _keep(self, what: str, value: float, bar: str, *, exact: bool) -> None:
        figure = {"source": self._source, "title": self._title, "what": what, "value": value, "bar": bar}
        self._folder.mkdir(parents=True, exist_ok=True)
        name = sha256(f"{self._source}\n{what}".encode()).hexdigest()[:24]
        (self._folder / f"{name}.json").write_text(json.dumps(figure | {"exact": exact}), encoding="utf-8")
        is_met = holds(value, bar)
        told = f" (bar: {bar}{'' if is_met else ', MISSED'})" if bar else ""
        print(f"{self._title}: {what}: {shown(value)}{told}")
        # A benchmark tells, a test insists: how fast a machine is must not turn a run red.
        assert is_met or self._source.startswith("bench/"), f"{what}: {shown(value)} misses the bar {bar}"


def holds(value: float, bar: str) -> bool:
    """Say whether a figure meets a bar.

    Raises:
        ValueError: The bar cannot be read.
    """
    if not bar:
        return True
    match = re.fullmatch(r"(==|<=|>=|<|>) (-?[\d.]+)", bar)
    if match is None:
        msg = f"a bar is a comparison and a number, such as '<= 1.5', not {bar!r}"
        raise ValueError(msg)
    return _HOLDS[match[1]](value, float(match[2]))


def shown(value: float) -> str:
    """Write a figure for people: whole numbers with separators, others with three digits that count."""
    if isinstance(value, int) or value.is_integer():
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
