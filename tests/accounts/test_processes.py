"""Real processes with one database: one refresh for all of them, and a killed one leaves no damage."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.accounts.spotify import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.accounts.conftest import World

CALLING = """
import asyncio, os, sys, time
import httpx2
from auxcord.accounts import Accounts
from auxcord.spotify.apps import Apps
from auxcord.spotify.oauth import SpotifyApp, SpotifyOAuth
from auxcord.spotify.transport import Transport
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault

async def main(url, spotify, user, now, forever):
    store = Store(url)
    await store.open()
    shift = float(now) - time.time()
    clock = lambda: time.time() + shift
    vault = Vault(store, KeyRing.of([os.environ["TEST_KEY"]]), clock=clock)
    await vault.open()
    async with httpx2.AsyncClient() as http:
        oauth = SpotifyOAuth(http, SpotifyApp("0" * 31 + "1"), accounts_url=spotify)
        accounts = Accounts(vault, store, Apps.one(oauth, Transport(http)), clock=clock)
        print("ready", flush=True)
        sys.stdin.readline()
        tokens = await asyncio.gather(*(accounts.access_token(user) for _ in range(50)))
        print(*sorted(set(tokens)), flush=True)
        while forever == "forever":
            shift += 3600
            print(await accounts.access_token(user), flush=True)
        await accounts.close()
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


class Upstream(ThreadingHTTPServer):
    """A token endpoint on loopback that takes its time over the first answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refreshing)
        self.refreshes = 0
        self.all_called = threading.Event()


class Refreshing(BaseHTTPRequestHandler):
    server: Upstream

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.refreshes += 1
        self.server.all_called.wait(20)
        answer = {
            "access_token": f"access-{self.server.refreshes}",
            "token_type": "Bearer",
            "expires_in": HOUR,
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    upstream = Upstream()
    thread = threading.Thread(target=upstream.serve_forever)
    thread.start()
    yield upstream
    upstream.shutdown()
    thread.join()
    upstream.server_close()


@contextlib.contextmanager
def process(world: World, upstream: Upstream, user_id: str, mode: str) -> Iterator[subprocess.Popen[str]]:
    """A process that is ready to call, and is gone afterwards whatever happens."""
    spotify = f"http://127.0.0.1:{upstream.server_port}"
    arguments = [world.url, spotify, user_id, str(world.clock.now), mode]
    with subprocess.Popen(
        [sys.executable, "-c", CALLING, *arguments],
        env={"TEST_KEY": world.key, "PYTHONPATH": ":".join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert started.stdout is not None
            assert started.stdout.readline() == "ready\n"
            yield started
        finally:
            started.kill()


def _call(started: subprocess.Popen[str]) -> None:
    assert started.stdin is not None
    started.stdin.write("\n")
    started.stdin.flush()


def _line(started: subprocess.Popen[str]) -> str:
    assert started.stdout is not None
    return started.stdout.readline().strip()


@pytest.mark.anyio
async def test_callers_in_several_processes_cause_one_refresh(world: World, upstream: Upstream) -> None:
    ada = await world.link("ada")
    world.clock.now += HOUR
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(process(world, upstream, ada, "once")) for _ in range(4)]
        for each in processes:
            _call(each)
        upstream.all_called.set()
        assert {_line(each) for each in processes} == {"access-1"}
        assert [each.wait(20) for each in processes] == [0, 0, 0, 0]
    assert upstream.refreshes == 1


@pytest.mark.anyio
async def test_a_killed_process_loses_nothing_it_acknowledged(world: World, upstream: Upstream) -> None:
    ada = await world.link("ada")
    upstream.all_called.set()
    for kill_after in (1, 2, 3, 5):
        world.clock.now += 1000 * HOUR
        with process(world, upstream, ada, "forever") as started:
            _call(started)
            acknowledged = [_line(started) for _ in range(kill_after)]
            started.kill()
        kept = (await world.kept(ada)).link
        assert int(kept.access_token.split("-")[1]) >= int(acknowledged[-1].split("-")[1])
        assert kept.refresh_token == "refresh-ada-1"
        assert kept.ended_at is None
