"""HTTP as it is spoken here: what is no HTTP is refused in the dress of every other answer."""

from __future__ import annotations

from typing import Any

import h11

from auxcord.server.deadlines import DeadlineProtocol
from auxcord.server.gathering import GatheringTransport
from auxcord.server.headers import ALWAYS

_ANSWER = b"Bad Request"
_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(_ANSWER))),
    ("Connection", "close"),
    *ALWAYS.items(),
]


class OurProtocol(DeadlineProtocol):
    """uvicorn's HTTP protocol for `uvicorn.Config(http=…)`; give it `ws="none"` beside.

    Nothing here speaks WebSocket. The library that would answer an upgrade repeats what was sent in the words
    of its own exceptions, and knows neither our deadlines nor our headers.
    """

    def connection_made(self, transport: Any) -> None:
        """Begin with a client; answers leave in one piece."""
        super().connection_made(GatheringTransport(transport, self.loop))

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - whatever uvicorn would say
        """Refuse what cannot be read; if an answer is under way already, only the connection ends."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            for event in (
                h11.Response(status_code=400, headers=_HEADERS, reason=_ANSWER),
                h11.Data(data=_ANSWER),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event))
        self.transport.close()
