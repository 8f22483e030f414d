"""T31: requests nobody means, at every address: no 5xx, no trace, no version, never without the headers

A real server process and real sockets. Requests that work (valid clients, sign-ins under way, sessions,
tokens) are bent a little, so that what is wrong about them is met deep inside; and bytes are sent that are
hardly HTTP. The long form (`AUXCORD_TEST_FORM=nightly`) is longer, and another
one each time.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from auxcord.server.headers import ALWAYS
from bench.processes import resident_bytes
from tests.security.fuzzing.distortions import distortions, garbled
from tests.security.fuzzing.doors import DOORS, Door, earlier, routes_of
from tests.security.fuzzing.knocks import CUT, FORM, JSON, Answer, Knock, send
from tests.security.fuzzing.leaks import TELLTALES, faults_in, is_failure
from tests.security.fuzzing.scene import Scene, open_scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hypothesis.strategies import SearchStrategy

    from bench.figures import Figures
    from tests.security.fuzzing.distortions import Bend

T = TypeVar("T")

pytestmark = [pytest.mark.anyio, pytest.mark.server]

NIGHTLY: Final = os.environ.get("AUXCORD_TEST_FORM") == "nightly"
SEED: Final = int(os.environ.get("AUXCORD_TEST_SEED") or (random.randrange(2**32) if NIGHTLY else 31))
BENT: Final = 100_000 if NIGHTLY else 1_600
"""Requests that are bent."""
GARBLED: Final = 50_000 if NIGHTLY else 1_600
"""Requests that noise is put into."""
TOGETHER: Final = 16
"""Drawn at a time; noise is sent as many at once."""
MEMORY: Final = 120
"""Megabytes: bounded tables fill up (sessions, verified tokens, metrics), and nothing else may grow."""


@pytest.fixture(scope="module")
async def scene(anyio_backend: str) -> AsyncIterator[Scene]:
    async with open_scene() as scene:
        yield scene


class Ledger:
    """What was found so far: each fault once, with the shortest request that shows it."""

    def __init__(self) -> None:
        self.faults: dict[str, bytes] = {}
        self.doors: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.failures = 0
        self.tales = 0

    def note(self, door: Door, sent: bytes, answer: Answer) -> None:
        """Look at an answer."""
        self.doors[str(door)] += 1
        self.statuses[answer.status] += 1
        self.failures += is_failure(answer)
        for fault in faults_in(answer, sent, door.path):
            self.tales += fault.startswith("it says")
            known = self.faults.get(f"{door}: {fault}")
            if known is None or len(sent) < len(known):
                self.faults[f"{door}: {fault}"] = sent

    def report(self, figures: Figures, what: str) -> None:
        """Keep the figures."""
        print(f"{what}: {dict(self.statuses)}")  # noqa: T201 - what a run was made of
        figures.measure(f"{what} requests", sum(self.doors.values()))
        figures.measure(f"{what} requests that were answered", sum(self.doors.values()) - self.statuses[CUT])
        figures.measure(f"addresses and ways to ask them ({what})", len(self.doors), f">= {len(DOORS)}")
        figures.count(f"answers with a 5xx ({what})", self.failures, "== 0")
        figures.count(f"answers that tell how the server is made ({what})", self.tales, "== 0")
        figures.count(f"other faults of answers ({what})", len(self.faults), "== 0")


def drawn(strategy: SearchStrategy[T], count: int) -> list[T]:
    """Draw so many things; the same ones every time, but at night."""
    batches: list[T] = []

    @seed(SEED)
    @settings(
        max_examples=count // TOGETHER,
        derandomize=False,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(strategy, min_size=TOGETHER, max_size=TOGETHER))
    def draw(batch: list[T]) -> None:
        batches.extend(batch)

    draw()
    return batches


def port_of(scene: Scene, door: Door) -> int:
    return scene.metrics_port if door.at_metrics else scene.server.port


async def knock_bent(scene: Scene, door: Door, bent: list[Bend]) -> tuple[bytes, Answer]:
    """Send a request that would work, after it was bent."""
    one = await door.knock(scene)
    for bend in bent:
        one = bend(one)
    sent = one.as_bytes()
    answer = await send(port_of(scene, door), sent, method=one.method)
    if door.uses and answer.status == door.works:
        scene.used_up(door.uses)
    return sent, answer


def complaints(scene: Scene) -> list[str]:
    """What the server wrote into its log that is more than a warning, or no line of a log at all."""
    lines = [line for line in scene.house.logs().splitlines() if line.startswith("{")]
    found = [line for line in lines if json.loads(line).get("level") in {"error", "critical"}]
    return [*found, *(["a traceback"] if "Traceback" in scene.house.logs() else [])]


async def is_well(scene: Scene) -> bool:
    """Whether the server does what it did before."""
    ready = await scene.fetch(Knock("GET", "/readyz"))
    return ready.status == 200 and (await scene.ada.call("get_account")).works


async def test_every_address_the_server_has_is_tried_with_a_request_that_works(scene: Scene) -> None:
    described = {(door.method, door.path, door.at_metrics) for door in DOORS}
    # HEAD comes with each GET and is among the methods that requests are bent to.
    assert described == {one for one in routes_of(scene.house.environment) if one[0] != "HEAD"}
    ledger = Ledger()
    for door in DOORS:
        sent, answer = await knock_bent(scene, door, [])
        assert (str(door), answer.status) == (str(door), door.works), answer.text[:500]
        ledger.note(door, sent, answer)
    assert ledger.faults == {}


@pytest.mark.timeout(7200 if NIGHTLY else 600)
async def test_whatever_is_bent_is_answered_and_tells_nothing(scene: Scene, figures: Figures) -> None:
    print(f"seed {SEED}; repeat with AUXCORD_TEST_SEED={SEED}")  # noqa: T201 - to repeat a failure
    ledger = Ledger()
    for door in DOORS:
        for _ in range(8):
            await knock_bent(scene, door, [])
    before = resident_bytes(scene.server.pid)
    for door, bent in drawn(st.tuples(st.sampled_from(DOORS), distortions), BENT):
        ledger.note(door, *await knock_bent(scene, door, bent))
    grown = (resident_bytes(scene.server.pid) - before) / 1e6
    assert ledger.faults == {}
    ledger.report(figures, "bent")
    figures.count("complaints in the log (bent)", len(complaints(scene)), "== 0")
    figures.measure("megabytes of memory more (bent)", grown, f"<= {MEMORY}")
    assert await is_well(scene)


@pytest.mark.timeout(7200 if NIGHTLY else 600)
async def test_bytes_that_are_hardly_http_are_refused_or_cut_off_and_tell_nothing(
    scene: Scene, figures: Figures
) -> None:
    ledger = Ledger()
    whole = {door: (await door.knock(scene)).as_bytes() for door in DOORS}
    noise = drawn(st.tuples(st.sampled_from(DOORS), garbled()), GARBLED)
    before = resident_bytes(scene.server.pid)
    for first in range(0, len(noise), TOGETHER):
        batch = [(door, garble(whole[door])) for door, garble in noise[first : first + TOGETHER]]
        answers = await asyncio.gather(*(send(port_of(scene, door), sent) for door, sent in batch))
        for (door, sent), answer in zip(batch, answers, strict=True):
            ledger.note(door, sent, answer)
    grown = (resident_bytes(scene.server.pid) - before) / 1e6
    assert ledger.faults == {}
    ledger.report(figures, "garbled")
    figures.count("complaints in the log (garbled)", len(complaints(scene)), "== 0")
    figures.measure("megabytes of memory more (garbled)", grown, f"<= {MEMORY}")
    assert await is_well(scene)


CALL: Final = {"name": "get_account", "arguments": {}}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {"name": 5, "arguments": {}}),
        ("tools/call", {"name": "get_account", "arguments": []}),
        ("tools/call", {**CALL, "_meta": {"progressToken": [1]}}),
        ("tools/call", {**CALL, "inputResponses": 5}),
        ("tools/call", {}),
        ("tools/list", {"cursor": {}}),
        ("initialize", {"protocolVersion": []}),
    ],
)
async def test_parameters_of_another_shape_are_refused_in_a_sentence_while_calls_are_counted(
    scene: Scene, method: str, params: dict[str, Any]
) -> None:
    scene.used_up("session")  # a request that was bent may have ended it
    answer = await scene.fetch(await earlier(method, params)(scene))
    assert (answer.status, "The parameters are not what the protocol has" in answer.text) == (200, True)
    assert complaints(scene) == []


async def test_a_notification_that_looks_like_a_call_is_taken_and_does_nothing(scene: Scene) -> None:
    scene.used_up("session")
    call = await earlier("tools/call", CALL)(scene)
    told = {name: value for name, value in call.document.items() if name != "id"}
    answer = await scene.fetch(replace(call, document=told))
    assert (answer.status, answer.body) == (202, b"")
    assert await is_well(scene)
    assert complaints(scene) == []


@pytest.mark.parametrize("path", ["/mcp", "/token", "/register", "/consent", "/account/erase"])
async def test_whoever_hangs_up_midway_leaves_nothing_in_the_log(scene: Scene, path: str) -> None:
    scene.used_up("session")
    call = await earlier("tools/call", CALL)(scene)
    headers = (*call.headers, ("Content-Length", "400"), ("Origin", "http://127.0.0.1:8000"))
    kind = JSON if path in {"/mcp", "/register"} else FORM
    half = Knock("POST", path, headers=headers, raw=b"a=b", kind=kind)
    assert (await scene.fetch(half)).status == CUT
    assert await is_well(scene)
    assert complaints(scene) == []


FINE: Final = Answer(
    200,
    (*((name.lower(), value) for name, value in ALWAYS.items()), ("content-type", "application/json")),
    b'{"a": 1}',
)


def changed(status: int = 200, body: bytes = FINE.body, **headers: str | None) -> Answer:
    """A fine answer, with something about it changed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    kept = {**dict(FINE.headers), **named}
    return Answer(status, tuple((name, value) for name, value in kept.items() if value is not None), body)


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (changed(status=500), "its status is 500"),
        (changed(status=503), "its status is 503"),
        (changed(body=b'"Traceback (most recent call last):"'), "it says 'Traceback (most'"),
        (changed(body=b'"File \\"/x\\", line 1"'), "it says '"),
        (changed(body=b'"in /usr/lib/python3/x"'), "it says '/usr/l'"),
        (changed(body=b"\"'dict' object has no attribute 'name'\""), "it says 'has no attribute'"),
        (changed(body=b'"KeyError"'), "it says 'KeyError'"),
        (changed(body=b'"pydantic"'), "it says 'pydantic'"),
        (changed(body=b'"auxcord 0.1.0"'), "it says 'auxcord 0'"),
        (changed(server="uvicorn"), "it has a header 'server'"),
        (changed(x_request_id="python"), "it says 'python'"),
        (changed(x_content_type_options=None), "its X-Content-Type-Options is None"),
        (changed(referrer_policy="unsafe-url"), "its Referrer-Policy is 'unsafe-url'"),
        (changed(content_security_policy="default-src *"), "its policy is 'default-src *'"),
        (changed(cache_control="max-age=60"), "it may be kept: 'max-age=60'"),
        (changed(location="https://evil.example/"), "it leads to 'https://evil.example/'"),
        (changed(location="//evil.example/"), "it leads to '//evil.example/'"),
        (changed(content_type=None), "its content type is None"),
        (changed(content_type="text/html"), "its content type is 'text/html'"),
        (changed(body=b"no json"), "it is no JSON"),
        (changed(body=b"<p>", content_type="text/html; charset=utf-8"), "it is no page"),
        (
            changed(body=b"<!doctype html><script>x", content_type="text/html; charset=utf-8"),
            "its page holds '<script'",
        ),
        (Answer(200, malformed="x"), "it is no HTTP: x"),
    ],
)
def test_an_answer_with_a_fault_is_found(planted: Answer, found: str) -> None:
    assert faults_in(FINE, b"GET / HTTP/1.1") == []
    assert any(fault.startswith(found) for fault in faults_in(planted, b"GET / HTTP/1.1"))


def test_words_that_were_sent_are_no_telltales_and_the_page_of_an_account_hides_from_its_opener() -> None:
    assert TELLTALES.search("KeyError") is not None
    assert faults_in(changed(body=b'"KeyError"'), b"GET /?a=KeyError HTTP/1.1") == []
    page = changed(body=b"<!doctype html>account", content_type="text/html; charset=utf-8")
    assert faults_in(page, b"", "/account") == ["its opener policy is None"]


async def test_a_request_that_is_never_answered_is_found(scene: Scene) -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        whole = Knock("GET", "/").as_bytes()
        assert faults_in(await send(port, whole), whole) == ["it is no HTTP: nothing"]
        assert faults_in(await send(port, whole[:-2]), whole[:-2]) == []
