"""The server for clients we did not write: the simulated Spotify, Auxcord before it, and a clock to be moved.

It is what `auxcord demo --serve-only` starts, with a control address beside it:

    POST /hour      an hour passes: every access token has run out
    POST /revoke    the operator signs everybody out, as `auxcord users revoke-all` does
    GET /tokens     {"issued": 3, "refreshed": 1}: token pairs given for a sign-in, and for a refresh token

    python tests/clients/server.py --port 8000 --simulator-port 9000 --control-port 9001
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from auxcord.audit import Event
from auxcord.cli.demo import HOST, settings_of
from auxcord.server.assembly import Parts
from auxcord.server.listener import bind, serving
from auxcord.server.people import People
from auxcord.server.shared import build_app
from auxcord.simulator.app import create_app
from auxcord.store.schema import audit
from auxcord.telemetry import logs

if TYPE_CHECKING:
    from starlette.requests import Request

HOUR = 3700.0
"""An hour and a little, so that what lives an hour is over."""


class Clock:
    """Real time, moved forward at will."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def control(parts: Parts, clock: Clock) -> Starlette:
    """The control address."""

    async def hour(_request: Request) -> Response:
        clock.ahead += HOUR
        return Response(status_code=204)

    async def revoke(_request: Request) -> Response:
        await People(parts).revoke_all()
        return Response(status_code=204)

    async def tokens(_request: Request) -> Response:
        query = select(audit.c.event, func.count()).group_by(audit.c.event)
        counts = {str(event): int(count) for event, count in await parts.store.fetch(query)}
        issued, refreshed = counts.get(Event.TOKEN_ISSUED, 0), counts.get(Event.TOKEN_REFRESHED, 0)
        return JSONResponse({"issued": issued, "refreshed": refreshed})

    return Starlette(
        routes=[
            Route("/hour", hour, methods=["POST"]),
            Route("/revoke", revoke, methods=["POST"]),
            Route("/tokens", tokens),
        ]
    )


async def serve(port: int, simulator_port: int, control_port: int) -> None:
    """Serve all three until ended."""
    clock = Clock()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="auxcord-clients-"))
        settings = settings_of(folder, port, f"http://{HOST}:{simulator_port}", {})
        parts = Parts.of(settings, settings.keys, clock=clock)
        await stack.enter_async_context(serving(create_app(), bind(HOST, simulator_port)))
        await stack.enter_async_context(serving(build_app(settings, parts), bind(HOST, port)))
        await stack.enter_async_context(
            serving(control(parts, clock), bind(HOST, control_port), lifespan=False)
        )
        await asyncio.Event().wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="Serve clients, and let an hour pass when asked.")
    for name in ("--port", "--simulator-port", "--control-port"):
        parser.add_argument(name, type=int, required=True)
    asked = parser.parse_args()
    logs.configure("info", audit=True)
    asyncio.run(serve(asked.port, asked.simulator_port, asked.control_port))


if __name__ == "__main__":
    main()
