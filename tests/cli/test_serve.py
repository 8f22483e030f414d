"""`auxcord serve` and the other commands: clear sentences on bad input, a clean end on SIGTERM."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import httpx2
import pytest
from cryptography.fernet import Fernet

from auxcord import __version__
from auxcord.server.listener import bind, port_of
from tests.cli.programs import ended, line_with, started

if TYPE_CHECKING:
    from tests.cli.programs import Environment

pytestmark = [pytest.mark.anyio, pytest.mark.server]


async def test_missing_settings_are_all_told_and_nothing_is_written(home: Environment) -> None:
    status, out, err = await ended(home, "serve")
    assert (status, out) == (2, "")
    assert [line.split()[1] for line in err.splitlines()] == ["AUXCORD_ENCRYPTION_KEYS", "SPOTIFY_CLIENT_ID"]
    status, out, err = await ended(home)
    assert (status, out) == (2, "")
    assert err.startswith("auxcord: SPOTIFY_CLIENT_ID is missing.")


async def test_a_busy_port_is_one_sentence(home: Environment) -> None:
    home |= {"SPOTIFY_CLIENT_ID": "0" * 32, "AUXCORD_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    with bind("127.0.0.1", 0) as taken:
        status, _, err = await ended(home, "serve", "--port", str(port_of(taken)))
        assert status == 1
        assert "is in use" in err
        assert "Traceback" not in err
        status, _, err = await ended(home, "simulator", "--port", str(port_of(taken)))
        assert (status, "is in use" in err) == (1, True)


async def test_it_serves_until_sigterm_and_ends_cleanly(home: Environment, spotify: str) -> None:
    key = (await ended(home, "keys", "new"))[1].strip()
    with bind("127.0.0.1", 0) as probe:
        port = port_of(probe)
    home |= {"AUXCORD_ENCRYPTION_KEYS": key, "AUXCORD_PORT": str(port)}
    async with started(home, "serve") as process, httpx2.AsyncClient(trust_env=False) as http:
        await line_with(process.stderr, f"http://127.0.0.1:{port}/mcp")
        answer = await http.post(f"http://127.0.0.1:{port}/mcp", json={})
        assert answer.status_code == 401
        assert "resource_metadata" in answer.headers["www-authenticate"]
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
    assert (process.returncode, out) == (0, b"")
    assert b"Traceback" not in err


async def test_other_keys_than_the_datas_are_refused(home: Environment, spotify: str) -> None:
    home["AUXCORD_PORT"] = "1"
    for name in ("first", "second"):
        home[name] = Fernet.generate_key().decode()
    with bind("127.0.0.1", 0) as probe:
        home["AUXCORD_PORT"] = str(port_of(probe))
    home["AUXCORD_ENCRYPTION_KEYS"] = home["first"]
    async with started(home, "serve") as process:
        await line_with(process.stderr, "/mcp")
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    home["AUXCORD_ENCRYPTION_KEYS"] = home["second"]
    status, _, err = await ended(home, "serve")
    assert status == 2
    assert "AUXCORD_ENCRYPTION_KEYS" in err
    assert home["first"] not in err
    assert home["second"] not in err


async def test_help_and_version_work_without_settings(home: Environment) -> None:
    assert (await ended(home, "--version"))[:2] == (0, f"{__version__}\n")
    status, out, _ = await ended(home, "--help")
    assert status == 0
    for command in ("demo", "serve", "login", "logout", "simulator", "keys"):
        assert command in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("frobnicate",), "There is no command or option 'frobnicate'."),
        (("demo", "--fast"), "--fast"),
        (("simulator", "--port", "eighty"), "--port"),
        (("simulator", "--profile", "free"), "--profile"),
    ],
)
async def test_a_mistyped_command_line_is_one_sentence(
    home: Environment, arguments: tuple[str, ...], says: str
) -> None:
    status, out, err = await ended(home, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("auxcord: ")
    assert says in err
    assert len(err.splitlines()) == 1
