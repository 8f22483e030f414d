"""A request has to arrive, and what is answered be taken, within a bounded time, or the connection is closed.

uvicorn waits for the rest of a request as long as the client likes, so a few hundred clients that send one
byte a minute would take every connection; so would clients that ask and never read. To work out an answer,
and for streams above all, there is as much time as it takes.
"""

from __future__ import annotations

import socket
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
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock, and let the system end the connection when what was sent is not taken."""
        super().connection_made(transport)
        self._start()
        wire = transport.get_extra_info("socket")
        if wire is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(self.seconds * 1000))

    def handle_events(self) -> None:
        """Take what arrived; stop the clock when the request is complete, start it when another begins."""
        super().handle_events()
        if not self._is_arriving():
            self._stop()
        elif self._deadline is None:
            self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Stop writing for now: much waits to be sent. Start the other clock."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self.seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Write again: most of it was taken."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _is_arriving(self) -> bool:
        state = self.conn.their_state
        return state is h11.SEND_BODY or (state is h11.IDLE and bool(self.conn.trailing_data[0]))

    def _start(self) -> None:
        self._deadline = self.loop.call_later(self.seconds, self.transport.close)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
