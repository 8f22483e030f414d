"""The metrics' own listener: apart from the public one, on loopback unless the operator says otherwise."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from auxcord.server.census import Census
from auxcord.server.headers import SecurityHeaders
from auxcord.server.listener import bind, serving
from auxcord.server.readings import Readings
from auxcord.server.shapes import LOOPBACK_HOSTS
from auxcord.telemetry import metrics
from auxcord.telemetry.instruments import recording

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from starlette.requests import Request

    from auxcord.server.assembly import Parts
    from auxcord.server.settings import Settings
    from auxcord.telemetry.instruments import Gauge, Labels

PATH: Final = "/metrics"


@asynccontextmanager
async def monitored(
    settings: Settings,
    parts: Parts,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    steady: Callable[[], float] = time.monotonic,
) -> AsyncIterator[None]:
    """Record and serve metrics until the block is left; nothing of that unless AUXCORD_METRICS_PORT is set.

    Args:
        settings: Where to listen.
        parts: What the server is made of; open.
        sleep: Waits so many seconds.
        steady: Seconds that rise evenly.

    Raises:
        AddressInUseError: Another program has the port.
    """
    if settings.metrics_port is None:
        yield
        return
    listener = bind(settings.metrics_host, settings.metrics_port)
    readings = Readings(parts, lambda: parts.vault.key_ids, steady=steady)
    census = Census(parts, warning=settings.consent_warning, sleep=sleep)
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        recording.on = True
        stack.callback(setattr, recording, "on", False)  # noqa: FBT003 - the value it is set to
        stack.enter_context(readings.told())
        _tell_of(parts, stack)
        await stack.enter_async_context(census.counting())
        app = metrics_app(readings, on_loopback=settings.metrics_host in LOOPBACK_HOSTS)
        await stack.enter_async_context(serving(app, listener, lifespan=False))
        yield


def metrics_app(readings: Readings, *, on_loopback: bool) -> Starlette:
    """Build what the listener serves: one path.

    Args:
        readings: Renewed before the answer.
        on_loopback: Whether only this machine can ask. Then a request has to name it so: a page in somebody's
            browser that made its own name lead here does not.
    """
    from auxcord.telemetry.exposition import CONTENT_TYPE, Exposition  # noqa: PLC0415 - only where wanted

    exposition = Exposition()

    async def scraped(request: Request) -> Response:
        if on_loopback and _hostname(Headers(scope=request.scope).get("host", "")) not in LOOPBACK_HOSTS:
            return PlainTextResponse("Misdirected Request", 421)
        await readings.renew()
        return Response(exposition.text(), media_type=CONTENT_TYPE)

    return Starlette(
        routes=[Route(PATH, scraped, methods=["GET"])],
        middleware=[Middleware(SecurityHeaders, https=False)],
    )


def _hostname(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).strip("[]").lower()


def _tell_of(parts: Parts, stack: AsyncExitStack) -> None:
    """Tell of what lives in this process: it is asked at each scrape, and costs nothing in between."""
    apps, cache = [*parts.apps], parts.cache

    def by_app(value: Callable[[int], float]) -> Callable[[], dict[Labels, float]]:
        return lambda: {(str(app.position),): float(value(place)) for place, app in enumerate(apps)}

    def status(place: int, field: str) -> float:
        return float(getattr(apps[place].transport.gate.status(), field))

    sources: list[tuple[Gauge, Callable[[], Mapping[Labels, float]]]] = [
        (metrics.SPOTIFY_RUNNING, by_app(lambda place: status(place, "running"))),
        (metrics.SPOTIFY_WAITING, by_app(lambda place: status(place, "waiting"))),
        (metrics.PACE_SIZE, by_app(lambda place: status(place, "pace"))),
        (metrics.COOLDOWN_LEFT, by_app(lambda place: status(place, "closed_for"))),
        (metrics.QUOTAS_USED_UP, by_app(lambda place: len(apps[place].transport.gate.status().quotas))),
        (metrics.BREAKERS_OPEN, by_app(lambda place: apps[place].transport.resting)),
        (metrics.CACHE_HITS, lambda: {(): float(cache.hits)}),
        (metrics.CACHE_MISSES, lambda: {(): float(cache.misses)}),
        (metrics.CACHE_REVALIDATED, lambda: {(): float(cache.revalidated)}),
        (metrics.CACHE_BYTES, lambda: {(): float(cache.status().size)}),
        (metrics.KEY_RING_SIZE, lambda: {(): float(len(parts.vault.key_ids))}),
    ]
    for gauge, source in sources:
        stack.enter_context(gauge.told_by(source))
