"""The simulator as one ASGI app: Accounts service, Web API and control on one origin."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from auxcord.simulator.accounts.sign_in import authorize
from auxcord.simulator.accounts.token_endpoint import token
from auxcord.simulator.control.routes import ROUTES as CONTROL
from auxcord.simulator.control.welcome import welcome
from auxcord.simulator.settings import PROFILES, Profile, Settings
from auxcord.simulator.simulation import Simulation
from auxcord.simulator.traffic import TRANSPORT, Traffic
from auxcord.simulator.webapi import surface

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]


class SimulatorApp(Starlette):
    """A Starlette app that remembers each connection's transport, so that a fault can cut it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 - ASGI
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            scope[TRANSPORT] = transport
        await super().__call__(scope, receive, send)


def create_app(
    *,
    seed: int = 1,
    latency: float = 0.0,
    profile: Profile = "development",
    clock: Callable[[], float] = time.time,
    settings: Settings | None = None,
    broken: Callable[[str], Exception] = ConnectionResetError,
) -> Starlette:
    """Make a simulated Spotify.

    Args:
        seed: Decides the whole world: names, ids, libraries, playlists.
        latency: Real seconds every answer of the Accounts service and the Web API takes at least.
        profile: Access mode of the app registered from the start: development, legacy-development or
        extended.
        clock: Where time comes from (unix seconds) before anybody moves the simulator's clock.
        settings: Further knobs; `latency` is set on top of them.
        broken: Makes the exception that stands for a cut connection when there is no real one to cut,
        that is over
            an ASGI transport; pass the HTTP client's own read error to see what a client would see.

    Raises:
        ValueError: The profile is not one of the three.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile must be one of {', '.join(PROFILES)}")
    knobs = settings or Settings()
    if latency:
        knobs.latency = latency
    simulation = Simulation(seed=seed, profile=profile, settings=knobs, clock=clock)
    app = SimulatorApp(
        routes=[
            Route("/", welcome),
            Route("/authorize", authorize, methods=["GET", "POST"]),
            Route("/api/token", token, methods=["POST"]),
            Route("/v1/{path:path}", surface.answer, methods=_METHODS),
            *CONTROL,
        ],
        middleware=[Middleware(Traffic, simulation=simulation, broken=broken)],
    )
    app.state.simulation = simulation
    return app
