"""The catalogue of errors: every one has a code of its own, says what to do, and has a test that meets it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from scripts.error_reference import catalogue, page

TESTS = Path(__file__).parent
ALL = catalogue()
SOURCE = "".join(
    file.read_text(encoding="utf-8") for file in (TESTS.parent / "src" / "auxcord").rglob("*.py")
)
RAISED = [cls for cls in ALL if SOURCE.replace(f"class {cls.__name__}(", "").count(f"{cls.__name__}(")]
"""Without those that only gather others under one name."""
_SEEN_BY_ITS_WORDS = {"audit_broken": ("of the audit trail",)}
"""Errors that only people at a terminal see, without the code."""


def test_the_page_tells_what_the_errors_are() -> None:
    assert (TESTS.parent / "docs" / "errors.md").read_text(encoding="utf-8") == page(), "run `make docs`"


def test_no_two_errors_share_a_code() -> None:
    assert [code for code, times in Counter(cls.code for cls in ALL).items() if times > 1] == []


@pytest.mark.parametrize("cls", RAISED, ids=lambda cls: cls.code)
def test_an_error_is_met_in_a_test(cls: type[Exception]) -> None:
    mine = Path(__file__)
    texts = (file.read_text(encoding="utf-8") for file in TESTS.rglob("*.py") if file != mine)
    signs = (cls.__name__, f"[{cls.code}]", *_SEEN_BY_ITS_WORDS.get(cls.code, ()))
    assert any(sign in text for text in texts for sign in signs), cls.__name__
