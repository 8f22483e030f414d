"""A process that wants access tokens for many people at once, wired as the server is, without HTTP before it.

python -m bench.refresher (settings as for `auxcord serve`), then one JSON object a line on standard input:

    {"users": ["<user id>", ...], "rounds": 1}

and for each a line on standard output, once everybody has a token or an error: how many tokens, how often
somebody had to ask again because the error said so, other errors by name, the seconds it took, and those
of the slowest. In every further round it is an hour later.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

from auxcord.errors import AuxcordError
from auxcord.server.assembly import Parts
from auxcord.server.settings import Settings
from auxcord.telemetry import logs

HOUR = 3600
REPEATS = 20


class Asking:
    """Asks for access tokens and keeps account of it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.tokens = 0
        self.repeated = 0
        self.errors: Counter[str] = Counter()
        self.slowest = 0.0

    async def ask(self, user_id: str) -> None:
        """Ask for one person's, and again after an error that says it can help, at most so many times."""
        began = time.perf_counter()
        for _ in range(REPEATS):
            try:
                await self._parts.accounts.access_token(user_id)
            except AuxcordError as error:
                if error.retryable:
                    self.repeated += 1
                    continue
                self.errors[error.code] += 1
            else:
                self.tokens += 1
            break
        else:
            self.errors["asked too often"] += 1
        self.slowest = max(self.slowest, time.perf_counter() - began)


class Clock:
    """Real time, and what was added to it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        """Unix seconds."""
        return time.time() + self.ahead


async def main() -> None:
    """Answer until standard input ends."""
    logs.configure("error")  # standard output is for answers
    settings, clock = Settings.load(), Clock()
    parts = Parts.of(settings, settings.keys, clock=clock)
    await parts.open()
    try:
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await _answer(parts, clock, json.loads(line))), flush=True)
    finally:
        await parts.close()


async def _answer(parts: Parts, clock: Clock, asked: dict[str, Any]) -> dict[str, Any]:
    asking, began = Asking(parts), time.perf_counter()
    for number in range(asked.get("rounds", 1)):
        clock.ahead += HOUR if number else 0
        await asyncio.gather(*(asking.ask(user_id) for user_id in asked["users"]))
    seconds = time.perf_counter() - began
    return {
        "tokens": asking.tokens,
        "repeated": asking.repeated,
        "errors": asking.errors,
        "seconds": seconds,
        "slowest": asking.slowest,
    }


if __name__ == "__main__":
    asyncio.run(main())
