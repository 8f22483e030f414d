"""The leanest HTTP client that will do: what asks must not use up the cores that what answers needs.

Connections are kept as clients keep them, and every answer is read to its end. Some callers hang up instead.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlencode

from tests.replicas import PUBLIC_URL

if TYPE_CHECKING:
    from collections.abc import Mapping

IDLE_SECONDS: Final = 8.0
"""A connection unused for so long is not used again: the server closes it after fifteen."""
PATIENCE: Final = 60.0
_HOST: Final = PUBLIC_URL.removeprefix("http://")


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def message(self) -> dict[str, Any]:
        """The JSON in it, or that of the last event in it."""
        _, event, last = self.body.rpartition("data: ")
        found: dict[str, Any] = json.loads(last if event else self.body)
        return found


class _Line(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: float


class Wires:
    """The connections to every port that nobody is using right now."""

    def __init__(self) -> None:
        self._idle: defaultdict[int, list[_Line]] = defaultdict(list)

    async def ask(
        self,
        port: int,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json_body: Any = None,
        form: Mapping[str, str] | None = None,
        raw: bytes | None = None,
        kept: bool = True,
    ) -> Reply:
        """Send one request and read the answer.

        Args:
            port: Of the process to ask.
            method: Of the request.
            path: With its query.
            headers: Besides those every request has.
            json_body: The body, as JSON.
            form: The body, as a form.
            raw: The body, as it is.
            kept: Whether the connection is kept for the next request, or closed after this one.
        """
        message = _written(method, path, headers or {}, json_body=json_body, form=form, raw=raw)
        line = await self._line(port)
        try:
            async with asyncio.timeout(PATIENCE):
                line.writer.write(message)
                reply = await _read(line.reader)
        except BaseException:
            line.writer.transport.abort()
            raise
        if kept and reply.headers.get("connection") != "close":
            self._idle[port].append(line._replace(used=time.monotonic()))
        else:
            line.writer.close()
        return reply

    async def cut_off(
        self, port: int, path: str, *, headers: Mapping[str, str], json_body: Any, after: float, whole: bool
    ) -> None:
        """Send a request, or its first half, and hang up so many seconds later without reading an answer."""
        message = _written("POST", path, headers, json_body=json_body)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(message if whole else message[: len(message) // 2])
        await asyncio.sleep(after)
        writer.transport.abort()

    async def listening(self, port: int, path: str, headers: Mapping[str, str]) -> asyncio.StreamWriter:
        """Open a stream and leave it open; returns what closes it, once its answer has begun."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_written("GET", path, headers))
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            writer.close()
            msg = f"no stream: {head.decode('latin-1')}"
            raise ConnectionError(msg)
        return writer

    def close(self) -> None:
        """Hang up everywhere."""
        for lines in self._idle.values():
            for line in lines:
                line.writer.close()
        self._idle.clear()

    async def _line(self, port: int) -> _Line:
        lines = self._idle[port]
        while lines:
            line = lines.pop()
            if time.monotonic() - line.used < IDLE_SECONDS and not line.reader.at_eof():
                return line
            line.writer.close()
        return _Line(*await asyncio.open_connection("127.0.0.1", port), time.monotonic())


def _written(
    method: str,
    path: str,
    headers: Mapping[str, str],
    *,
    json_body: Any = None,
    form: Mapping[str, str] | None = None,
    raw: bytes | None = None,
) -> bytes:
    body = raw or b""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {_HOST}"]
    if json_body is not None:
        body = json.dumps(json_body).encode()
        lines.append("Content-Type: application/json")
    elif form is not None:
        body = urlencode(form).encode()
        lines.append("Content-Type: application/x-www-form-urlencoded")
    elif raw is not None:
        lines.append("Content-Type: application/json")
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read(reader: asyncio.StreamReader) -> Reply:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    status = int(first.split(" ", 2)[1])
    if headers.get("transfer-encoding") == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Reply(status, headers, body.decode())


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    chunks = []
    while size := int(await reader.readline(), 16):
        chunks.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return b"".join(chunks)
