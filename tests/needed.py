"""What some tests need from the machine: not everybody has it, but CI must."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Pass this test over because the machine lacks something; in CI (CI=true) it fails instead.

    Args:
        what: What is missing and how to get it, for whoever reads the summary.
    """
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have {what}")
    pytest.skip(f"this machine lacks {what}")
