"""Ears on every wire: between the people and the server, and between the server and Spotify."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import httpx2

from auxcord.simulator import create_app
from tests.replicas import PUBLIC_URL
from tests.security.canaries.ledger import (
    LOCAL_TICKET,
    SESSION,
    SPOTIFY_ACCESS,
    SPOTIFY_REFRESH,
    SPOTIFY_VERIFIER,
    Ledger,
    learn_answer,
    learn_parameters,
    learn_token,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from auxcord.simulator.simulation import Simulation

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

_CONTROL: Final = "/_simulator"


class Listening(httpx2.AsyncBaseTransport):
    """A transport that writes down what a server of ours answers, and learns the secrets in it.

    Args:
        wire: The transport that carries.
        ledger: Where it is written down.
        spotify: The address of Spotify, whose own answers are not ours.
    """

    def __init__(self, wire: httpx2.AsyncBaseTransport, ledger: Ledger, spotify: Callable[[], str]) -> None:
        self._wire = wire
        self._ledger = ledger
        self._spotify = spotify

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and listen to the answer."""
        sent = await request.aread()
        spotify = self._spotify()
        if str(request.url).startswith(spotify):
            return await self._wire.handle_async_request(request)
        self._learn_request(request, sent.decode("utf-8", "replace"))
        answer = await self._wire.handle_async_request(request)
        body = await answer.aread()
        location, cookies = answer.headers.get("location", ""), answer.headers.get_list("set-cookie")
        learn_answer(self._ledger, body.decode("utf-8", "replace"), location, cookies, spotify)
        self._ledger.note(SESSION, answer.headers.get("mcp-session-id"))
        self._write_down(_named(request, sent), answer.headers, body)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=body, request=request)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._wire.aclose()

    def _learn_request(self, request: httpx2.Request, sent: str) -> None:
        of = "Spotify" if request.url.path == "/callback" else "client"
        learn_parameters(self._ledger, request.url.query.decode(), of=of)
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            learn_parameters(self._ledger, sent, of="client")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            learn_token(self._ledger, token)
        if not str(request.url).startswith(PUBLIC_URL) and request.url.path.count("/") == 1:
            self._ledger.note(LOCAL_TICKET, request.url.path[1:])

    def _write_down(self, place: str, headers: httpx2.Headers, body: bytes) -> None:
        kind = "tool results" if place.startswith("tools/call") else "responses"
        self._ledger.hear(kind, f"{place}: body", body)
        apart = ("location", "set-cookie", "mcp-session-id")
        for name in apart:
            self._ledger.hear("responses", f"{place}: {name}", "\n".join(headers.get_list(name)))
        rest = "\n".join(f"{name}: {value}" for name, value in headers.multi_items() if name not in apart)
        self._ledger.hear("responses", f"{place}: other headers", rest)


def _named(request: httpx2.Request, sent: bytes) -> str:
    """Name where an answer came from: the route, or what an MCP message asked for."""
    path = request.url.path
    if not str(request.url).startswith(PUBLIC_URL) and path != "/callback":
        return f"{request.method} /<local ticket>"
    if path != "/mcp":
        return f"{request.method} {path}"
    try:
        message = json.loads(sent)
        method, name = str(message["method"]), message.get("params", {}).get("name")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return f"{request.method} /mcp"
    if method == "tools/call":
        return f"tools/call {name}"
    return "POST /mcp" if method == "initialize" else method


class Upstream:
    """The simulated Spotify, overheard, and if need be one that repeats in its answers all it was sent.

    Args:
        ledger: Where secrets are written down.

    Attributes:
        repeats: The HTTP status with which it repeats what was sent instead of an answer; None: it answers.
        repeated: How often it has.
        email: The e-mail address it tells of everybody.
    """

    def __init__(self, ledger: Ledger, email: str) -> None:
        self._app = create_app(profile="extended")
        self._ledger = ledger
        self.email = email
        self.repeats: int | None = None
        self.repeated = 0

    @property
    def simulation(self) -> Simulation:
        """What it knows."""
        found: Simulation = self._app.state.simulation
        return found

    def note_tokens(self) -> None:
        """Note every token it has issued."""
        for token in self.simulation.tokens._access:
            self._ledger.note(SPOTIFY_ACCESS, token)
        for token in self.simulation.tokens._refresh:
            self._ledger.note(SPOTIFY_REFRESH, token)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        path = scope["path"]
        if path.startswith(_CONTROL):
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        if path == "/api/token":
            self._ledger.note(SPOTIFY_VERIFIER, form.get("code_verifier"))
        if self.repeats is not None and path != "/authorize":
            self.repeated += 1
            await _repeat(self.repeats, scope, body, send)
            return
        told = _with_email(send, self.email) if path == "/v1/me" and not self.simulation.faults else send
        await self._app(scope, _again(body, receive), told)


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        return parts.pop() if parts else await receive()

    return given


async def _repeat(status: int, scope: Message, body: bytes, send: Send) -> None:
    """Answer with an error that quotes headers, query and body of the request, in every field there is."""
    headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
    form = dict(parse_qsl(body.decode("utf-8", "replace")))
    # Short pieces first: what is shown of an error's words is cut to some length.
    wanted = [headers.get("authorization", "").rpartition(" ")[2][:40], *form.values()]
    quoted = f"{' '.join(value[:40] for value in wanted)} {headers} {scope['query_string']!r} {body!r}"
    if scope["path"] == "/api/token":
        content: dict[str, Any] = {"error": "invalid_request", "error_description": quoted, **form}
    else:
        content = {"error": {"status": status, "message": quoted, "reason": quoted}, "detail": headers}
    answer = json.dumps(content).encode()
    sent = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": answer})


def _with_email(send: Send, email: str) -> Send:
    """Put an e-mail address into a profile, as Spotify does for older apps."""
    begun: list[Message] = []

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
            return
        body, start = message.get("body", b""), begun[0]
        if start["status"] == 200 and body[:1] == b"{" and body[-1:] == b"}" and not message.get("more_body"):
            body = json.dumps({**json.loads(body), "email": email}).encode()
            kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            start["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
        await send(start)
        await send({**message, "body": body})

    return told
