"""The harness of real processes: what it starts can be killed and started, and is gone afterwards."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.people import enrol, sign_in
from tests.replicas import PUBLIC_URL, replicas

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.server]


async def test_people_of_real_processes_outlive_a_kill_and_processes_do_not_outlive_the_block(
    tmp_path: Path,
) -> None:
    class Trouble(Exception):  # noqa: N818 - stands for any failure of a test
        pass

    pids = []
    with contextlib.suppress(Trouble):
        async with replicas(2, folder=tmp_path) as house:
            first, second = house.all
            pids = [house.simulator.program.pid, first.pid, second.pid]
            ada = await sign_in(house, "ada")
            (bob,) = await enrol(house, 1, expired=True)
            await house.simulator.forget_requests()
            assert (await bob.call("get_account", to=first)).works
            assert [entry["user"] for entry in await house.simulator.refreshes()] == [bob.handle]
            await first.kill()
            with pytest.raises(httpx2.TransportError):
                await ada.call("get_account", to=first)
            assert "Ada" in (await ada.call("get_account")).text
            await first.start()
            assert (await ada.renew(to=first)).status_code == 200
            assert "Ada" in (await ada.call("get_account", to=second)).text
            assert await second.terminate() == 0
            assert house.logs().count(f"Auxcord serves {PUBLIC_URL}/mcp") == 3
            pids.append(first.pid)
            raise Trouble
    assert len(pids) == 4
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_replica_that_cannot_start_is_told_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="holds something that is not a Fernet key"):
        async with replicas(1, folder=tmp_path, settings={"AUXCORD_ENCRYPTION_KEYS": "not-a-key"}):
            pass
