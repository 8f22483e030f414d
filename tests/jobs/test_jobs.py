"""Everyday jobs are done in few calls and little context, each within its ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.tools.matching.finding import _AT_ONCE
from tests.jobs.arranging import fifty_songs
from tests.jobs.job import Job, done
from tests.jobs.stage import LATENCY, make_database
from tests.jobs.table import COLUMNS, JOBS, ceilings

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Figures


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_database(tmp_path_factory.mktemp("jobs"))


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.script.__name__)
def test_a_job_is_done_and_takes_what_its_ceiling_says(job: Job, database: Path) -> None:
    figures, most = done(job, database).figures, ceilings()[job.sentence]
    told = dict(zip(COLUMNS, zip(figures, most, strict=True), strict=True))
    assert all(figure <= ceiling for figure, ceiling in told.values()), f"more than its ceiling: {told}"
    assert figures == most, f"less than its ceiling, which can be lowered by python -m bench.jobs: {told}"


def test_every_job_has_a_ceiling_and_the_table_has_no_others(figures: Figures) -> None:
    assert list(ceilings()) == [job.sentence for job in JOBS]
    figures.count("everyday jobs with a ceiling", len(JOBS), ">= 30")
    figures.count("tool calls of the job that takes most", max(row[0] for row in ceilings().values()), "<= 3")


def test_fifty_lines_become_a_playlist_in_one_call_as_fast_as_their_requests_allow(
    database: Path, figures: Figures
) -> None:
    cost = done(fifty_songs, database)
    figures.count("50 lines to a playlist, tool calls", cost.calls, "== 1")
    figures.count("50 lines to a playlist, requests to Spotify", cost.requests, "<= 53")
    bound = 1000 * LATENCY * cost.requests / _AT_ONCE
    percent = round(100 * cost.milliseconds / bound)
    what = f"50 lines to a playlist, time in percent of the bound, {_AT_ONCE} lines looked for at a time"
    figures.count(what, percent, "<= 130")
