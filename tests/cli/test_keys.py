"""`auxcord keys`: a new key, what each protects, moving to a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.server.listener import bind, port_of
from tests.cli.programs import ended, line_with, started

if TYPE_CHECKING:
    from tests.cli.programs import Environment

pytestmark = [pytest.mark.anyio, pytest.mark.server]


async def test_the_key_is_changed_and_the_old_one_dropped(home: Environment, spotify: str) -> None:
    old, new = [(await ended(home, "keys", "new"))[1].strip() for _ in range(2)]
    with bind("127.0.0.1", 0) as probe:
        home |= {"AUXCORD_ENCRYPTION_KEYS": old, "AUXCORD_PORT": str(port_of(probe))}
    status, _, err = await ended(home, "keys", "list")
    assert (status, "no data yet" in err) == (1, True)
    async with started(home, "serve") as process:
        await line_with(process.stderr, "/mcp")
    home["AUXCORD_ENCRYPTION_KEYS"] = f"{new},{old}"
    status, out, _ = await ended(home, "keys", "list")
    assert (status, [line.split()[1] for line in out.splitlines()]) == (0, ["newest", "older"])
    status, _, err = await ended(home, "keys", "rotate")
    assert status == 0
    assert "Moved 1 stored keys" in err
    assert "can be dropped" in err
    home["AUXCORD_ENCRYPTION_KEYS"] = new
    status, out, err = await ended(home, "keys", "check")
    assert (status, out) == (0, "")
    assert "Every stored key opens." in err
    home["AUXCORD_ENCRYPTION_KEYS"] = old
    status, out, err = await ended(home, "keys", "check")
    assert status == 2
    assert "not in the key ring" in err
    for key in (old, new):
        assert key not in out + err
