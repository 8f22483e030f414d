"""How quickly a simulated Spotify is there."""

from __future__ import annotations

import time

from auxcord.simulator.app import create_app
from auxcord.simulator.world.world import World


async def measure(*, short: bool) -> dict[str, float]:
    """Seconds to make an app, and to invent a world it has not seen before."""
    del short
    began = time.perf_counter()
    create_app(seed=4711)
    made = time.perf_counter()
    tracks = len(World(4712, 0.0).catalogue.tracks)
    return {
        "an app, ms": (made - began) * 1e3,
        f"a world of {tracks:,} tracks, ms": (time.perf_counter() - made) * 1e3,
    }
