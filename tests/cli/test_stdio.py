"""One person over stdio: before sign-in, signing in, using it, signing out."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from tests.cli.programs import ended, line_with, started

if TYPE_CHECKING:
    from tests.cli.programs import Environment

pytestmark = [pytest.mark.anyio, pytest.mark.server]


async def ask(home: Environment, tool: str) -> tuple[str, bool]:
    transport = StdioTransport(sys.executable, ["-m", "auxcord"], env=home, keep_alive=False)
    async with Client(transport) as client:
        result = await client.call_tool(tool, {}, raise_on_error=False)
        return result.content[0].text, result.is_error


async def sign_in(home: Environment, spotify: str, user: str) -> tuple[int, str]:
    async with (
        started(home, "login", "--no-browser") as process,
        httpx2.AsyncClient(trust_env=False) as browser,
    ):
        await browser.post(f"{spotify}/_simulator/auto-approve", json={"user": user})
        url = (await line_with(process.stderr, "/authorize?")).strip()
        page = await browser.get(url, follow_redirects=True)
        _, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, page.text + err.decode()


async def test_before_sign_in_every_tool_says_what_to_do(home: Environment, spotify: str) -> None:
    text, refused = await ask(home, "get_account")
    assert refused
    assert "auxcord login" in text


async def test_a_person_signs_in_uses_it_and_signs_out(home: Environment, spotify: str) -> None:
    status, said = await sign_in(home, spotify, "ada")
    assert status == 0
    assert "Spotify has answered" in said
    assert "Linked: " in said
    text, refused = await ask(home, "get_account")
    assert not refused
    assert "ada" in text.casefold()

    status, said = await sign_in(home, spotify, "bram")
    assert status == 1
    assert "auxcord logout" in said

    status, _, err = await ended(home, "logout")
    assert (status, "erased" in err) == (0, True)
    status, _, err = await ended(home, "logout")
    assert (status, "No Spotify account" in err) == (0, True)
    text, refused = await ask(home, "get_account")
    assert refused
    assert "auxcord login" in text


async def test_who_is_not_on_the_list_cannot_sign_in_and_who_is_taken_off_it_gets_nothing(
    home: Environment, spotify: str
) -> None:
    home["AUXCORD_ALLOWED_USERS"] = "Ada"
    status, said = await sign_in(home, spotify, "bram")
    assert status == 1
    assert "not on this server's list" in said
    assert (await ask(home, "get_account"))[1]
    status, said = await sign_in(home, spotify, "ada")
    assert (status, "Linked: " in said) == (0, True), said
    home["AUXCORD_ALLOWED_USERS"] = "somebody"
    text, refused = await ask(home, "get_playback")
    assert refused
    assert "[not_admitted]" in text


async def test_only_the_first_spotify_app_is_used_and_a_change_of_it_is_told(
    home: Environment, spotify: str
) -> None:
    other = "2" * 32
    home["AUXCORD_SPOTIFY_APPS"] = f"{other}:test-secret-not-real"
    home["AUXCORD_SPOTIFY_APP_SEATS"] = "1"
    assert (await sign_in(home, spotify, "ada"))[0] == 0
    assert "app 1 (00000000)" in (await ask(home, "get_account"))[0]
    home |= {"SPOTIFY_CLIENT_ID": other, "AUXCORD_SPOTIFY_APPS": ""}
    text, refused = await ask(home, "get_playback")
    assert refused
    assert "no longer uses" in text


async def test_declining_at_spotify_ends_the_sign_in_kindly(home: Environment, spotify: str) -> None:
    async with (
        started(home, "login", "--no-browser") as process,
        httpx2.AsyncClient(trust_env=False) as browser,
    ):
        url = httpx2.URL((await line_with(process.stderr, "/authorize?")).strip())
        back = httpx2.URL(url.params["redirect_uri"])
        foreign = await browser.get(back.copy_merge_params({"code": "x", "state": "not-ours"}))
        assert foreign.status_code == 400
        declined = {"error": "access_denied", "state": url.params["state"]}
        page = await browser.get(back.copy_merge_params(declined))
        _, err = await process.communicate()
    assert "declined" in page.text
    assert process.returncode == 1
    assert "declined" in err.decode()


async def test_over_ssh_the_final_address_is_pasted_into_the_terminal(
    home: Environment, spotify: str
) -> None:
    async with started(home, "login", "--paste") as process, httpx2.AsyncClient(trust_env=False) as browser:
        await browser.post(f"{spotify}/_simulator/auto-approve", json={"user": "ada"})
        url = (await line_with(process.stderr, "/authorize?")).strip()
        end = (await browser.get(url)).headers["location"]
        _, err = await process.communicate(f"{end}\n".encode())
    assert process.returncode == 0
    assert "Linked: " in err.decode()


async def test_the_key_and_the_data_are_private_and_apart(home: Environment, spotify: str) -> None:
    os.umask(0o000)
    try:
        await ask(home, "get_account")
    finally:
        os.umask(0o022)
    files = [path for path in Path(home["HOME"]).rglob("*") if path.is_file()]
    assert len(files) >= 2
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700, file.parent
    key = next(path for path in files if path.name == "encryption-keys")
    data = next(path for path in files if path.suffix == ".sqlite3")
    assert key.parent != data.parent
    assert key.read_bytes().strip() not in data.read_bytes()


async def test_data_without_its_key_is_refused_and_left_alone(home: Environment, spotify: str) -> None:
    await ask(home, "get_account")
    key = next(Path(home["XDG_CONFIG_HOME"]).rglob("encryption-keys"))
    data = next(Path(home["XDG_DATA_HOME"]).rglob("*.sqlite3"))
    before = data.read_bytes()
    key.unlink()
    status, out, err = await ended(home, "logout")
    assert (status, out) == (2, "")
    assert "key file" in err
    assert not key.exists()
    assert data.read_bytes() == before


async def test_a_key_file_that_others_can_read_is_refused(home: Environment, spotify: str) -> None:
    await ask(home, "get_account")
    key = next(Path(home["XDG_CONFIG_HOME"]).rglob("encryption-keys"))
    key.chmod(0o644)
    status, _, err = await ended(home, "logout")
    assert status == 2
    assert "chmod 600" in err


async def test_the_key_is_kept_in_the_systems_keyring_if_the_person_wants_it(
    home: Environment, spotify: str
) -> None:
    kept = Path(home["HOME"]) / "keyring.json"
    home |= {
        "AUXCORD_KEY_SOURCE": "keyring",
        "PYTHON_KEYRING_BACKEND": "system_keyring.FileKeyring",
        "PYTHONPATH": str(Path(__file__).parent),
        "TEST_KEYRING": str(kept),
    }
    status, said = await sign_in(home, spotify, "ada")
    assert (status, "Linked: " in said) == (0, True)
    (key,) = json.loads(kept.read_text()).values()
    text, refused = await ask(home, "get_account")
    assert (refused, "ada" in text.casefold()) == (False, True)
    files = [path for path in Path(home["HOME"]).rglob("*") if path.is_file() and path != kept]
    assert all(key.encode() not in path.read_bytes() for path in files)
    assert not any(path.name == "encryption-keys" for path in files)
    home["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    status, out, err = await ended(home)
    assert (status, out) == (2, "")
    assert err.startswith("auxcord: AUXCORD_KEY_SOURCE is keyring, but this system has no keyring")
    assert len(err.splitlines()) == 1
