"""Figures that tests of this folder record, summed up at the end of a run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print them: `longest …` is the largest of all, everything else a sum."""
    found: dict[str, Counter[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "teardown":
                _collect(found, report.user_properties)
    for subject, numbers in found.items():
        terminalreporter.write_line(f"{subject}: {', '.join(f'{name} {n:,}' for name, n in numbers.items())}")


def _collect(found: dict[str, Counter[str]], properties: list[tuple[str, object]]) -> None:
    for subject, numbers in properties:
        if not isinstance(numbers, dict):
            continue
        sums = found.setdefault(subject, Counter())
        for name, number in numbers.items():
            sums[name] = max(sums[name], number) if name.startswith("longest") else sums[name] + number
