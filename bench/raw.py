"""A lean MCP client for measuring: one keep-alive connection, one request shape, nothing else in the way."""

from __future__ import annotations

import asyncio
import statistics
import time
from typing import Any, NamedTuple

import httpx2

REVISION = "2026-07-28"


class Pace(NamedTuple):
    """Median and 99th percentile in seconds with one caller, calls a second with sixteen."""

    p50: float
    p99: float
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


async def pace(url: str, tool: str, arguments: dict[str, Any], *, token: str | None, calls: int) -> Pace:
    """Measure one tool of one server.

    Raises:
        RuntimeError: If a call does not succeed.
    """
    headers, body = call_request(tool, arguments, token)
    async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=30) as http:

        async def once() -> float:
            began = time.perf_counter()
            answer = await http.post(url, json=body)
            taken = time.perf_counter() - began
            if answer.status_code != 200 or '"isError":true' in answer.text:
                msg = f"{tool}: {answer.status_code} {answer.text[:300]}"
                raise RuntimeError(msg)
            return taken

        for _ in range(50):
            await once()
        alone = sorted([await once() for _ in range(calls)])

        async def caller() -> None:
            for _ in range(calls // 16):
                await once()

        began = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(16)))
        rate = calls // 16 * 16 / (time.perf_counter() - began)
    return Pace(statistics.median(alone), alone[int(len(alone) * 0.99)], rate)
