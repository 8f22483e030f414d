"""Settings: read from environment, files and TOML; every problem told at once, no secret ever shown."""

from __future__ import annotations

import base64
import os
import stat
from typing import TYPE_CHECKING

import pytest

from auxcord.authorization.limits import RATES
from auxcord.errors import SettingsError
from auxcord.server.secretfiles import exposed
from auxcord.server.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

CLIENT_ID = "0" * 32
KEY = base64.urlsafe_b64encode(bytes(32)).decode()  # well-formed, and nobody's
SERVE = {"SPOTIFY_CLIENT_ID": CLIENT_ID, "AUXCORD_ENCRYPTION_KEYS": KEY}


def private(file: Path, content: str) -> Path:
    """Write a file that nobody else can read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(content)
    return file


def problems_of(environ: dict[str, str], command: str = "serve") -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environ, command=command)  # type: ignore[arg-type]
    return caught.value.problems


def test_stdio_needs_only_a_client_id() -> None:
    settings = Settings.load({"SPOTIFY_CLIENT_ID": CLIENT_ID}, command="stdio")
    assert settings.client_id == CLIENT_ID
    assert settings.database_url.startswith("sqlite+aiosqlite:///")


def test_serve_derives_its_address_and_redirect_from_the_port() -> None:
    settings = Settings.load(SERVE | {"AUXCORD_PORT": "9123"})
    assert settings.address == "http://127.0.0.1:9123"
    assert settings.spotify_redirect == "http://127.0.0.1:9123/callback"


def test_everything_that_is_missing_is_told_at_once_with_example_and_source() -> None:
    problems = problems_of({"AUXCORD_HOST": "0.0.0.0"})  # noqa: S104 - the value under test
    assert {problem.split()[0] for problem in problems} == {
        "SPOTIFY_CLIENT_ID",
        "AUXCORD_ENCRYPTION_KEYS",
        "AUXCORD_PUBLIC_URL",
    }
    assert all("Example: " in problem for problem in problems)
    assert any("auxcord keys new" in problem for problem in problems)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SPOTIFY_CLIENT_ID", "abc", "32 hexadecimal digits"),
        ("AUXCORD_PORT", "70000", "65535"),
        ("AUXCORD_PORT", "http", "integer"),
        ("AUXCORD_PUBLIC_URL", "http://music.example.org", "https"),
        ("AUXCORD_PUBLIC_URL", "music.example.org", "http or https"),
        ("AUXCORD_PUBLIC_URL", "https://user:pass@music.example.org", "user name"),
        ("AUXCORD_SPOTIFY_API_URL", "http://api.example.org/v1", "https"),
        ("SPOTIFY_REDIRECT_URI", "http://localhost:8000/callback", "Spotify refuses localhost"),
        ("AUXCORD_LOG_LEVEL", "loud", "'debug'"),
        ("AUXCORD_DATABASE_URL", "mysql://x", "sqlite+aiosqlite"),
        ("AUXCORD_ENCRYPTION_KEYS", f"{KEY},short", "position 2"),
    ],
)
def test_a_malformed_value_is_one_sentence_naming_the_setting(name: str, value: str, says: str) -> None:
    (problem,) = problems_of(SERVE | {name: value})
    assert problem.startswith(name)
    assert says in problem
    assert "\n" not in problem


def test_a_malformed_secret_is_never_shown() -> None:
    secret = "test-value-that-must-stay-hidden"
    problems = problems_of(SERVE | {"AUXCORD_ENCRYPTION_KEYS": secret, "SPOTIFY_CLIENT_ID": "x"})
    assert secret not in "".join(problems)
    settings = Settings.load(SERVE | {"SPOTIFY_CLIENT_SECRET": secret})
    assert secret not in repr(settings)
    assert KEY not in repr(settings)


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    (problem,) = problems_of(SERVE | {"AUXCORD_PUBLC_URL": "x"})
    assert problem == "AUXCORD_PUBLC_URL is not a setting. Did you mean AUXCORD_PUBLIC_URL?"


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = private(tmp_path / "keys", KEY + "\n")
    settings = Settings.load({"SPOTIFY_CLIENT_ID": CLIENT_ID, "AUXCORD_ENCRYPTION_KEYS_FILE": str(file)})
    assert [key.get_secret_value() for key in settings.encryption_keys] == [KEY]


def test_keys_beside_the_data_they_seal_are_refused(tmp_path: Path) -> None:
    file = private(tmp_path / "data" / "deeper" / "keys", KEY)
    environ = {"SPOTIFY_CLIENT_ID": CLIENT_ID, "AUXCORD_ENCRYPTION_KEYS_FILE": str(file)}
    beside = f"sqlite+aiosqlite:///{tmp_path}/data/auxcord.sqlite3"
    (problem,) = problems_of(environ | {"AUXCORD_DATABASE_URL": beside})
    assert "lies in the data directory" in problem
    apart = f"sqlite+aiosqlite:///{tmp_path}/elsewhere/auxcord.sqlite3"
    assert Settings.load(environ | {"AUXCORD_DATABASE_URL": apart}).encryption_keys


def test_a_secret_given_twice_or_in_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    (twice,) = problems_of(SERVE | {"AUXCORD_ENCRYPTION_KEYS_FILE": str(tmp_path)})
    assert "both set" in twice
    unreadable = problems_of({"SPOTIFY_CLIENT_ID_FILE": str(tmp_path / "absent")}, "stdio")
    assert "SPOTIFY_CLIENT_ID_FILE cannot be read: No such file or directory" in unreadable[0]


def test_the_environment_wins_over_the_toml_file(tmp_path: Path) -> None:
    file = tmp_path / "auxcord.toml"
    file.write_text(f'SPOTIFY_CLIENT_ID = "{CLIENT_ID}"\nAUXCORD_PORT = 9001\nAUXCORD_LOG_LEVEL = "debug"\n')
    settings = Settings.load({"AUXCORD_CONFIG": str(file), "AUXCORD_PORT": "9002"}, command="stdio")
    assert (settings.port, settings.log_level) == (9002, "debug")


def test_unknown_names_and_broken_files_of_toml_are_told(tmp_path: Path) -> None:
    file = tmp_path / "auxcord.toml"
    file.write_text("AUXCORD_PROT = 1\n")
    environ = {"AUXCORD_CONFIG": str(file), "SPOTIFY_CLIENT_ID": CLIENT_ID}
    assert "Did you mean AUXCORD_PORT?" in problems_of(environ, "stdio")[0]
    file.write_text("= broken")
    assert "not TOML" in problems_of(environ, "stdio")[0]


def test_keys_beside_the_data_are_refused_by_whatever_path_they_are_reached(tmp_path: Path) -> None:
    """A link to the file, a link to the directory, a link in the place of the database."""
    keys = private(tmp_path / "data" / "keys", KEY)
    outside = private(tmp_path / "outside" / "keys", KEY)
    (tmp_path / "link-to-keys").symlink_to(keys)
    (tmp_path / "link-to-data").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "link-out").symlink_to(outside)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "auxcord.sqlite3").symlink_to(tmp_path / "data" / "auxcord.sqlite3")
    for database, file in [
        ("data", "link-to-keys"),
        ("data", "link-to-data/keys"),
        ("link-to-data", "data/keys"),
        ("elsewhere", "data/keys"),
        ("data", "data/link-out"),
        ("data/../data", "outside/../data/keys"),
    ]:
        environ = {
            "SPOTIFY_CLIENT_ID": CLIENT_ID,
            "AUXCORD_ENCRYPTION_KEYS_FILE": str(tmp_path / file),
            "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / database}/auxcord.sqlite3",
        }
        assert "lies in the data directory" in problems_of(environ)[0], (database, file)
    environ["AUXCORD_ENCRYPTION_KEYS_FILE"] = str(outside)
    assert Settings.load(environ).keys == (KEY,)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o602, 0o660])
@pytest.mark.parametrize("name", ["AUXCORD_ENCRYPTION_KEYS", "SPOTIFY_CLIENT_SECRET", "AUXCORD_SPOTIFY_APPS"])
def test_a_file_that_holds_a_secret_is_refused_when_others_can_read_it(
    tmp_path: Path, name: str, mode: int
) -> None:
    value = {"SPOTIFY_CLIENT_SECRET": "not-real", "AUXCORD_SPOTIFY_APPS": f"{'1' * 32}:not-real"}.get(
        name, KEY
    )
    file = private(tmp_path / "secret", value)
    environ = {n: v for n, v in SERVE.items() if n != name} | {f"{name}_FILE": str(file)}
    assert Settings.load(environ)
    file.chmod(mode)
    (problem,) = problems_of(environ)
    assert problem.startswith(f"{name}_FILE can be read by others")
    assert problem.endswith(f"Run: chmod 600 {file}")
    toml = private(tmp_path / "auxcord.toml", f'{name} = "{value}"\n')
    environ = {n: v for n, v in SERVE.items() if n != name} | {"AUXCORD_CONFIG": str(toml)}
    assert Settings.load(environ)
    toml.chmod(mode)
    (problem,) = problems_of(environ)
    assert problem.startswith("AUXCORD_CONFIG can be read by others")


def test_a_group_may_read_a_secret_where_only_by_the_group_we_read_it_ourselves() -> None:
    def status(mode: int, uid: int, gid: int) -> os.stat_result:
        return os.stat_result((stat.S_IFREG | mode, 0, 0, 1, uid, gid, 0, 0, 0, 0))

    ours, us = os.getegid(), os.geteuid()
    assert exposed("NAME", "path", status(0o440, us, ours))
    assert exposed("NAME", "path", status(0o460, us + 1, ours))
    assert exposed("NAME", "path", status(0o444, us + 1, ours))
    assert exposed("NAME", "path", status(0o440, us + 1, 54_321))
    assert exposed("NAME", "path", status(0o400, us + 1, ours)) == []
    assert bool(exposed("NAME", "path", status(0o440, us + 1, ours))) == (us == 0)


def test_a_file_without_secrets_may_be_read_by_anybody(tmp_path: Path) -> None:
    toml = tmp_path / "auxcord.toml"
    toml.write_text("AUXCORD_PORT = 9001\n")
    toml.chmod(0o644)
    assert Settings.load(SERVE | {"AUXCORD_CONFIG": str(toml)}).port == 9001


def test_an_empty_file_or_a_list_of_nothing_is_refused_and_not_taken_for_unset(tmp_path: Path) -> None:
    environ = {"SPOTIFY_CLIENT_ID": CLIENT_ID}
    empty = private(tmp_path / "keys", "\n")
    (problem,) = problems_of(environ | {"AUXCORD_ENCRYPTION_KEYS_FILE": str(empty)}, "stdio")
    assert problem.startswith("AUXCORD_ENCRYPTION_KEYS_FILE names an empty file.")
    for name in ("AUXCORD_ENCRYPTION_KEYS", "AUXCORD_ALLOWED_USERS"):
        (problem,) = problems_of(environ | {name: " , "}, "stdio")
        assert problem.startswith(f"{name} is empty.")


def test_the_toml_file_may_name_files_and_the_environment_still_wins(tmp_path: Path) -> None:
    keys = private(tmp_path / "keys", KEY)
    toml = tmp_path / "auxcord.toml"
    toml.write_text(f'SPOTIFY_CLIENT_ID = "{CLIENT_ID}"\nAUXCORD_ENCRYPTION_KEYS_FILE = "{keys}"\n')
    environ = {"AUXCORD_CONFIG": str(toml)}
    assert Settings.load(environ).keys == (KEY,)
    other = base64.urlsafe_b64encode(bytes(31) + b"1").decode()
    assert Settings.load(environ | {"AUXCORD_ENCRYPTION_KEYS": other}).keys == (other,)
    toml.write_text("AUXCORD_PORT_FILE = 7\n")
    (problem, *_) = problems_of(environ | SERVE)
    assert problem.startswith("AUXCORD_PORT_FILE cannot be read")


def test_keys_in_a_toml_file_beside_the_data_are_refused(tmp_path: Path) -> None:
    toml = private(tmp_path / "auxcord.toml", f'AUXCORD_ENCRYPTION_KEYS = "{KEY}"\n')
    environ = {"SPOTIFY_CLIENT_ID": CLIENT_ID, "AUXCORD_CONFIG": str(toml)}
    beside = {"AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/auxcord.sqlite3"}
    (problem,) = problems_of(environ | beside)
    assert problem.startswith("AUXCORD_CONFIG lies in the data directory")
    assert Settings.load(environ | beside | {"AUXCORD_ENCRYPTION_KEYS": KEY}).keys == (KEY,)


def test_keys_from_two_places_are_refused() -> None:
    (problem,) = problems_of(SERVE | {"AUXCORD_KEY_SOURCE": "keyring"})
    assert "AUXCORD_KEY_SOURCE is keyring, but AUXCORD_ENCRYPTION_KEYS is set too" in problem
    (problem,) = problems_of(SERVE | {"AUXCORD_KEY_SOURCE": "paper"})
    assert problem.startswith("AUXCORD_KEY_SOURCE")


def test_limits_that_nobody_sets_are_those_the_authorization_server_would_choose() -> None:
    settings = Settings.load(SERVE)
    chosen = (settings.rate_limit_tokens, settings.rate_limit_sign_ins, settings.rate_limit_registrations)
    assert chosen == RATES
