"""Patience counted in the time this process runs: what it sleeps through does not count.

A computer that is suspended, or a process held still, wakes up to find every ordinary timeout over, and gives
up an answer that has long arrived. Where it holds the only copy of a refresh token, that would lose it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

_TICK: Final = 1.0
"""However long the process sleeps, it misses one tick at most."""


async def awake(work: Coroutine[Any, Any, T], *, seconds: float) -> T | None:
    """Run `work` for at most so many seconds, time asleep not counted; None if it takes longer.

    When time is over, or the caller is cancelled, `work` is cancelled and waited for.
    """
    task = asyncio.create_task(work)
    try:
        for _ in range(max(1, round(seconds / _TICK))):
            await asyncio.wait({task}, timeout=_TICK)
            if task.done():
                return task.result()
        return None
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
