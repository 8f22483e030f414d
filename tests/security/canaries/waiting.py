"""Waiting for what another process does, which nobody tells us of."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_SECONDS: Final = 60
_LOOK: Final = 0.02


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Look again and again whether something has come about, for a minute at most.

    Raises:
        TimeoutError: It has not.
    """
    async with asyncio.timeout(_SECONDS):
        while not await _holds(condition):  # noqa: ASYNC110 - no event crosses from one process to the other
            await asyncio.sleep(_LOOK)


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    found = condition()
    return await found if inspect.isawaitable(found) else found
