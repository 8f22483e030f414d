"""A request has to arrive within a bounded time, or its connection is closed.

uvicorn waits for the rest of a request as long as the client likes, so a few hundred clients that send one
byte a minute would take every connection. Answers, and streams above all, may take as long as they need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio


class DeadlineProtocol(H11Protocol):
    """uvicorn's HTTP protocol with a deadline for requests; give it to `uvicorn.Config(http=…)`."""

    seconds: ClassVar[float] = 15.0
    """From the first byte of a request, or the opening of the connection, to its last byte."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock."""
        super().connection_made(transport)
        self._start()

    def handle_events(self) -> None:
        """Take what arrived; stop the clock when the request is complete, start it when another begins."""
        super().handle_events()
        if not self._is_arriving():
            self._stop()
        elif self._deadline is None:
            self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop()
        super().connection_lost(exc)

    def _is_arriving(self) -> bool:
        state = self.conn.their_state
        return state is h11.SEND_BODY or (state is h11.IDLE and bool(self.conn.trailing_data[0]))

    def _start(self) -> None:
        self._deadline = self.loop.call_later(self.seconds, self.transport.close)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
