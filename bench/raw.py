"""A lean MCP client for measuring: keep-alive connections, one request shape, nothing else in the way."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import httpx2

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

REVISION = "2026-07-28"
CALLERS = 16


class Pace(NamedTuple):
    """Median seconds of a call with one caller; calls a second with sixteen."""

    p50: float
    rate: float


def call_request(
    tool: str, arguments: dict[str, Any], token: str | None
) -> tuple[dict[str, str], dict[str, Any]]:
    """The headers and body of one tools/call."""
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": REVISION,
        "Mcp-Method": "tools/call",
        "Mcp-Name": tool,
    }
    if token:
        headers["Authorization"] = f"Bearer {token}"
    meta = {
        "io.modelcontextprotocol/protocolVersion": REVISION,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "0"},
    }
    params = {"name": tool, "arguments": arguments, "_meta": meta}
    return headers, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


class Calls:
    """One call of one tool at one server, made again and again.

    Args:
        url: The server's MCP endpoint.
        tool: The tool's name.
        arguments: What it is given.
        token: The caller's access token; None for a server that asks for none.
    """

    def __init__(self, url: str, tool: str, arguments: dict[str, Any], *, token: str | None = None) -> None:
        headers, self._body = call_request(tool, arguments, token)
        self._url = url
        self._http = httpx2.AsyncClient(headers=headers, trust_env=False, timeout=30)
        self.alone: list[float] = []
        self.paces: list[Pace] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def once(self) -> float:
        """Call, and return the seconds it took.

        Raises:
            RuntimeError: The call did not succeed.
        """
        began = time.perf_counter()
        answer = await self._http.post(self._url, json=self._body)
        taken = time.perf_counter() - began
        if answer.status_code != 200 or '"isError":true' in answer.text:
            msg = f"{self._body['params']['name']}: {answer.status_code} {answer.text[:300]}"
            raise RuntimeError(msg)
        return taken

    async def batch(self, calls: int) -> None:
        """Measure so many calls one after the other, and as many by sixteen callers at a time."""
        alone = [await self.once() for _ in range(calls)]

        async def caller() -> None:
            for _ in range(max(calls // CALLERS, 1)):
                await self.once()

        began = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        rate = max(calls // CALLERS, 1) * CALLERS / (time.perf_counter() - began)
        self.alone += alone
        self.paces.append(Pace(statistics.median(alone), rate))


async def side_by_side(one: Calls, other: Calls, *, batches: int, calls: int) -> None:
    """Measure two by turns, so that whatever else the machine does hits both alike."""
    for warming in (one, other):
        for _ in range(100):
            await warming.once()
    for _ in range(batches):
        await one.batch(calls)
        await other.batch(calls)


def percentile(values: Iterable[float], share: float) -> float:
    """The value that a share (0 to 1) of all is below."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
