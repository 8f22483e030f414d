"""The demo: the whole tour holds, and a check that does not hold ends it with a failure."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from auxcord.cli.report import Report
from tests.cli.programs import ended, line_with, started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.programs import Environment

pytestmark = [pytest.mark.anyio, pytest.mark.server]


async def test_every_check_of_the_tour_holds(home: Environment) -> None:
    status, out, err = await ended(home, "demo", "--once", "--port", "0", "--simulator-port", "0")
    assert status == 0, out + err
    assert "All" in out
    assert "✘" not in out
    assert out.count("✔") >= 20
    assert err == ""


def test_one_check_that_does_not_hold_fails_the_tour() -> None:
    console = Console(record=True, quiet=True)
    report = Report(console)
    report.check("water is wet", held=True)
    report.check("pigs fly", held=False)
    assert report.end() is False
    assert report.broken == ["pigs fly"]


async def test_a_signal_during_the_tour_ends_it_without_leaving_anything(
    home: Environment, tmp_path: Path
) -> None:
    home["TMPDIR"] = str(tmp_path)
    async with started(home, "demo", "--port", "0", "--simulator-port", "0") as process:
        await line_with(process.stdout, "Ada connects")
        process.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert b"Traceback" not in err
    assert not list(tmp_path.glob("auxcord-demo-*"))
