"""Time that passes only when everybody waits: an event loop that jumps to the next moment.

Everything that goes by the loop's clock (timeouts, sleeps, the simulator's latency) takes its full time by
that clock and none by ours. Where nothing is left that could ever happen, a real loop would hang; this one
says so.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class HangError(RuntimeError):
    """Somebody waits for what nobody is going to do."""

    def __init__(self) -> None:
        super().__init__("everybody waits, and nothing is under way")


class _Jump(selectors.DefaultSelector):
    """Looks at the sockets once, and lets the loop's time pass at once when nothing has arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise HangError
        self.passed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds take no time; for what happens within it, not for threads or sockets."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jump.passed


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run something to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
