"""A request in its parts, the bytes it becomes, and what comes back for bytes on a socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import quote_plus

import h11

from auxcord.authorization.documents import problem_with_address

Pairs = tuple[tuple[str, str], ...]
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
NOWHERE: Final = "https://localhost/client"
"""Instead of an address that the server would look for outside this machine."""
SECONDS: Final = 20.0
"""A complete request that is not answered by then counts as one that never is."""
STREAM_SECONDS: Final = 0.05
"""An event stream may stay open; nobody waits for more of it than this."""
A_WORD: Final = 0.03
"""Seconds until what is incomplete is half closed, which ends the server's waiting."""
CUT: Final = 0
"""The status of no answer at all."""


@dataclass(frozen=True)
class Knock:
    """A request.

    Attributes:
        method: GET, or anything.
        path: As it is sent, before the query.
        query: Names and values, percent-encoded when they are sent.
        headers: But for Host, Cookie, Content-Type and Content-Length, which are added unless they are here.
        cookies: Names and values, sent as they are.
        form: The fields of a form.
        document: What is sent as JSON; not with a form.
        raw: Instead of both: bytes.
        host: The Host header.
        kind: The content type, if not the one that goes with the body.
        tail: Put behind the path as it is.
    """

    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    cookies: Pairs = ()
    form: Pairs | None = None
    document: Any = None
    raw: bytes | None = None
    host: str = "127.0.0.1:8000"
    kind: str | None = None
    tail: str = ""

    def body(self) -> bytes:
        """What is sent behind the headers."""
        if self.raw is not None:
            return self.raw
        if self.form is not None:
            return _encoded(self.form)
        if self.document is not None:
            return json.dumps(self.document).encode("utf-8", "surrogatepass")
        return b""

    def as_bytes(self) -> bytes:
        """What goes over the wire."""
        body, present = self.body(), {name.lower() for name, _ in self.headers}
        target = _bytes(self.path + self.tail)
        if self.query:
            target += b"?" + _encoded(self.query)
        lines = [_bytes(self.method) + b" " + target + b" HTTP/1.1"]
        added = [("Host", self.host)]
        if self.cookies:
            added.append(("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies)))
        kind = self.kind or (FORM if self.form is not None else JSON if self.document is not None else None)
        if kind is not None:
            added.append(("Content-Type", kind))
        if (body or self.method == "POST") and "transfer-encoding" not in present:
            added.append(("Content-Length", str(len(body))))
        pairs = [*((name, value) for name, value in added if name.lower() not in present), *self.headers]
        lines += [_bytes(name) + b": " + _bytes(value) for name, value in pairs]
        return b"\r\n".join([*lines, b"", b""]) + body


def _bytes(text: str) -> bytes:
    """As one byte for each character where that is possible, as header values are written."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _encoded(pairs: Pairs) -> bytes:
    """As forms and queries are; a client id never names a place outside this machine that could be asked."""
    return b"&".join(f"{_quoted(name)}={_quoted(_here(name, value))}".encode() for name, value in pairs)


def _here(name: str, value: str) -> str:
    away = name == "client_id" and value.startswith("https:") and problem_with_address(value) is None
    return NOWHERE if away else value


def _quoted(text: str) -> str:
    return quote_plus(text.encode("utf-8", "surrogatepass"))


class Answer(NamedTuple):
    """What came back.

    Attributes:
        status: The status, or CUT.
        headers: In lower case, in their order.
        body: As far as it came.
        malformed: What is wrong with it as HTTP, if anything.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    malformed: str = ""

    def header(self, name: str) -> str | None:
        """The value of a header that occurs once; of several, the last."""
        return dict(self.headers).get(name)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


def is_whole(sent: bytes) -> bool:
    """Whether bytes are a whole request, so that there has to be an answer."""
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
    reader.receive_data(sent)
    try:
        while (event := reader.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.EndOfMessage):
                return True
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return False
    except h11.RemoteProtocolError:
        return True  # which is answered, too
    return False


async def send(port: int, sent: bytes, *, method: str = "GET") -> Answer:
    """Send bytes on a connection of their own and return the first answer.

    Args:
        port: Of a server on this machine.
        sent: Everything that is sent. What is incomplete may be answered all the same, but not for long.
        method: What was asked, on which it depends where an answer ends.

    Raises:
        TimeoutError: There was none, and the connection stayed open.
    """
    whole = is_whole(sent)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(SECONDS):
            with contextlib.suppress(ConnectionError):
                writer.write(sent)
                await writer.drain()
            if not whole:
                await asyncio.sleep(A_WORD)
                writer.write_eof()
            answer = await _answer(reader, method)
    finally:
        writer.transport.abort()
    if whole and not answer.status:
        return answer._replace(malformed="nothing")
    return answer


async def _answer(reader: asyncio.StreamReader, method: str) -> Answer:
    shadow = _asked(method)
    status, headers, body = CUT, (), b""
    while True:
        try:
            event = shadow.next_event()
        except h11.RemoteProtocolError as error:
            return Answer(status, headers, body, malformed=str(error) if status or body else "")
        if event is h11.NEED_DATA:
            watched = method == "GET" and dict(headers).get("content-type", "").startswith(
                "text/event-stream"
            )
            data = await _more(reader, STREAM_SECONDS if watched else SECONDS)
            if data is None:
                return Answer(status, headers, body)
            shadow.receive_data(data)
        elif isinstance(event, h11.InformationalResponse):
            continue
        elif isinstance(event, h11.Response):
            status = event.status_code
            headers = tuple((name.decode(), value.decode("latin-1")) for name, value in event.headers)
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        else:
            return Answer(status, headers, body)


def _asked(method: str) -> h11.Connection:
    """A reader of the answer to a request with this method."""
    shadow = h11.Connection(h11.CLIENT)
    known = method if method in {"HEAD", "CONNECT"} else "GET"
    shadow.send(h11.Request(method=known, target="/", headers=[("Host", "a")]))
    shadow.send(h11.EndOfMessage())
    return shadow


async def _more(reader: asyncio.StreamReader, patience: float) -> bytes | None:
    """Read on; nothing when the connection has ended, None when a stream has nothing to say for now."""
    try:
        return await asyncio.wait_for(reader.read(1 << 20), patience)
    except ConnectionError:
        return b""
    except TimeoutError:
        if patience == SECONDS:
            raise
        return None
