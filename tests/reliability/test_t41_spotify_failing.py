"""T41: however Spotify fails, the error says so, tokens stay, waiting is obeyed, and memory is bounded

A real server process meets each failure at the Web API and at the token endpoint over real sockets; pauses
and the breaker are looked at where time passes only when everybody waits. Where Spotify gives no lifetime
with new tokens, they are taken with the documented one: refusing them could lose a refresh token that was
replaced.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import pytest

from auxcord.errors import RateLimitedError, SpotifyError, SpotifyUnavailableError
from auxcord.spotify.breaker import TOLERANCE
from auxcord.spotify.tokens import JustIssued
from bench.processes import resident_bytes
from tests.people import enrol, kept, library
from tests.reliability.front import answer, bomb, fronted, gigabyte, half, reset, told
from tests.reliability.lab import CEILING as CEILING_SECONDS
from tests.reliability.lab import Lab
from tests.reliability.matrix import SECONDS_A_REQUEST
from tests.reliability.virtual_time import run
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.figures import Figures
    from tests.reliability.front import Answering, Front
    from tests.replicas import Replicas

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

HTML: Final = "<!doctype html><title>502 Bad Gateway</title>"
API: Final = "/v1/me/player/devices"
TOKEN: Final = "/api/token"
DOWN, BROKEN = "spotify_unavailable", "spotify_answer_malformed"
TOKENS: Final = {"access_token": "made-up-by-a-test", "token_type": "Bearer", "expires_in": 3600}
AT_BOTH: Final[tuple[tuple[str, Answering, str], ...]] = (
    ("500", answer(500, "oops"), DOWN),
    ("502", answer(502, HTML, kind="text/html"), DOWN),
    ("503", answer(503, "", Retry_After="1"), DOWN),
    ("reset", reset, DOWN),
    ("an HTML page", answer(200, HTML, kind="text/html"), BROKEN),
    ("garbage", answer(200, b'{"access_token": "x\x80\xff'), BROKEN),
    ("a list", told([1, 2]), BROKEN),
    ("a gigabyte", gigabyte, BROKEN),
    ("a gigabyte in a megabyte", bomb, BROKEN),
)
AT_API: Final = (
    *AT_BOTH,
    ("half a body", half, DOWN),
    ("wrong types", told({"devices": "none"}), BROKEN),
)
AT_TOKENS: Final = (
    *AT_BOTH,
    ("half a body", half, BROKEN),
    ("a number for a token", told({**TOKENS, "access_token": 5}), BROKEN),
    ("a number for a refresh token", told({**TOKENS, "refresh_token": 5}), BROKEN),
    ("another type of token", told({**TOKENS, "token_type": "mac"}), BROKEN),
    ("a negative lifetime", told({**TOKENS, "expires_in": -1}), BROKEN),
    ("a lifetime in words", told({**TOKENS, "expires_in": "soon"}), BROKEN),
    ("a lifetime of a thousand years", told({**TOKENS, "expires_in": 10**11}), BROKEN),
    ("nothing", told({}), BROKEN),
)
MEMORY: Final = 50
"""Megabytes more that the server may take while it is sent gigabytes."""
CEILING: Final = 64 * 1024 * 1024
"""Bytes of a gigabyte that may leave the sender: what the server reads, and what the system holds."""


@pytest.fixture(scope="module")
async def scene(anyio_backend: str) -> AsyncIterator[tuple[Replicas, Front]]:
    async with replicas(0) as house, fronted(house.simulator.program.port) as front:
        house.environment |= {
            "AUXCORD_SPOTIFY_API_URL": f"http://127.0.0.1:{front.port}/v1",
            "AUXCORD_SPOTIFY_ACCOUNTS_URL": f"http://127.0.0.1:{front.port}",
        }
        await house.add()
        yield house, front


async def failures(
    house: Replicas, front: Front, path: str, cases: tuple[tuple[str, Answering, str], ...], figures: Figures
) -> None:
    """Meet each failure, as somebody who has not met one yet."""
    server, *others = house.all  # those that other tests added are gone, whatever order the tests ran in
    assert not any(other.up for other in others)
    people = await enrol(house, len(cases) + 1, expired=path == TOKEN)
    *_, first = people
    assert not (await first.call("list_devices")).is_error
    before = most = resident_bytes(server.pid)
    wrong, changed, read = [], 0, 0
    async with library(house) as inside:
        for (name, trouble, due), person in zip(cases, people, strict=False):
            record = await kept(inside, person.user_id)
            front.trouble, front.asked, front.sent = (path, trouble), [], 0
            said = await person.call("list_devices")
            most, read = max(most, resident_bytes(server.pid)), max(read, front.sent)
            if not (said.is_error and said.text.endswith(f"[{due}]") and 1 <= len(front.asked) <= 3):
                wrong.append((name, len(front.asked), said.text[-300:]))
            changed += (await kept(inside, person.user_id)).link != record.link
            front.trouble = None
            if path == API:
                assert not (await person.call("list_devices")).is_error, name
    where = "the Web API" if path == API else "the token endpoint"
    assert wrong == []
    figures.count(f"kinds of failure at {where}", len(cases), ">= 11")
    figures.count(f"of those, answered otherwise than by their error ({where})", len(wrong), "== 0")
    figures.count(f"links changed by a failure ({where})", changed, "== 0")
    figures.measure(f"megabytes taken of a gigabyte ({where})", read / 1e6, f"<= {CEILING // 10**6}")
    figures.measure(f"megabytes of memory more ({where})", (most - before) / 1e6, f"< {MEMORY}")
    assert "Traceback" not in house.logs()


@pytest.mark.anyio
async def test_failures_of_the_api_are_told_and_change_no_token(
    scene: tuple[Replicas, Front], figures: Figures
) -> None:
    await failures(*scene, API, AT_API, figures)


@pytest.mark.anyio
async def test_failures_of_the_token_endpoint_are_told_and_change_no_token(
    scene: tuple[Replicas, Front], figures: Figures
) -> None:
    await failures(*scene, TOKEN, AT_TOKENS, figures)


@pytest.mark.anyio
@pytest.mark.parametrize("path", [API, TOKEN])
@pytest.mark.parametrize("after", ["3600", "99999999999999999999"])
async def test_after_a_429_nobody_asks_before_spotify_said(
    scene: tuple[Replicas, Front], path: str, after: str, figures: Figures
) -> None:
    house, front = scene
    server = await house.add()
    people = await enrol(house, 5, expired=path == TOKEN)
    front.trouble, front.asked = (path, answer(429, "{}", Retry_After=after)), []
    try:
        async with library(house) as inside:
            records = [await kept(inside, person.user_id) for person in people]
            for person in people * 2:
                said = await person.call("list_devices", to=server)
                assert said.is_error
                assert said.text.endswith("[spotify_rate_limited]"), said.text
            assert records == [await kept(inside, person.user_id) for person in people]
    finally:
        front.trouble = None
        await server.terminate()
    where = "the Web API" if path == API else "the token endpoint"
    figures.count(
        f"requests of ten calls after a 429 with Retry-After {after} ({where})", len(front.asked), "== 1"
    )


@pytest.mark.anyio
async def test_tokens_without_a_lifetime_are_taken_with_the_documented_one(
    scene: tuple[Replicas, Front],
) -> None:
    house, front = scene
    (person,) = await enrol(house, 1, expired=True)
    given = await house.simulator.control("POST", "/tokens", json={"user": person.handle})
    front.trouble = (TOKEN, told({"access_token": given["access_token"], "token_type": "Bearer"}))
    try:
        async with library(house) as inside:
            before = (await kept(inside, person.user_id)).link
            assert not (await person.call("list_devices")).is_error
            link = (await kept(inside, person.user_id)).link
    finally:
        front.trouble = None
    assert (link.access_token, link.refresh_token) == (given["access_token"], before.refresh_token)
    assert 3500 < link.expires_at - time.time() <= 3600


async def ask(lab: Lab, person: str, path: str = "/me/player/devices") -> SpotifyError | None:
    """Make one read; returns how it failed, if it did."""
    try:
        await lab.transport.request(JustIssued(person), "GET", path)
    except SpotifyError as error:
        return error
    return None


@pytest.mark.parametrize(("after", "seconds"), [("2", 2), ("3600", 3600), ("9" * 40, 25 * 3600)])
def test_nobody_asks_before_the_time_is_over_and_everybody_after_it(after: str, seconds: float) -> None:
    async def meet() -> None:
        async with Lab.opened() as lab:
            token, began = await lab.tokens.current(), lab.now()
            await lab.control("POST", "/faults", kind="rate-limited", path=API, retry_after=after, times=1)
            met = await ask(lab, token)
            if seconds <= CEILING_SECONDS:  # the call itself waits, and is answered then
                assert (met, len(lab.wire.sent)) == (None, 2)
                assert lab.now() - began >= seconds
                return
            assert isinstance(met, RateLimitedError)
            while lab.now() < began + seconds - CEILING_SECONDS - 1:
                others = await asyncio.gather(*(ask(lab, f"somebody-{n}", "/me/albums") for n in range(20)))
                assert all(isinstance(one, RateLimitedError) for one in others)
                assert len(lab.wire.sent) == 1
                await asyncio.sleep(seconds / 20)
            await asyncio.sleep(max(0.0, began + seconds - lab.now()))
            assert await ask(lab, await lab.tokens.renewed(token)) is None

    run(meet())


def test_who_never_answers_is_asked_three_times_at_most_and_not_waited_for_beyond_the_bound() -> None:
    async def meet() -> tuple[SpotifyError | None, int, float]:
        async with Lab.opened() as lab:
            token, began = await lab.tokens.current(), lab.now()
            await lab.control("POST", "/faults", kind="latency", path=API, seconds=1000)
            return await ask(lab, token), len(lab.wire.sent), lab.now() - began

    error, sent, waited = run(meet())
    assert isinstance(error, SpotifyUnavailableError)
    assert 1 <= sent <= 3
    assert waited <= SECONDS_A_REQUEST


@pytest.mark.parametrize("after", ["soon", "-5", "1.5", "0x10", "", "Wed, 21 Oct 2099 07:28:00 GMT", None])
def test_a_429_that_cannot_be_read_is_waited_out_ever_longer(after: str | None) -> None:
    async def meet() -> list[float]:
        times: list[float] = []
        async with Lab.opened() as lab:
            token = await lab.tokens.current()
            await lab.control("POST", "/faults", kind="rate-limited", path=API, retry_after=after)
            until = lab.now() + 300
            while lab.now() < until:
                before = len(lab.wire.sent)
                assert isinstance(await ask(lab, token), RateLimitedError)
                times += [lab.now()] * (len(lab.wire.sent) - before)
                await asyncio.sleep(1)
        return times

    times = run(meet())
    assert 3 <= len(times) <= 14


def test_the_breaker_opens_half_opens_with_one_request_and_closes() -> None:
    async def meet() -> tuple[list[int], float]:
        async with Lab.opened(latency=0.5) as lab:
            token, sent = await lab.tokens.current(), []

            async def crowd() -> int:
                before = len(lab.wire.sent)
                outcomes = await asyncio.gather(*(ask(lab, token) for _ in range(50)))
                assert all(isinstance(one, SpotifyUnavailableError) for one in outcomes if one)
                return len(lab.wire.sent) - before

            await lab.control("POST", "/faults", kind="server-error", path=API, status=503)
            while not lab.transport.resting:
                await ask(lab, token)
            sent.append(len(lab.wire.sent))  # until it opened
            sent.append(await crowd())  # open
            await asyncio.sleep(5)
            sent.append(await crowd())  # half open: one, which fails
            sent.append(await crowd())  # open again
            await lab.control("DELETE", "/faults")
            await asyncio.sleep(10)
            sent.append(await crowd())  # half open: one, which is answered
            sent.append(await crowd())  # closed
            return sent, lab.transport.resting

    sent, resting = run(meet())
    assert sent == [TOLERANCE, 0, 1, 0, 1, 50]
    assert resting == 0
