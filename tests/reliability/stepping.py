"""An event loop that counts what it runs, so that something can be done after the n-th step and no other.

Whatever happens in asyncio is a callback of the loop, run one after the other; between two of them somebody
awaits. Doing something after the n-th, for every n until all is over, tries every await there is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context

T = TypeVar("T")


class SteppingLoop(asyncio.SelectorEventLoop):
    """Counts the callbacks it runs."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0
        self._then: Callable[[], object] | None = None

    def after(self, steps: int, then: Callable[[], object]) -> None:
        """Call `then` once so many more callbacks have run; an earlier wish is forgotten."""
        self._left, self._then = steps, then

    def never(self) -> None:
        """Forget the wish."""
        self._then = None

    def call_soon(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Schedule a callback, as always, and count it when it runs."""
        return super().call_soon(self._run, callback, args, context=context)

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Schedule a callback from another thread; counted as well."""
        return super().call_soon_threadsafe(self._run, callback, args, context=context)

    def _run(self, callback: Callable[..., object], args: tuple[Any, ...]) -> None:
        callback(*args)
        if self._then is not None:
            self._left -= 1
            if self._left <= 0:
                then, self._then = self._then, None
                then()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end in a stepping loop of its own."""
    with asyncio.Runner(loop_factory=SteppingLoop) as runner:
        return runner.run(work)


def loop() -> SteppingLoop:
    """The stepping loop that runs now."""
    running = asyncio.get_running_loop()
    assert isinstance(running, SteppingLoop)
    return running
