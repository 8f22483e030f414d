"""Head and body of an answer leave together.

uvicorn writes them one after the other, and each write is a call of the system, often a packet and a client
woken up for half an answer: a tenth of what a call costs here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

AT_ONCE: Final = 64 * 1024
"""Bytes that are written without waiting for more: uvicorn is to hear when a client does not take them."""


class GatheringTransport(asyncio.Transport):
    """A transport whose writes of one step of the event loop leave as one.

    Args:
        transport: Sends them.
        loop: Whose steps they are.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes | bytearray | memoryview] = []
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data` at the end of this step, or at once if it is much."""
        if not data:
            return
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append(data)
        self._size += len(data)
        if self._size > AT_ONCE:
            self.flush()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send several pieces; see `write`."""
        for data in list_of_data:
            self.write(data)

    def flush(self) -> None:
        """Send what waits."""
        if self._waiting:
            together = b"".join(self._waiting)
            self._forget()
            self._transport.write(together)

    def close(self) -> None:
        """Send what waits, then end the connection."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """End the connection now; what waits is lost."""
        self._forget()
        self._transport.abort()

    def _forget(self) -> None:
        self._waiting.clear()
        self._size = 0

    # --- As the transport has it ----------------------------------------------------------------------------

    def get_write_buffer_size(self) -> int:
        """Tell how many bytes are still to be sent."""
        return self._size + self._transport.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Tell about the connection."""
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        """Say whether it has ended, or is about to."""
        return self._transport.is_closing()

    def is_reading(self) -> bool:
        """Say whether what arrives is taken."""
        return self._transport.is_reading()

    def pause_reading(self) -> None:
        """Take nothing more for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take what arrives again."""
        self._transport.resume_reading()
