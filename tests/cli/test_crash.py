"""A failure nobody foresaw: whoever looks for the bug gets the whole traceback, and no secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.vault import KeyRing
from tests.cli.programs import ended
from tests.security.canaries.fumbling import fumbling
from tests.security.canaries.search import Needles

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.programs import Environment

pytestmark = [pytest.mark.anyio, pytest.mark.server]


async def test_a_crash_shows_where_it_happened_and_no_key(home: Environment, tmp_path: Path) -> None:
    key = KeyRing.new_key()
    database = tmp_path / "auxcord.sqlite3"
    database.touch()
    home |= {
        "SPOTIFY_CLIENT_ID": "0" * 32,
        "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{database}",
        "AUXCORD_ENCRYPTION_KEYS": key,
        **fumbling("starting"),
    }
    status, out, err = await ended(home, "keys", "list")
    assert (status, out) == (1, "")
    assert err.startswith("Traceback (most recent call last):\n")
    assert "in _opened\n" in err
    assert err.splitlines()[-1].startswith("RuntimeError: cannot go on with (")
    assert "[masked]" in err.splitlines()[-1]
    assert Needles({"the key": key}).found_in(err.encode()) == set()
