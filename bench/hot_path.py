"""An authenticated tool call with all guards on, against a bare FastMCP echo; both servers in one run."""

from __future__ import annotations

import re
import statistics
from typing import TYPE_CHECKING, Final

from bench.figures import Figures
from bench.processes import BARE, free_port, resident_bytes, running
from bench.raw import Calls, percentile, side_by_side
from tests.people import enrol
from tests.replicas import replicas

if TYPE_CHECKING:
    from bench.raw import Pace

_WORDS: Final = "silver"
_CALLS: Final = 48
"""In a batch: few, so that a machine that is slow for a second is slow for both."""


async def measure(*, short: bool) -> dict[str, float]:
    """Median, 99th percentile and throughput of both, and their ratios; budgets: p50 <= 1.25x, >= 0.8x.

    Ours is `auxcord serve`, asked by a signed-in person for a track that its cache holds; the other is a
    FastMCP server without anything, asked to echo a word. Each ratio is the median of those of all pairs of
    batches, which alternate.
    """
    bare_port = free_port()
    bare_url = f"http://127.0.0.1:{bare_port}/mcp"
    async with replicas(0) as house, running(str(BARE), str(bare_port), url=bare_url):
        server = await house.add(fresh=True)
        (person,) = await enrol(house, 1)
        found = await person.call("search", {"query": _WORDS, "limit": 1})
        (uri,) = re.findall(r"spotify:track:\w+", found.text)
        async with (
            Calls(bare_url, "echo", {"text": "hello"}) as bare,
            Calls(f"{server.url}/mcp", "get_items", {"uris": [uri]}, token=person.access) as ours,
        ):
            await side_by_side(bare, ours, batches=16 if short else 80, calls=_CALLS)
        memory = resident_bytes(server.pid)
    return _told(bare, ours) | {"memory of the server, MB": memory / 1e6}


def _told(bare: Calls, ours: Calls) -> dict[str, float]:
    slower = _median_ratio(ours.paces, bare.paces, "p50")
    throughput = _median_ratio(ours.paces, bare.paces, "rate")
    figures = Figures("bench/hot_path.py", "A signed-in call costs little more than FastMCP's own echo")
    figures.measure("cached call, median, against a bare echo", slower, "<= 1.25")
    figures.measure("cached calls a second by 16 callers, against a bare echo", throughput, ">= 0.8")
    return {
        "bare echo: p50, ms": statistics.median(bare.alone) * 1e3,
        "bare echo: p99, ms": percentile(bare.alone, 0.99) * 1e3,
        "cached call, signed in: p50, ms": statistics.median(ours.alone) * 1e3,
        "cached call, signed in: p99, ms": percentile(ours.alone, 0.99) * 1e3,
        "p50 against bare (budget 1.25)": slower,
        "bare echo: calls/s, 16 callers": statistics.median(pace.rate for pace in bare.paces),
        "cached call: calls/s, 16 callers": statistics.median(pace.rate for pace in ours.paces),
        "throughput against bare (budget 0.80)": throughput,
    }


def _median_ratio(ours: list[Pace], bare: list[Pace], field: str) -> float:
    return statistics.median(
        getattr(one, field) / getattr(other, field) for one, other in zip(ours, bare, strict=True)
    )
