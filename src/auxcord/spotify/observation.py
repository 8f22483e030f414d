"""An exchange with Spotify, counted, timed and traced: by its route and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.spotify.addresses import route_of
from auxcord.spotify.wire import Answer, Failure, exchange
from auxcord.telemetry import metrics, traces
from auxcord.telemetry.instruments import recording

if TYPE_CHECKING:
    import httpx2


async def observed(
    http: httpx2.AsyncClient, request: httpx2.Request, *, total: float, family: str, place: str
) -> Answer | Failure:
    """Send one request as `exchange` does, counted, timed and traced.

    Args:
        http: The process's client.
        request: Complete.
        total: Seconds for the whole exchange.
        family: What kind of request it is.
        place: Of the Spotify app among the server's.
    """
    method, route, began = request.method, route_of(family), recording.now()
    known = {"http.request.method": method, "url.template": route, "auxcord.app": place}
    with traces.span(f"{method} {route}", known) as span:
        outcome = await exchange(http, request, total=total)
        if isinstance(outcome, Answer):
            traces.tell(span, {"http.response.status_code": outcome.status}, failed=outcome.status >= 400)
        else:
            traces.tell(span, {"error.type": status_of(outcome)}, failed=True)
    metrics.SPOTIFY_SECONDS.since(began, method, route)
    metrics.SPOTIFY_ANSWERED.add(place, method, route, status_of(outcome))
    return outcome


def status_of(outcome: Answer | Failure) -> str:
    """What came of an exchange, in few words: a class of statuses, or how it failed."""
    if isinstance(outcome, Failure):
        return outcome.name.lower()
    if outcome.cut is not None:
        return "cut"
    return str(outcome.status) if outcome.status in {304, 429} else f"{outcome.status // 100}xx"
