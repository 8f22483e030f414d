"""A network between client and simulator that keeps what was sent, and fails in the ways networks do.

As on a real network, a request that has been sent arrives and takes its effect even when nobody waits for the
answer any more; and an answer that does not come in time is given up by the timeouts of the request.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, NamedTuple

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import ASGIApp

Breakdown = Literal[
    "refused", "connect-timeout", "write-timeout", "hung-up", "dripping", "endless", "half-zip"
]
"""What goes wrong on the way: the first four before the request arrives, the others with the answer."""

_DRIP_SECONDS = 1.0
_BLOCK = b" " * 65_536


class Sent(NamedTuple):
    """A request as it left the client."""

    method: str
    url: httpx2.URL
    bearer: str


class Wire(httpx2.AsyncBaseTransport):
    """Carries requests to an ASGI app.

    Args:
        app: Where they go.

    Attributes:
        sent: What was sent to the Web API so far.
        breakdown: How the network fails, if it does.
        times: How many more times; None = always.
        skip: How many requests go well before.
        rewrite: What becomes of the body of the first good answer from now on, if anything.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.sent: list[Sent] = []
        self.breakdown: Breakdown | None = None
        self.times: int | None = None
        self.skip = 0
        self.rewrite: Callable[[bytes], bytes] | None = None
        self._asgi = httpx2.ASGITransport(app=app)
        self._under_way: set[asyncio.Task[httpx2.Response]] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request and wait for its answer, no longer than the request itself allows."""
        if request.url.path.startswith("/_simulator/"):
            return await self._asgi.handle_async_request(request)
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        self.sent.append(Sent(request.method, request.url, bearer))
        breakdown = self._breakdown_now()
        stages = request.extensions["timeout"]
        await self._before(breakdown, stages)
        task = asyncio.ensure_future(self._asgi.handle_async_request(request))
        self._under_way.add(task)
        done, _ = await asyncio.wait({task}, timeout=stages["read"])
        if not done:
            raise httpx2.ReadTimeout("no answer", request=request)
        if self.rewrite is not None and task.result().is_success:
            rewrite, self.rewrite = self.rewrite, None
            return await _rewritten(task.result(), rewrite)
        return _spoiled(task.result(), breakdown)

    async def settle(self) -> None:
        """Wait until everything that was sent has had its effect."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._under_way.clear()

    def _breakdown_now(self) -> Breakdown | None:
        if self.breakdown is None or self.times == 0:
            return None
        if self.skip:
            self.skip -= 1
            return None
        if self.times is not None:
            self.times -= 1
        return self.breakdown

    @staticmethod
    async def _before(breakdown: Breakdown | None, stages: dict[str, float]) -> None:
        match breakdown:
            case "refused":
                raise httpx2.ConnectError("connection refused")
            case "connect-timeout":
                await asyncio.sleep(stages["connect"])
                raise httpx2.ConnectTimeout("no connection")
            case "write-timeout":
                await asyncio.sleep(stages["write"])
                raise httpx2.WriteTimeout("nothing was taken")
            case "hung-up":
                raise httpx2.RemoteProtocolError("server disconnected without sending a response")
            case _:
                return


def _spoiled(response: httpx2.Response, breakdown: Breakdown | None) -> httpx2.Response:
    """The answer as it comes out of a network that breaks down like that."""
    match breakdown:
        case "dripping":
            return _with_body(response, _drip())
        case "endless":
            return _with_body(response, _flood())
        case "half-zip":
            return _with_body(response, _broken_zip(), {"content-encoding": "gzip"})
        case _:
            return response


async def _rewritten(response: httpx2.Response, rewrite: Callable[[bytes], bytes]) -> httpx2.Response:
    body = rewrite(await response.aread())
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return httpx2.Response(response.status_code, headers=headers, content=body)


def _with_body(
    response: httpx2.Response, parts: AsyncIterator[bytes], headers: dict[str, str] | None = None
) -> httpx2.Response:
    kept = {name: value for name, value in response.headers.items() if name != "content-length"}
    return httpx2.Response(response.status_code, headers=kept | (headers or {}), stream=_Parts(parts))


class _Parts(httpx2.AsyncByteStream):
    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts


async def _drip() -> AsyncIterator[bytes]:
    """A body that always sends just enough not to seem dead."""
    while True:
        yield b" "
        await asyncio.sleep(_DRIP_SECONDS)


async def _flood() -> AsyncIterator[bytes]:
    """A body without an end."""
    while True:
        yield _BLOCK


async def _broken_zip() -> AsyncIterator[bytes]:
    yield b"\x1f\x8b\x08\x00 this was never compressed"
