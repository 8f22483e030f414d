"""A job: what a person asks for, and the tool calls that do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.jobs.stage import Listener, opened
from tests.reliability.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


@dataclass(frozen=True)
class Job:
    """What a person asks for.

    Attributes:
        sentence: In their words.
        script: What a model does about it, and what has to be true then.
    """

    sentence: str
    script: Callable[[Listener], Awaitable[None]]


@dataclass(frozen=True)
class Cost:
    """What a job took.

    Attributes:
        calls: Tool calls.
        requests: Requests to Spotify.
        bytes: Of all answers the model had to read.
        milliseconds: At 50 ms a request, as the simulated clock has it.
        answers: What the model read.
    """

    calls: int
    requests: int
    bytes: int
    milliseconds: int
    answers: tuple[str, ...]

    @property
    def figures(self) -> tuple[int, int, int, int]:
        """What the table of ceilings holds."""
        return self.calls, self.requests, self.bytes, self.milliseconds


def job(sentence: str) -> Callable[[Callable[[Listener], Awaitable[None]]], Job]:
    """Make a script a job; `sentence` is what the person says."""
    return lambda script: Job(sentence, script)


def done(job: Job, database: Path, *, paced: bool = True) -> Cost:
    """Do a job in a new world.

    Args:
        job: Which one.
        database: From `make_database`.
        paced: Whether the server keeps its usual pace towards Spotify, or none.

    Raises:
        AssertionError: Something is not true afterwards.
    """
    return run(_done(job, database, paced=paced))


async def _done(job: Job, database: Path, *, paced: bool) -> Cost:
    async with opened(database, paced=paced) as ada:
        began, before = ada.simulation.now(), ada.requests
        await job.script(ada)
        milliseconds = round(1000 * (ada.simulation.now() - began))
        requests = ada.requests - before
    return Cost(
        calls=ada.calls.total(),
        requests=requests,
        bytes=sum(len(answer.encode()) for answer in ada.answers),
        milliseconds=milliseconds,
        answers=tuple(ada.answers),
    )
