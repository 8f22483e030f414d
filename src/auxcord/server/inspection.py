"""Looking through everybody's data once after the start, beside other work, so that the log tells of damage.

Nobody waits for it: who is concerned is told at their next call, and everybody else is served meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import structlog

from auxcord.errors import StoreError
from auxcord.server.beside import beside

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from auxcord.vault import Vault

_SHARE: Final = 0.1
"""How much of the process's time it takes at most."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def inspecting(
    vault: Vault,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.perf_counter,
) -> AsyncIterator[None]:
    """Look through everybody's data while the block runs, and stop when it is left."""
    async with beside(inspect(vault, sleep=sleep, clock=clock)):
        yield


async def inspect(
    vault: Vault, *, sleep: Callable[[float], Awaitable[None]], clock: Callable[[], float]
) -> None:
    """Look through everybody's data once; damage is logged, for each person once, and summed up.

    Args:
        vault: Whose people.
        sleep: Waits so many seconds between one look and the next.
        clock: Seconds that only go forward, to tell how long a look takes.
    """
    people, concerned, locked = 0, set[str](), 0
    began = clock()
    try:
        async for step in vault.survey():
            people, locked = people + step.people, locked + step.locked
            concerned |= {damaged.user_id for damaged in step.damaged}
            await sleep((clock() - began) * (1 - _SHARE) / _SHARE)
            began = clock()
    except StoreError as error:
        log.error("not everybody's data can be looked through", reason=str(error))  # noqa: TRY400 - one line
    if concerned or locked:
        sums = {"damaged": len(concerned), "key_missing": locked, "people": people}
        log.error("some people's data does not open", **sums)
