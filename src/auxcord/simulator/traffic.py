"""What happens to every request whatever it asks for: latency, faults, the log."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

from auxcord.simulator.faults import PASSES_THROUGH, Fault
from auxcord.simulator.request_log import Entry, without_secrets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from auxcord.simulator.simulation import Simulation

MAX_BODY = 2 * 1024 * 1024
CHUNK = 64 * 1024
TRANSPORT = "auxcord.simulator.transport"
"""Where the app leaves the server's transport in the scope, so that a connection can really be cut."""


class Asker(NamedTuple):
    """Who is behind a request, as far as its token or form tells."""

    user: str | None
    client_id: str | None
    grant_type: str | None = None
    token: int | None = None


class Traffic:
    """ASGI middleware around the Accounts service and the Web API; the control API passes untouched.

    Args:
        app: What answers.
        simulation: The state.
        broken: Makes the exception that stands for a cut connection where there is no real connection to cut.
    """

    def __init__(self, app: ASGIApp, simulation: Simulation, broken: Callable[[str], Exception]) -> None:
        self._app = app
        self._simulation = simulation
        self._broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not (path.startswith(("/v1/", "/api/")) or path == "/authorize"):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            await _send_all(send, 413, {"content-type": "text/plain"}, b"Payload too large")
            return
        await self._attend(scope, body, receive, send)

    async def _attend(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        simulation = self._simulation
        asker, began = identify(simulation, scope, body), time.perf_counter()
        faults = simulation.faults.for_request(scope["method"], scope["path"], asker.user, asker.client_id)
        latencies = [f for f in faults if f.kind == "latency"]
        pause = simulation.settings.latency + sum(f.seconds for f in latencies if not f.after)
        if pause > 0:
            await asyncio.sleep(pause)
        fault = next((f for f in faults if f.kind != "latency"), None)
        watcher = _Watcher(send, sum(f.seconds for f in latencies if f.after))
        try:
            if fault is None:
                await self._app(scope, _replay(body, receive), watcher)
            else:
                await self._spoil(fault, scope, body, receive, watcher)
        finally:
            struck = fault or next(iter(faults), None)
            seconds = time.perf_counter() - began
            simulation.log.add(self._entry(scope, asker, watcher.status, struck, seconds))

    def _entry(self, scope: Scope, asker: Asker, status: int, fault: Fault | None, seconds: float) -> Entry:
        return Entry(
            at=self._simulation.now(),
            method=scope["method"],
            path=scope["path"],
            query=without_secrets(scope["query_string"].decode("latin-1")),
            user=asker.user,
            client_id=asker.client_id,
            status=status,
            grant_type=asker.grant_type,
            fault=fault.kind if fault else None,
            token=asker.token,
            seconds=seconds,
        )

    async def _spoil(self, fault: Fault, scope: Scope, body: bytes, receive: Receive, send: _Watcher) -> None:
        if fault.kind == "reset-before":
            await self._cut(scope)
        elif fault.kind == "huge":
            await _flood(send, fault.size, scope.get(TRANSPORT))
        elif fault.kind not in PASSES_THROUGH:
            await _send_all(send, *fault.answer(scope["path"]))
        else:
            answer = _Collector()
            await self._app(scope, _replay(body, receive), answer)
            if fault.kind == "reset-after":
                await self._cut(scope)
                return
            headers, spoiled = fault.spoil(answer.headers, answer.body)
            unfinished = fault.kind == "truncated" and TRANSPORT in scope
            await _send_all(send, answer.status, headers, spoiled, unfinished=unfinished)
            if unfinished:
                scope[TRANSPORT].close()
                await _until_gone()

    async def _cut(self, scope: Scope) -> None:
        transport = scope.get(TRANSPORT)
        if transport is None:
            raise self._broken("the simulated connection was cut")
        transport.abort()
        await _until_gone()


def identify(simulation: Simulation, scope: Scope, body: bytes) -> Asker:
    """Find out who asks: from the bearer token, or at the token endpoint from the form.

    Secrets are not kept.
    """
    if scope["path"].startswith("/v1/"):
        for name, value in scope["headers"]:
            if name == b"authorization" and value[:7].lower() == b"bearer ":
                token = simulation.tokens.access(value[7:].decode("latin-1"))
                if token is not None:
                    handle = token.consent.handle if token.consent else None
                    return Asker(handle, token.client_id, token=token.number)
        return Asker(None, None)
    if scope["path"] != "/api/token":
        query = parse_qs(scope["query_string"].decode("latin-1"))
        return Asker(None, next(iter(query.get("client_id", [])), None))
    form = {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
    known = simulation.tokens.refresh(form.get("refresh_token", "")) or simulation.tokens.code(
        form.get("code", "")
    )
    consent = known.consent if known else None
    client_id = consent.client_id if consent else form.get("client_id")
    return Asker(consent.handle if consent else None, client_id, form.get("grant_type"))


class _Watcher:
    """Passes an answer on, after a pause if it is to be late, and remembers its status."""

    def __init__(self, send: Send, pause: float) -> None:
        self._send = send
        self._pause = pause
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self._pause > 0:
                await asyncio.sleep(self._pause)
        await self._send(message)


class _Collector:
    """Keeps an answer instead of sending it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {
                name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]
            }
        else:
            self.body += message.get("body", b"")


async def _read(receive: Receive) -> bytes | None:
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            return None
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replayed() -> Message:
        message: Any = next(messages, None)
        return message if message is not None else await receive()

    return replayed


async def _send_all(
    send: Callable[[Message], Any],
    status: int,
    headers: dict[str, str],
    body: bytes,
    *,
    unfinished: bool = False,
) -> None:
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if "content-length" not in headers:
        encoded.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body, "more_body": unfinished})


async def _until_gone() -> None:
    """Give the event loop the turns it needs to notice that a connection is closed."""
    for _ in range(3):
        await asyncio.sleep(0)


async def _chunks(size: int) -> AsyncIterator[bytes]:
    yield b'{"items": ["'
    block = b"x" * CHUNK
    for _ in range(size // CHUNK):
        yield block
        await asyncio.sleep(0)
    yield b'"]}'


async def _flood(send: Callable[[Message], Any], size: int, transport: asyncio.Transport | None) -> None:
    """Send a body of this size, until the client has had enough."""
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"application/json")],
    }
    await send(start)
    async for chunk in _chunks(size):
        if transport is not None and transport.is_closing():
            return
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
