"""A stand-in for Spotify, for answers no simulator gives: scripted replies over ASGI, and what was asked."""

from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import anyio
import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.pacing import Gate
from auxcord.spotify.transport import Transport

ORIGIN = "https://spotify.test"
API = f"{ORIGIN}/v1"
ID = "11dFghVXANMlKmJXsNCbNl"


class Seen(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Held:
    """A reply that is ready, but not sent before it is released."""

    def __init__(self, reply: Response | Callable[[Seen], Response], *, open_: bool = False) -> None:
        self.reply = reply
        self._skipped = 0
        self._released = anyio.Event()
        if open_:
            self._released.set()

    def skip(self, requests: int) -> None:
        """Let so many requests pass."""
        self._skipped += requests

    def close(self) -> None:
        """Hold what arrives from now on."""
        self._released = anyio.Event()

    def release(self) -> None:
        """Send everything."""
        self._released.set()

    async def wait(self) -> Response | Callable[[Seen], Response]:
        if self._skipped:
            self._skipped -= 1
        else:
            await self._released.wait()
        return self.reply


Reply = Response | Exception | Held | Callable[[Seen], Response]


class Upstream:
    """Gives its replies in order, the last one again and again; exceptions are raised by the network."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.seen: list[Seen] = []
        methods = ["GET", "PUT", "POST", "DELETE"]
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=methods)])
        self.http = httpx2.AsyncClient(transport=_Wire(app, self))

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    async def _answer(self, request: Request) -> Response:
        query, headers = dict(request.query_params), dict(request.headers)
        seen = Seen(request.method, request.url.path, query, headers, await request.body())
        self.seen.append(seen)
        reply = self.next_reply()
        assert not isinstance(reply, Exception)
        reply = await reply.wait() if isinstance(reply, Held) else reply
        return reply if isinstance(reply, Response) else reply(seen)

    @property
    def bearers(self) -> list[str]:
        """The access tokens that arrived, in order."""
        return [seen.headers["authorization"].removeprefix("Bearer ") for seen in self.seen]


class _Wire(httpx2.AsyncBaseTransport):
    """ASGI, but with a network that can fail before or after the request arrived."""

    def __init__(self, app: Starlette, upstream: Upstream) -> None:
        self._asgi = httpx2.ASGITransport(app=app)
        self._upstream = upstream

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        reply = self._upstream.replies[0]
        if isinstance(reply, Exception):
            self._upstream.next_reply()
            self._upstream.seen.append(
                Seen(request.method, request.url.path, {}, dict(request.headers), request.content)
            )
            raise reply
        return await self._asgi.handle_async_request(request)


class Trickle(httpx2.AsyncByteStream):
    """A body that ends in a failure of the network."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part
        raise httpx2.ReadError("reset")


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Tokens:
    """A person's access token, and the next one when it is refused."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens or ("test-token-one", "test-token-two"))
        self.refused: list[str] = []

    async def current(self) -> str:
        return self._tokens[0]

    async def renewed(self, refused: str) -> str:
        self.refused.append(refused)
        if len(self._tokens) > 1:
            self._tokens.pop(0)
        return self._tokens[0]


def transport(upstream: Upstream, clock: Clock | None = None, *, ceiling: float = 10.0) -> Transport:
    """A transport whose time passes only when somebody sleeps, and whose jitter is none."""
    clock = clock or Clock()
    gate = Gate(clock=clock, sleep=clock.sleep, ceiling=ceiling)
    return Transport(upstream.http, api_url=API, gate=gate, sleep=clock.sleep, jitter=lambda: 1.0)


def error(status: int, message: str, reason: str | None = None, after: str | None = None) -> JSONResponse:
    """An error as the Web API words it."""
    body: dict[str, object] = {"status": status, "message": message}
    if reason:
        body["reason"] = reason
    return JSONResponse({"error": body}, status, headers={"Retry-After": after} if after else None)


def client(*replies: Reply) -> tuple[SpotifyClient, Upstream]:
    """Somebody's Spotify that gives these replies."""
    upstream = Upstream(*replies)
    return SpotifyClient(transport(upstream), Tokens()), upstream
