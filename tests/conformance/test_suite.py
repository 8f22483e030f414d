"""The list of expected failures is strict in both directions."""

from __future__ import annotations

from tests.conformance.suite import Check, expected, judge

PASSED = Check("ping", "ping", "SUCCESS", "")
FAILED = Check("tasks-lifecycle", "tasks-created", "FAILURE", "no task")
WARNED = Check("tools-list", "tools-name-format", "WARNING", "odd name")


def test_all_passed_is_good() -> None:
    verdict = judge("leg", [PASSED], {})
    assert verdict.good
    assert (verdict.passed, verdict.scenarios) == (1, 1)


def test_a_failure_nobody_listed_is_bad() -> None:
    verdict = judge("leg", [PASSED, FAILED], {})
    assert not verdict.good
    assert verdict.unexpected == [FAILED]


def test_a_warning_nobody_listed_is_bad_too() -> None:
    assert not judge("leg", [PASSED, WARNED], {}).good


def test_a_listed_failure_is_excused_by_its_pattern() -> None:
    verdict = judge("leg", [PASSED, FAILED], {"tasks-*": "not offered"})
    assert verdict.good
    assert verdict.excused == [FAILED]


def test_a_listed_entry_that_passes_now_is_bad() -> None:
    verdict = judge("leg", [PASSED], {"ping:ping": "was broken once"})
    assert not verdict.good
    assert verdict.stale == ["ping:ping"]


def test_a_leg_in_which_nothing_ran_is_bad() -> None:
    assert not judge("leg", [], {}).good


def test_every_listed_failure_has_a_reason() -> None:
    for leg in ("fixture 2025-11-25", "fixture 2026-07-28", "product 2026-07-28"):
        assert all(len(reason) > 40 for reason in expected(leg).values())
