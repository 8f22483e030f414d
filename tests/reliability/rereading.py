"""The same call again and again, with other answers each time."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self

from auxcord.errors import AuxcordError
from auxcord.spotify.client import SpotifyClient
from tests.reliability.lab import Lab
from tests.reliability.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.operations import Row


class Rereading:
    """One world in which a call is made whenever asked; nothing is kept between the calls.

    Args:
        row: The call.
    """

    def __init__(self, row: Row) -> None:
        self._row = row
        self._runner = asyncio.Runner(loop_factory=VirtualLoop)
        self._stack = AsyncExitStack()

    def __enter__(self) -> Self:
        self._runner.__enter__()
        self._lab = self._runner.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def answer(self) -> Any:
        """What the simulator answers first."""
        kept: list[bytes] = []

        def keep(body: bytes) -> bytes:
            kept.append(body)
            return body

        self._runner.run(self._call(keep))
        return json.loads(kept[0])

    def read(self, document: Any) -> Any:
        """What the client makes of another first answer."""
        return self._runner.run(self._call(lambda _: json.dumps(document).encode()))

    def error(self, document: Any) -> AuxcordError | None:
        """How the client fails at another first answer, if it does; an error not ours goes through."""
        try:
            self.read(document)
        except AuxcordError as error:
            return error
        return None

    async def _open(self) -> Lab:
        lab = await self._stack.enter_async_context(Lab.opened("extended"))
        if self._row.prepare is not None:
            await self._row.prepare(lab)
        return lab

    async def _call(self, rewrite: Callable[[bytes], bytes]) -> Any:
        self._lab.wire.rewrite = rewrite
        return await self._row.call(SpotifyClient(self._lab.transport, self._lab.tokens), self._lab)
