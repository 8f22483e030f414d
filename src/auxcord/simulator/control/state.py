"""Control of the simulator itself: request log, faults, clock, knobs, reset."""

from __future__ import annotations

import re
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, get_args

from starlette.responses import JSONResponse, Response

from auxcord.simulator.clock import iso_utc
from auxcord.simulator.control.requests import MisuseError, sent, simulation_of
from auxcord.simulator.faults import Fault, FaultError
from auxcord.simulator.settings import PlayerAnswers, Rotation, Settings

if TYPE_CHECKING:
    from starlette.requests import Request

    from auxcord.simulator.request_log import Entry

_NUMBER = (int, float)
_FAULT_FIELDS: dict[str, type | tuple[type, ...]] = {
    "kind": str, "path": str, "method": str, "user": (str, type(None)), "client_id": (str, type(None)),
    "times": (int, type(None)), "skip": int, "every": int, "probability": _NUMBER, "sequence": list,
    "seconds": _NUMBER, "after": bool,
    "status": int, "body": object, "headers": dict, "retry_after": (int, str, type(None)),
    "fields": list, "size": int,
}  # fmt: skip
_SETTING_KINDS: dict[str, type | tuple[type, ...]] = {
    "cover_limit": int, "private_reads_public": bool,
    "latency": _NUMBER, "player_lag": _NUMBER, "items_lag": _NUMBER, "snapshot_lag": _NUMBER,
    "player_answers": str,
    "access_seconds": int,
    "rotation": str, "secret_with_verifier": bool, "idle_after": _NUMBER, "rate_limit": int,
    "quota": (int, type(None)), "quotas": dict,
}  # fmt: skip
_CHOICES = {"player_answers": get_args(PlayerAnswers), "rotation": get_args(Rotation)}


async def list_requests(request: Request) -> Response:
    """GET /requests: the log, oldest first; filter by method, path (`*`), user, client_id, status, since."""
    simulation, wanted = simulation_of(request), request.query_params
    pattern = re.compile(".*".join(map(re.escape, wanted.get("path", "*").split("*"))))
    since = wanted.get("since", "0")
    if not since.isdecimal():
        raise MisuseError("'since' must be a whole number: the count of an earlier answer")
    log = simulation.log
    chosen = [entry._asdict() for entry in log.since(int(since)) if _fits(entry, wanted, pattern)]
    return JSONResponse({"total": len(chosen), "count": log.count, "requests": chosen})


def _fits(entry: Entry, wanted: Any, pattern: re.Pattern[str]) -> bool:
    exact = all(
        str(getattr(entry, name)) == wanted[name]
        for name in ("method", "user", "client_id", "status")
        if name in wanted
    )
    return exact and pattern.fullmatch(entry.path) is not None


async def clear_requests(request: Request) -> Response:
    """DELETE /requests."""
    simulation_of(request).log.clear()
    return Response(status_code=204)


async def list_faults(request: Request) -> Response:
    """GET /faults: the rules in force, with how often each matched and struck."""
    return JSONResponse({"faults": [fault.describe() for fault in simulation_of(request).faults]})


async def add_fault(request: Request) -> Response:
    """POST /faults: put a rule in force."""
    data = await sent(request, _FAULT_FIELDS)
    if "kind" not in data:
        raise MisuseError("field 'kind' is missing")
    try:
        fault = simulation_of(request).faults.add(Fault(**data))
    except FaultError as error:
        raise MisuseError(str(error)) from None
    return JSONResponse(fault.describe(), 201)


async def clear_faults(request: Request) -> Response:
    """DELETE /faults (all) or /faults/{id} (one)."""
    simulation_of(request).faults.clear(request.path_params.get("number"))
    return Response(status_code=204)


async def show_clock(request: Request) -> Response:
    """GET /clock."""
    now = simulation_of(request).now()
    return JSONResponse({"now": now, "iso": iso_utc(now)})


async def move_clock(request: Request) -> Response:
    """POST /clock: `advance` by seconds, or `set` to a unix time."""
    data = await sent(request, {"advance": _NUMBER, "set": _NUMBER})
    simulation = simulation_of(request)
    if len(data) != 1:
        raise MisuseError("send either 'advance' (seconds) or 'set' (unix seconds)")
    if "advance" in data:
        simulation.clock.advance(float(data["advance"]))
    else:
        simulation.clock.set(float(data["set"]))
    return await show_clock(request)


async def show_settings(request: Request) -> Response:
    """GET /settings."""
    return JSONResponse(asdict(simulation_of(request).settings))


async def change_settings(request: Request) -> Response:
    """POST /settings: turn any of the knobs."""
    data = await sent(request, _SETTING_KINDS)
    for name, choices in _CHOICES.items():
        if name in data and data[name] not in choices:
            raise MisuseError(f"{name} must be one of {', '.join(choices)}")
    settings = simulation_of(request).settings
    for name, value in data.items():
        setattr(settings, name, value)
    return await show_settings(request)


async def reset(request: Request) -> Response:
    """POST /reset: everything as at the start; only the clock keeps its time."""
    simulation_of(request).reset()
    return Response(status_code=204)


assert _SETTING_KINDS.keys() == {knob.name for knob in fields(Settings)}
