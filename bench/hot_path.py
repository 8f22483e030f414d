"""An authenticated tool call with all guards on, against a bare FastMCP echo; both servers in one run."""

from __future__ import annotations

import statistics

from rich.console import Console

from auxcord.cli.report import Report
from auxcord.cli.visitor import Visitor
from bench.processes import BARE, free_port, resident_bytes, running
from bench.raw import Pace, pace


async def measure(*, short: bool) -> dict[str, float]:
    """Median and throughput of both, and their ratios; budgets: p50 <= 1.25x, throughput >= 0.8x."""
    calls, rounds = (480, 3) if short else (3200, 5)
    bare_port, port, simulator_port = free_port(), free_port(), free_port()
    bare_url, url = f"http://127.0.0.1:{bare_port}/mcp", f"http://127.0.0.1:{port}/mcp"
    demo = (
        "-m",
        "auxcord",
        "demo",
        "--serve-only",
        "--port",
        str(port),
        "--simulator-port",
        str(simulator_port),
    )
    bare: list[Pace] = []
    ours: list[Pace] = []
    async with running(str(BARE), str(bare_port), url=bare_url), running(*demo, url=url) as pid:
        quiet = Report(Console(quiet=True))
        async with Visitor("Ada", "ada", url, level="everything", report=quiet) as ada:
            for _ in range(rounds):
                bare.append(await pace(bare_url, "echo", {"text": "hello"}, token=None, calls=calls))
                ours.append(await pace(url, "get_account", {}, token=ada.access_token, calls=calls))
        memory = resident_bytes(pid)
    return _figures(bare, ours) | {"memory of server and simulator together, MB": memory / 1e6}


def _figures(bare: list[Pace], ours: list[Pace]) -> dict[str, float]:
    def median(paces: list[Pace], field: str) -> float:
        return statistics.median(getattr(pace, field) for pace in paces)

    return {
        "bare echo: p50, ms": median(bare, "p50") * 1e3,
        "get_account, signed in: p50, ms": median(ours, "p50") * 1e3,
        "get_account, signed in: p99, ms": median(ours, "p99") * 1e3,
        "p50 against bare (budget 1.25)": median(ours, "p50") / median(bare, "p50"),
        "bare echo: calls/s, 16 callers": median(bare, "rate"),
        "get_account: calls/s, 16 callers": median(ours, "rate"),
        "throughput against bare (budget 0.80)": median(ours, "rate") / median(bare, "rate"),
    }
