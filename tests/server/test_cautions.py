"""What works but is unwise is told at the start and by the doctor: when it is so, and only then."""

from __future__ import annotations

import base64
import json
import os
import signal
from typing import TYPE_CHECKING, Final

import pytest

from auxcord.server.cautions import Caution, cautions
from auxcord.server.settings import Settings
from tests.cli.conftest import home
from tests.cli.programs import ended, line_with, started
from tests.processes import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from auxcord.server.settings import Command
    from tests.cli.programs import Environment

__all__ = ["home"]

KEY: Final = base64.urlsafe_b64encode(bytes(32)).decode()  # well-formed, and nobody's
HEXADECIMAL: Final = "not-hexadecimal-not-a-secret"
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - judged here, never listened on
PUBLIC: Final = {
    "SPOTIFY_CLIENT_ID": "1" * 32,
    "SPOTIFY_CLIENT_SECRET": "2" * 32,
    "AUXCORD_ENCRYPTION_KEYS": KEY,
    "AUXCORD_PUBLIC_URL": "https://auxcord.example.org",
    "AUXCORD_TRUSTED_PROXIES": "127.0.0.1",
}
"""A server for others with nothing unwise about it."""
LOCAL: Final = {name: PUBLIC[name] for name in ("SPOTIFY_CLIENT_ID", "AUXCORD_ENCRYPTION_KEYS")}
"""One to try things out with, on this computer alone."""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    """A machine with nothing but a disk."""
    file = tmp_path / "mountinfo"
    file.write_text("22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n")
    return file


def told(environ: dict[str, str], mounts: Path, command: Command = "serve") -> list[Caution]:
    found = list(cautions(Settings.load(environ, command=command), command, mounts=mounts))
    for caution in found:
        assert caution.sentence.endswith(".")
        assert caution.advice.endswith(".") or "chmod" in caution.advice
        for secret in (environ.get("SPOTIFY_CLIENT_SECRET") or KEY, KEY):
            assert secret not in repr(caution)
    return found


def test_nothing_is_said_of_settings_that_are_wise(mounts: Path) -> None:
    assert told(PUBLIC, mounts) == []
    assert told(LOCAL, mounts) == []
    assert told(LOCAL, mounts, "stdio") == []


@pytest.mark.parametrize(
    ("change", "setting", "says"),
    [
        ({"AUXCORD_HOST": EVERYWHERE, "AUXCORD_TRUSTED_PROXIES": ""}, "AUXCORD_HOST", "in the clear"),
        ({"AUXCORD_HOST": "::", "AUXCORD_TRUSTED_PROXIES": ""}, "AUXCORD_HOST", "in the clear"),
        ({"AUXCORD_HOST": EVERYWHERE, "AUXCORD_PUBLIC_URL": "http://127.0.0.1"}, "AUXCORD_PUBLIC_URL", "own"),
        ({"AUXCORD_TRUSTED_PROXIES": ""}, "AUXCORD_TRUSTED_PROXIES", "share its limits"),
        ({"AUXCORD_TRUSTED_PROXIES": "0.0.0.0/0"}, "AUXCORD_TRUSTED_PROXIES", "nearly everybody"),
        ({"AUXCORD_TRUSTED_PROXIES": "127.0.0.1,::/0"}, "AUXCORD_TRUSTED_PROXIES", "nearly everybody"),
        ({"AUXCORD_TRUSTED_PROXIES": "128.0.0.0/1"}, "AUXCORD_TRUSTED_PROXIES", "nearly everybody"),
        (
            {"AUXCORD_METRICS_PORT": "9464", "AUXCORD_METRICS_HOST": EVERYWHERE},
            "AUXCORD_METRICS_HOST",
            "no password",
        ),
        ({"AUXCORD_METRICS_PORT": "9464", "AUXCORD_METRICS_HOST": "8.8.8.8"}, "AUXCORD_METRICS_HOST", "8.8"),
        ({"AUXCORD_LOG_LEVEL": "debug"}, "AUXCORD_LOG_LEVEL", "debug"),
        ({"SPOTIFY_CLIENT_SECRET": ""}, "SPOTIFY_CLIENT_SECRET", "missing"),
        ({"SPOTIFY_CLIENT_SECRET": HEXADECIMAL}, "SPOTIFY_CLIENT_SECRET", "28 characters"),
        ({"SPOTIFY_CLIENT_SECRET": "1" * 32}, "SPOTIFY_CLIENT_ID", "client secret too"),
        ({"SPOTIFY_CLIENT_ID": "0123456789abcdef" * 2}, "SPOTIFY_CLIENT_ID", "example"),
        ({"AUXCORD_SPOTIFY_APPS": f"{'3' * 32}:{HEXADECIMAL}"}, "AUXCORD_SPOTIFY_APPS", "28 characters"),
        ({"AUXCORD_SPOTIFY_APPS": f"{'3' * 32}:{'3' * 32}"}, "AUXCORD_SPOTIFY_APPS", "client secret too"),
        ({"AUXCORD_SPOTIFY_API_URL": "https://api.example.org"}, "AUXCORD_SPOTIFY_API_URL", "elsewhere"),
        ({"AUXCORD_SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:8765"}, "AUXCORD_SPOTIFY_ACCOUNTS_URL", "else"),
        ({"AUXCORD_SPOTIFY_APP_SEATS": "0"}, "AUXCORD_ALLOWED_USERS", "anybody with a Spotify account"),
        ({"AUXCORD_SPOTIFY_APP_SEATS": "25"}, "AUXCORD_ALLOWED_USERS", "anybody with a Spotify account"),
        ({"AUXCORD_RATE_LIMIT_REGISTRATIONS": "off"}, "AUXCORD_RATE_LIMIT_REGISTRATIONS", "off"),
    ],
)
def test_what_is_unwise_is_said_once_with_its_variable(
    mounts: Path, change: dict[str, str], setting: str, says: str
) -> None:
    (caution,) = told(PUBLIC | change, mounts)
    assert caution.setting == setting
    assert says in caution.sentence


@pytest.mark.parametrize(
    "change",
    [
        {"AUXCORD_HOST": EVERYWHERE},  # behind a proxy that is named
        {"AUXCORD_TRUSTED_PROXIES": "10.0.0.0/8,fd00::/8,203.0.113.0/24"},
        {"AUXCORD_METRICS_HOST": EVERYWHERE},  # with no metrics
        {"AUXCORD_METRICS_PORT": "9464"},
        {"AUXCORD_METRICS_PORT": "9464", "AUXCORD_METRICS_HOST": "10.1.2.3"},
        {"AUXCORD_SPOTIFY_APP_SEATS": "5"},
        {"AUXCORD_SPOTIFY_APP_SEATS": "0", "AUXCORD_ALLOWED_USERS": "ada"},
        {"AUXCORD_SPOTIFY_APPS": f"{'3' * 32}:{'4' * 32}"},
    ],
)
def test_nothing_is_said_of_what_only_looks_like_it(mounts: Path, change: dict[str, str]) -> None:
    assert told(PUBLIC | change, mounts) == []


def test_on_ones_own_computer_what_would_be_unwise_in_public_is_not(mounts: Path) -> None:
    trying = {
        "AUXCORD_LOG_LEVEL": "debug",
        "AUXCORD_SPOTIFY_API_URL": "http://127.0.0.1:8765/v1",
        "AUXCORD_SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:8765",
        "SPOTIFY_CLIENT_SECRET": HEXADECIMAL,
        "AUXCORD_RATE_LIMIT_TOKENS": "off",
        "AUXCORD_SPOTIFY_APP_SEATS": "0",
    }
    assert told(LOCAL | trying, mounts) == []


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        *((kind, ["AUXCORD_DATABASE_URL"]) for kind in ("nfs4", "cifs", "fuse.sshfs", "9p", "fuse.other")),
        *((kind, []) for kind in ("ext4", "fuseblk")),
    ],
)
@pytest.mark.parametrize("command", ["serve", "stdio"])
def test_a_database_on_a_network_file_system_is_told(
    mounts: Path, tmp_path: Path, kind: str, settings: list[str], command: Command
) -> None:
    with mounts.open("a") as file:
        file.write(f"30 22 0:25 / {tmp_path}/share rw,relatime shared:1 - {kind} server:/export rw\n")
    there = LOCAL | {"AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/share/new/auxcord.sqlite3"}
    (tmp_path / "share").mkdir()
    found = told(there, mounts, command)
    assert [caution.setting for caution in found] == settings
    assert all(kind in caution.sentence for caution in found)


def test_a_secrets_file_that_others_could_replace_is_told(mounts: Path, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    file = folder / "encryption-keys"
    file.touch(mode=0o600)
    file.write_text(KEY)
    from_file = {"SPOTIFY_CLIENT_ID": "1" * 32, "AUXCORD_ENCRYPTION_KEYS_FILE": str(file)}
    for command in ("serve", "stdio"):
        assert told(from_file, mounts, command) == []  # type: ignore[arg-type]
        folder.chmod(0o777)
        (caution,) = told(from_file, mounts, command)  # type: ignore[arg-type]
        assert caution.setting == "AUXCORD_ENCRYPTION_KEYS_FILE"
        assert caution.advice.endswith(f"chmod go-w {folder}")
        folder.chmod(0o1777)  # as /tmp: others can add files, not replace ours
        assert told(from_file, mounts, command) == []  # type: ignore[arg-type]
        folder.chmod(0o700)


def test_a_secrets_file_of_somebody_elses_is_told(mounts: Path, tmp_path: Path) -> None:
    """For this the test has to be able to give a file away."""
    file = tmp_path / "secret"
    file.touch(mode=0o600)
    file.write_text("2" * 32)
    from_file = LOCAL | {"SPOTIFY_CLIENT_SECRET_FILE": str(file)}
    assert told(from_file, mounts) == []
    if os.geteuid() != 0:
        with pytest.raises(PermissionError):
            os.chown(file, 54_321, -1)
        return
    os.chown(file, 54_321, -1)
    (caution,) = told(from_file, mounts)
    assert caution.setting == "SPOTIFY_CLIENT_SECRET_FILE"
    assert "belongs to the account 54321" in caution.sentence


UNWISE: Final = {"SPOTIFY_CLIENT_ID": "1" * 32, "SPOTIFY_CLIENT_SECRET": "1" * 32}
CODE: Final = "A client id is a client secret too"


@pytest.mark.anyio
@pytest.mark.server
async def test_serve_tells_it_on_standard_error_before_it_serves(home: Environment) -> None:
    home |= {**PUBLIC, **UNWISE, "AUXCORD_LOG_FORMAT": "json", "AUXCORD_PORT": str(free_port())}
    async with started(home, "serve") as process:
        line = json.loads(await line_with(process.stderr, CODE))
        await line_with(process.stderr, "https://auxcord.example.org/mcp")
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
    assert (line["level"], line["setting"]) == ("warning", "SPOTIFY_CLIENT_ID")
    assert line["advice"].startswith("Look both up")
    assert out == b""
    assert CODE.encode() not in err


@pytest.mark.anyio
@pytest.mark.server
async def test_over_stdio_it_is_told_on_standard_error_alone(home: Environment) -> None:
    async with started(home | UNWISE) as process:
        out, err = await process.communicate(b"")
    assert out == b""
    assert err.decode().count(CODE) == 1
    async with started(home | {"SPOTIFY_CLIENT_ID": "1" * 32}) as process:
        out, err = await process.communicate(b"")
    assert (out, err) == (b"", b"")


@pytest.mark.anyio
@pytest.mark.server
async def test_the_doctor_tells_it_beside_the_list_of_settings(home: Environment) -> None:
    status, out, err = await ended(home | PUBLIC | UNWISE, "doctor", "--settings", "--json")
    assert (status, len(json.loads(out)) > 30) == (0, True)
    assert [line.split(": ")[:2] for line in err.splitlines()] == [["warning", "SPOTIFY_CLIENT_ID"]]
    status, out, err = await ended(home | PUBLIC, "doctor", "--settings")
    assert (status, err) == (0, "")
    status, out, err = await ended(home | PUBLIC | {"AUXCORD_PROT": "1"}, "doctor", "--settings")
    assert (status, err.splitlines()) == (
        2,
        ["auxcord: AUXCORD_PROT is not a setting. Did you mean AUXCORD_PORT?"],
    )
    assert "AUXCORD_PORT" in out


@pytest.mark.anyio
@pytest.mark.server
async def test_the_doctor_tells_it_among_its_findings(home: Environment) -> None:
    nowhere = {f"AUXCORD_SPOTIFY_{name}_URL": "http://127.0.0.1:9" for name in ("API", "ACCOUNTS")}
    _, out, _ = await ended(home | LOCAL | UNWISE | nowhere, "doctor", "--json")
    found = [f for f in json.loads(out)["findings"] if f["section"] == "settings"]
    assert [f["level"] for f in found] == ["ok", "warning"]
    assert found[1]["sentence"].startswith("SPOTIFY_CLIENT_ID: A client id is a client secret too")
