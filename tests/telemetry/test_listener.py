"""The metrics' listener of real server processes: what it tells, whom, and how much at most."""

from __future__ import annotations

import asyncio
import math
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest

from auxcord.errors import InputError
from auxcord.server.cloud import cloud_mcp
from auxcord.server.listener import bind, port_of
from auxcord.telemetry.instruments import recording
from auxcord.telemetry.metrics import DECLARED
from auxcord.vault import KeyRing
from tests.people import sign_in
from tests.processes import free_port
from tests.replicas import at, replicas
from tests.telemetry.monitor import Scrape, scrape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

CROWD = ("ada", "bram", "chidi", "emi")


@asynccontextmanager
async def watched(*, count: int = 1) -> AsyncIterator[tuple[Replicas, list[int]]]:
    """Servers that tell metrics, and the ports they do it on."""
    ports: list[int] = []
    async with replicas(0) as house:
        for _ in range(count):
            ports.append(free_port())
            await house.add(AUXCORD_METRICS_PORT=str(ports[-1]), AUXCORD_LOG_LEVEL="debug")
        yield house, ports


async def use(person: Person, *, name: str) -> None:
    """Do a bit of everything that is counted."""
    assert (await person.call("get_account")).works
    for _ in range(2):
        assert not (await person.call("list_devices")).is_error
    assert (await person.call("get_playlist", {"playlist": "spotify:playlist:" + "0" * 22})).is_error
    assert (await person.call(f"tool_of_{name}")).is_error
    used = person.refresh
    assert (await person.renew()).status_code == 200
    assert used != person.refresh


async def test_it_tells_what_people_did_and_how_the_server_stands() -> None:
    async with watched() as (house, [port]):
        ada = await sign_in(house, "ada")
        await use(ada, name="ada")
        given_back = {"token": ada.refresh, "client_id": ada.client_id}
        assert (await house.http.post("/revoke", data=given_back)).is_success
        told = await scrape(port)
    calls = "auxcord_server_calls_answered_total"
    assert told.value(calls, tool="get_account", outcome="ok") == 1
    assert told.value(calls, tool="list_devices", outcome="ok") == 2
    assert told.value(calls, tool="other", outcome=InputError.code) == 1
    assert told.value(calls, tool="get_playlist", outcome="ok") == 0
    assert told.value("auxcord_server_calls_seconds_count") == told.value(calls) == 5
    assert told.value("auxcord_server_calls_running") == 0
    spotify = "auxcord_spotify_requests_answered_total"
    assert told.value(spotify, app="1", method="GET", route="/me/player/devices", status="2xx") >= 1
    assert told.value(spotify, method="GET", route="/playlists/*", status="4xx") == 1
    assert told.value("auxcord_spotify_pace_waited_seconds_count") == told.value(spotify)
    assert told.value("auxcord_spotify_requests_seconds_count") == told.value(spotify)
    assert told.value("auxcord_spotify_tokens_asked_total", grant="authorization_code", outcome="ok") == 1
    hits, misses = (told.value(f"auxcord_spotify_cache_{what}_total") for what in ("hits", "misses"))
    assert hits + misses > 0
    lines = "auxcord_audit_lines_written_total"
    assert told.value(lines, event="client:token:issue") == 1
    assert told.value(lines, event="client:token:refresh") == 1
    assert told.value(lines, event="client:access:revoke") == 1
    assert told.value("auxcord_store_operations_seconds_count", operation="write") > 0
    assert told.value("auxcord_store_operations_seconds_count", operation="read") > 0
    assert told.value("auxcord_store_database_reached") == 1
    assert told.value("auxcord_accounts_seats_taken", app="1") == 1
    assert told.value("auxcord_vault_data_keys_wrapped", key="newest") == 1
    assert 0 <= told.value("auxcord_vault_data_keys_age_seconds", which="oldest") < 600
    assert 0 <= told.value("auxcord_vault_key_ring_age_seconds") < 600
    assert told.has("auxcord_accounts_links_kept", state="active")
    assert told.value("process_start_time_seconds") > 0


async def test_a_refresh_a_reused_token_and_a_slowdown_at_spotify_are_told() -> None:
    async with watched() as (house, [port]):
        ada = await sign_in(house, "ada")
        await house.simulator.advance(3600)
        await house.simulator.fault("rate-limited", path="/v1/me/player/devices", retry_after=1, times=1)
        await ada.call("list_devices")
        spent = ada.refresh
        assert (await ada.renew()).status_code == 200
        assert (await ada.renew()).status_code == 200
        ada.refresh = spent
        assert (await ada.renew()).status_code == 400
        told = await scrape(port)
    assert told.value("auxcord_spotify_tokens_asked_total", grant="refresh_token", outcome="ok") == 1
    assert told.value("auxcord_spotify_cooldowns_met_total", app="1", limit="pace") == 1
    assert told.value("auxcord_spotify_requests_answered_total", status="429") == 1
    assert told.value("auxcord_audit_lines_written_total", event="client:token:reuse") == 1


async def test_nobody_and_nothing_of_theirs_is_named_however_many_they_are() -> None:
    async with watched() as (house, [port]):
        first = await sign_in(house, CROWD[0])
        await use(first, name="x")
        for _ in range(20):  # makes the page whole: what comes once a while is there from now on
            await first.call("get_account")
        few = await scrape(port)
        people = [first, *[await sign_in(house, handle) for handle in CROWD[1:]]]
        for person in people:
            await use(person, name=person.handle)
        many = await scrape(port)
        secrets = [house.key, "Test program", *CROWD]
        for person in people:
            secrets += [person.access, person.refresh, person.client_id, f"tool_of_{person.handle}"]
        named = [line.split('"user": "')[1] for line in house.logs().splitlines() if '"user": "' in line]
        secrets += [user[:32] for user in named]
    assert len({sample.name for sample in many.samples}) >= len(DECLARED)
    new = {(s.name, *sorted(s.labels.items())) for s in many.samples} - {
        (s.name, *sorted(s.labels.items())) for s in few.samples
    }
    assert new == set()
    for secret in secrets:
        assert not re.search(rf"(?<![a-z]){re.escape(secret)}(?![a-z])", many.text)


async def test_the_public_port_tells_nothing_and_the_private_one_only_this() -> None:
    async with watched() as (house, [port]):
        for path in ("/metrics", "/mcp/metrics", "/account/metrics"):
            answer = await house.http.get(path)
            assert "auxcord_" not in answer.text
            assert answer.status_code in {401, 404, 405}, path
        async with httpx2.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{port}") as http:
            for path in ("/", "/mcp", "/authorize", "/account", "/healthz", "/token"):
                assert (await http.get(path)).status_code == 404
            assert (await http.post("/metrics")).status_code == 405
            answer = await http.get("/metrics", headers={"Host": "rebound.example"})
            assert (answer.status_code, "auxcord_" in answer.text) == (421, False)
            assert (await http.get("/metrics", headers={"Host": f"localhost:{port}"})).status_code == 200


async def test_each_process_tells_of_itself_and_all_tell_the_same_of_the_store() -> None:
    async with watched(count=2) as (house, ports):
        ada = await sign_in(house, "ada", to=house.all[0])
        for _ in range(3):
            assert not (await ada.call("list_devices", to=house.all[1])).is_error
        one, other = await asyncio.gather(*(scrape(port) for port in ports))
    calls = "auxcord_server_calls_answered_total"
    assert (one.value(calls), other.value(calls, tool="list_devices")) == (0, 3)
    assert one.value("auxcord_accounts_seats_taken") == other.value("auxcord_accounts_seats_taken") == 1


async def test_without_the_setting_nothing_listens_and_every_answer_still_names_its_request() -> None:
    async with replicas(1) as house:
        answer = await house.http.get("/healthz", extensions=at(house.all[0]))
        again = await house.http.get("/healthz", headers={"X-Request-Id": "chosen-by-a-client"})
    names = {answer.headers["x-request-id"], again.headers["x-request-id"]}
    assert len(names) == 2
    assert all(len(name) == 16 and int(name, 16) >= 0 for name in names)


async def test_a_host_that_imports_the_server_object_gets_the_listener_too(tmp_path: Path) -> None:
    port = free_port()
    mcp = cloud_mcp(
        {
            "SPOTIFY_CLIENT_ID": "0" * 32,
            "AUXCORD_ENCRYPTION_KEYS": KeyRing.new_key(),
            "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'data' / 'auxcord.sqlite3'}",
            "AUXCORD_METRICS_PORT": str(port),
        }
    )
    app = mcp.http_app()
    async with app.router.lifespan_context(app):
        assert (await scrape(port, host="localhost")).value("auxcord_store_database_reached") == 1
    async with httpx2.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx2.ConnectError):
            await http.get(f"http://127.0.0.1:{port}/metrics")
    assert not recording.on


async def test_a_port_that_is_taken_is_one_sentence_and_nothing_is_served(tmp_path: Path) -> None:
    async with replicas(0) as house:
        with bind("127.0.0.1", 0) as taken:
            port = port_of(taken)
            with pytest.raises(RuntimeError):
                await house.add(AUXCORD_METRICS_PORT=str(port))
        assert f"Port {port} on 127.0.0.1 is in use." in house.logs()
        assert "Auxcord serves" not in house.logs()
        assert "Traceback" not in house.logs()


def test_a_page_reads_the_same_however_often_something_new_comes_along() -> None:
    page = Scrape('a_total{x="1"} 2\na_total{x="2"} 3\n')
    assert (page.value("a_total"), page.value("a_total", x="2")) == (5, 3)
    assert math.isclose(page.value("b"), 0)
