"""From starting the process to the first list of tools over stdio, against a bare FastMCP server."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time

from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from bench.processes import BARE


async def measure(*, short: bool) -> dict[str, float]:
    """Seconds of both, and their ratio; budget 1.15x."""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": f"{home}/config"}
        env |= {"SPOTIFY_CLIENT_ID": "0" * 32, "FASTMCP_LOG_LEVEL": "ERROR"}
        bare, ours = [], []
        await _first_list(["-m", "auxcord"], env)  # makes the key and the database
        for _ in range(3 if short else 9):
            bare.append(await _first_list([str(BARE), "stdio"], env))
            ours.append(await _first_list(["-m", "auxcord"], env))
    return {
        "bare FastMCP over stdio: first tools/list, s": statistics.median(bare),
        "auxcord over stdio: first tools/list, s": statistics.median(ours),
        "start against bare (budget 1.15)": statistics.median(ours) / statistics.median(bare),
    }


async def _first_list(arguments: list[str], env: dict[str, str]) -> float:
    began = time.perf_counter()
    transport = StdioTransport(sys.executable, arguments, env=env, keep_alive=False)
    async with Client(transport) as client:
        await client.list_tools()
        return time.perf_counter() - began
