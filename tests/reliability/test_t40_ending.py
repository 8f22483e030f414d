"""T40: a server that is asked to end finishes what it has begun, and a restart is noticed by nobody

Real processes and sockets. The bar: readiness goes off first; 200 calls in flight and the refreshes they need
all finish; it is over within ten seconds; two replicas restarted in turn behind a load balancer cost no call;
a second signal ends at once; SIGHUP reads new keys without a failed call.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING, Final

import httpx2
import pytest

from auxcord.vault import KeyRing
from tests.people import enrol
from tests.replicas import at, replicas

if TYPE_CHECKING:
    from bench.figures import Figures
    from tests.people import Person
    from tests.processes import Program
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

IN_FLIGHT: Final = 200
SLOW: Final = 0.4
"""Seconds that Spotify takes for each request, so that all calls are under way when the signal comes."""


async def is_ready(house: Replicas, replica: Program) -> bool:
    try:
        answer = await house.http.get("/readyz", extensions=at(replica))
    except httpx2.TransportError:
        return False
    return answer.status_code == 200


async def test_calls_and_refreshes_in_flight_finish(figures: Figures) -> None:
    async with replicas(1) as house:
        (server,) = house.all
        people = await enrol(house, IN_FLIGHT, expired=True)
        await house.simulator.turn(latency=SLOW)
        calls = [asyncio.create_task(person.call("get_account")) for person in people]
        while len(await house.simulator.refreshes()) < 1:  # noqa: ASYNC110 - another process counts
            await asyncio.sleep(0.05)
        began = time.monotonic()
        os.kill(server.pid, signal.SIGTERM)
        answers = await asyncio.gather(*calls, return_exceptions=True)
        status = await server.ended()
        took = time.monotonic() - began
        # A refresh whose answer was dropped would be needed again.
        await house.simulator.turn(latency=0)
        done = len(await house.simulator.refreshes())
        await server.start()
        again = [await person.call("get_account") for person in people[:: IN_FLIGHT // 20]]
        repeated = len(await house.simulator.refreshes()) - done
    cut = [answer for answer in answers if isinstance(answer, BaseException) or answer.status != 200]
    assert status == 0
    assert all(answer.works for answer in again)
    figures.count("calls in flight at SIGTERM", len(answers), f"== {IN_FLIGHT}")
    figures.count("of those, calls cut off", len(cut), "== 0")
    figures.count("refreshes that had to be done again", repeated, "== 0")
    figures.measure("seconds from SIGTERM to the end", took)


async def test_readiness_goes_off_first_and_requests_are_answered_until_the_delay_is_over() -> None:
    async with replicas(1, settings={"AUXCORD_SHUTDOWN_DELAY": "3s"}) as house:
        (server,) = house.all
        (ada,) = await enrol(house, 1)
        assert await is_ready(house, server)
        os.kill(server.pid, signal.SIGTERM)
        answer = await house.http.get("/readyz", extensions=at(server))
        while answer.status_code == 200:  # the signal is on its way
            answer = await house.http.get("/readyz", extensions=at(server))
        still = await ada.call("list_devices", to=server)
        alive = await house.http.get("/healthz", extensions=at(server))
        status = await server.ended()
    assert (answer.status_code, answer.json()["reason"]) == (503, "draining")
    assert not still.is_error
    assert alive.status_code == 200
    assert status == 0


async def test_two_replicas_restarted_in_turn_cost_nobody_a_call(figures: Figures) -> None:
    async with replicas(2, settings={"AUXCORD_SHUTDOWN_DELAY": "2s"}) as house:
        people = await enrol(house, 8)
        balanced = set(house.all)
        stop = asyncio.Event()

        async def balance() -> None:
            """Send people only where `/readyz` says yes, as a load balancer does."""
            while not stop.is_set():
                for replica in house.all:
                    (balanced.add if await is_ready(house, replica) else balanced.discard)(replica)
                await asyncio.sleep(0.1)

        async def use(person: Person, outcomes: list[bool]) -> None:
            while not stop.is_set():
                replica = sorted(balanced, key=lambda each: each.port)[len(outcomes) % len(balanced)]
                outcomes.append((await person.call("list_devices", to=replica)).is_error)
                await asyncio.sleep(0.02)

        outcomes: list[list[bool]] = [[] for _ in people]
        work = [asyncio.create_task(balance()), *map(asyncio.create_task, map(use, people, outcomes))]
        for replica in house.all:
            os.kill(replica.pid, signal.SIGTERM)
            assert await replica.ended() == 0
            await replica.start()
            while replica not in balanced:  # noqa: ASYNC110 - the balancer looks
                await asyncio.sleep(0.05)
        stop.set()
        await asyncio.gather(*work)
    calls = [failed for each in outcomes for failed in each]
    figures.measure("calls during a rolling restart of two replicas", len(calls), ">= 100")
    figures.count("of those, calls that failed", sum(calls), "== 0")


async def test_a_second_signal_ends_it_at_once() -> None:
    async with replicas(1, settings={"AUXCORD_SHUTDOWN_DELAY": "120s"}) as house:
        (server,) = house.all
        os.kill(server.pid, signal.SIGTERM)
        while await is_ready(house, server):
            pass
        os.kill(server.pid, signal.SIGTERM)
        status = await asyncio.wait_for(server.ended(), 60)
    assert status == 0


async def test_keys_are_read_again_at_sighup_without_a_failed_call(figures: Figures) -> None:
    async with replicas(0) as house:
        file = house.folder / "keys" / "ring"
        file.parent.mkdir(mode=0o700)
        file.touch(mode=0o600)
        file.write_text(house.key)
        del house.environment["AUXCORD_ENCRYPTION_KEYS"]
        server = await house.add(AUXCORD_ENCRYPTION_KEYS_FILE=str(file))
        house.environment["AUXCORD_ENCRYPTION_KEYS"] = house.key
        people = await enrol(house, 4)
        answers = [await person.call("list_devices") for person in people]
        file.write_text(f"{KeyRing.new_key()},{house.key}")
        os.kill(server.pid, signal.SIGHUP)
        while "encryption keys were read again" not in house.logs():
            answers += [await person.call("list_devices") for person in people]
        answers += [await person.call("get_account") for person in people]
        file.write_text(KeyRing.new_key())  # fits nothing
        os.kill(server.pid, signal.SIGHUP)
        while "new encryption keys are not used" not in house.logs():
            answers += [await person.call("list_devices") for person in people]
        answers += [await person.call("get_account") for person in people]
    figures.count("failed calls while keys were read again", sum(a.is_error for a in answers), "== 0")
