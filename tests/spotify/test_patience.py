"""Patience in time awake: an answer that arrived while the process slept is taken, and waiting still ends."""

from __future__ import annotations

import asyncio
import time

import pytest

from auxcord.spotify.patience import awake
from tests.reliability.virtual_time import run

pytestmark = pytest.mark.filterwarnings("error")


def test_an_answer_that_came_while_the_process_slept_is_taken() -> None:
    async def sleeper() -> str | None:
        loop, answer = asyncio.get_running_loop(), asyncio.Event()
        loop.call_later(0.05, time.sleep, 3)  # as if suspended: nothing runs, and every timeout is over
        loop.call_later(0.1, answer.set)

        async def work() -> str:
            await answer.wait()
            return "answer"

        return await awake(work(), seconds=2)

    assert asyncio.run(sleeper()) == "answer"


def test_waiting_ends_and_the_work_is_cancelled() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(asyncio.get_running_loop().time())

    async def waiting() -> float:
        began = asyncio.get_running_loop().time()
        assert await awake(work(), seconds=15) is None
        return ended[0] - began

    assert run(waiting()) == pytest.approx(15)


def test_a_cancelled_caller_ends_the_work_and_a_failure_is_the_callers() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(True)

    async def failing() -> None:
        raise LookupError

    async def cancelled() -> None:
        task = asyncio.create_task(awake(work(), seconds=15))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == [True]
        with pytest.raises(LookupError):
            await awake(failing(), seconds=15)

    asyncio.run(cancelled())
