"""A sleeper that tests wake."""

from __future__ import annotations

import anyio


class Turnstile:
    """A sleeper that sleeps until it is told to go on."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self._turn = anyio.Event()
        self._arrival = anyio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self._arrival.set()
        self._arrival = anyio.Event()
        await self._turn.wait()

    async def until_asked(self, times: int) -> None:
        """Wait until somebody has gone to sleep so often."""
        while len(self.asked) < times:
            await self._arrival.wait()

    def go_on(self) -> None:
        """Wake everybody who sleeps now."""
        self._turn.set()
        self._turn = anyio.Event()
