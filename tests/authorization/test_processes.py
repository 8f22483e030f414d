"""Several worker processes on one database: each code and refresh token still counts once."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.authorization.house import House, Program, code_for, tokens_for

pytestmark = [pytest.mark.anyio, pytest.mark.server]

ROOT = Path(__file__).resolve().parents[2]


async def race(
    house: House, program: Program, kind: str, secret: str, *, processes: int, each: int
) -> list[str]:
    """Let several processes present the same secret at once; returns what each attempt got."""
    client = await house.provider.get_client(program.client_id)
    assert client is not None
    found = await house.provider.load_authorization_code(client, secret)
    user = str(found.subject) if found else "-"
    command = [sys.executable, "-m", "tests.authorization.redeemer", str(house.store.path)]
    pipe = asyncio.subprocess.PIPE
    workers = [
        await asyncio.create_subprocess_exec(
            *command, kind, secret, program.client_id, user, str(each), cwd=ROOT, stdin=pipe, stdout=pipe
        )
        for _ in range(processes)
    ]
    async with asyncio.timeout(60):
        for worker in workers:
            assert worker.stdout is not None
            assert await worker.stdout.readline() == b"ready\n"
        outputs = await asyncio.gather(*(worker.communicate(b"\n") for worker in workers))
    return [got for output, _ in outputs for got in json.loads(output.splitlines()[-1])]


async def test_of_fifty_redemptions_in_four_processes_one_succeeds(house: House, program: Program) -> None:
    code = await code_for(house, program)
    got = await race(house, program, "code", code, processes=4, each=13)
    assert got.count("invalid_grant") == 51
    assert len(got) == 52


async def test_refreshes_in_four_processes_get_the_same_successor(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program, level="look")
    got = await race(house, program, "refresh", tokens.refresh, processes=4, each=5)
    assert len(got) == 20
    assert len(set(got)) == 1
    assert "invalid_grant" not in got
