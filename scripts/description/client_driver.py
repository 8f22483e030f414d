"""Calls every method of the Spotify client against the simulator, and keeps what passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import anyio.lowlevel

from auxcord.errors import AuxcordError, EndpointClosedError
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.pacing import Gate
from auxcord.spotify.tokens import JustIssued
from auxcord.spotify.transport import Transport

from .client_calls import client_calls, public_methods
from .lab import NOW, ORIGIN

if TYPE_CHECKING:
    from .client_calls import ClientCall
    from .exchanges import Exchange
    from .lab import Lab, Sample


class Drive(NamedTuple):
    """What one method sent and was answered; `failure` says how the call ended when it did not succeed."""

    method: str
    exchanges: list[Exchange]
    failure: str = ""


class ClientRun(NamedTuple):
    """What all of them did, and the methods nobody called."""

    drives: list[Drive]
    undriven: list[str]
    methods: list[str]


class _Time:
    """A clock that moves only when somebody waits for it."""

    def __init__(self) -> None:
        self._now = NOW

    def __call__(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self._now += seconds
        await anyio.lowlevel.checkpoint()


async def drive_client(lab: Lab, sample: Sample) -> ClientRun:
    """Call everything by a client that knows nothing about its app, and by one that has learnt."""
    token = await lab.token("ada")
    learnt = _client(lab, token)
    methods = list(public_methods(learnt))
    calls = client_calls(sample)
    drives = [await _drive(lab, sample, _client(lab, token), call) for call in calls]
    drives += [await _drive(lab, sample, learnt, call) for call in calls]
    driven = {drive.method for drive in drives if drive.exchanges or drive.failure}
    return ClientRun(drives, sorted(set(methods) - driven), methods)


def _client(lab: Lab, token: str) -> SpotifyClient:
    time = _Time()
    gate = Gate(per_window=100_000, clock=time, sleep=time.sleep)
    transport = Transport(lab.http, api_url=f"{ORIGIN}/v1", gate=gate, clock=time, sleep=time.sleep)
    return SpotifyClient(transport, JustIssued(token))


async def _drive(lab: Lab, sample: Sample, client: SpotifyClient, call: ClientCall) -> Drive:
    if call.player is not None:
        await lab.stand(sample, call.player)
    lab.recorder.take()
    closed = call.is_closed(lab.profile)
    failure = "ended well, although it is closed to this app" if closed else ""
    try:
        await call.run(client)
    except EndpointClosedError as error:
        failure = "" if closed else f"EndpointClosedError: {error}"
    except AuxcordError as error:
        failure = f"{type(error).__name__}: {error}"
    return Drive(call.method, lab.recorder.take(), failure)
