"""Figures are held against their bar when they are kept, and the page of evidence is compared row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scripts import evidence

from bench.figures import Figures, holds, shown

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(evidence, "FOLDER", tmp_path / "figures")
    monkeypatch.setattr(evidence, "PAGE", tmp_path / "evidence.md")
    figures = Figures("tests/test_lamps.py", "Lamps", tmp_path / "figures")
    figures.count("lamps tried", 3840)
    figures.count("lamps broken", 0, "== 0")
    figures.measure("seconds a lamp takes to light", 0.25, "<= 1.5")
    assert evidence.main([]) == 0
    return tmp_path


@pytest.mark.parametrize(
    ("value", "bar"), [(0, "== 0"), (1.5, "<= 1.5"), (500, ">= 500"), (7, ""), (2, "> 1")]
)
def test_a_figure_that_meets_its_bar_is_kept(value: float, bar: str) -> None:
    assert holds(value, bar)


def test_a_figure_that_misses_its_bar_fails_the_test_that_kept_it(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="lost: 1 misses the bar == 0"):
        Figures("tests/test_lamps.py", "Lamps", tmp_path).count("lost", 1, "== 0")


def test_a_benchmark_that_misses_its_bar_only_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Figures("bench/lamps.py", "Lamps", tmp_path).measure("seconds", 2.0, "<= 1.5")
    assert "seconds: 2 (bar: <= 1.5, MISSED)" in capsys.readouterr().out


def test_a_bar_nobody_can_read_is_refused() -> None:
    with pytest.raises(ValueError, match="a comparison and a number"):
        holds(1, "about one")


def test_figures_are_written_for_people() -> None:
    assert [shown(value) for value in (3840, 2.0, 1234.56, 0.012345)] == ["3,840", "2", "1,235", "0.0123"]


def test_the_page_agrees_with_the_run_that_wrote_it(kept: Path) -> None:
    assert "| lamps tried | 3,840 |  | counted |" in (kept / "evidence.md").read_text()
    assert evidence.main(["--check"]) == 0


def test_what_was_measured_may_differ(kept: Path) -> None:
    Figures("tests/test_lamps.py", "Lamps", kept / "figures").measure(
        "seconds a lamp takes to light", 0.75, "<= 1.5"
    )
    assert evidence.main(["--check"]) == 0


def test_a_bar_may_not(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Figures("tests/test_lamps.py", "Lamps", kept / "figures").count("lamps broken", 1, "== 1")
    assert evidence.main(["--check"]) == 1
    assert "+ | lamps broken | 1 | == 1 |" in capsys.readouterr().out


def test_a_figure_that_was_not_produced_is_missed(kept: Path) -> None:
    for file in (kept / "figures").iterdir():
        if "3840" in file.read_text():
            file.unlink()
    assert evidence.main(["--check"]) == 1


def test_no_figures_at_all_is_no_agreement(kept: Path) -> None:
    for file in (kept / "figures").iterdir():
        file.unlink()
    assert evidence.main(["--check"]) == 1
