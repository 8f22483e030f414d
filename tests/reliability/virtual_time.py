"""Time that passes only when everybody waits: an event loop that jumps to the next moment.

Everything that goes by the loop's clock (timeouts, sleeps, the simulator's latency) takes its full time by
that clock and none by ours. What a thread of an executor does takes no time by that clock. Where nothing is
left that could ever happen, a real loop would hang; this one says so.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

_LONGEST_CALL = 10.0
"""Real seconds to wait at a time for a thread."""


class HangError(RuntimeError):
    """Somebody waits for what nobody is going to do."""

    def __init__(self) -> None:
        super().__init__("everybody waits, and nothing is under way")


class _Jump(selectors.DefaultSelector):
    """Looks at the sockets once, and lets the loop's time pass at once when nothing has arrived."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0
        self.threads = 0
        """Calls that threads are busy with; time stands still until they are done, and they wake us then."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(_LONGEST_CALL if self.threads and timeout != 0 else 0)
        if self.threads and timeout != 0:
            return ready
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise HangError
        self.passed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds take no time; for what happens within it and its executors, not sockets."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jump.passed

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        """Let a thread do something while time stands still."""
        self._jump.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._returned)
        return future

    def _returned(self, _future: object) -> None:
        self._jump.threads -= 1


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run something to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
