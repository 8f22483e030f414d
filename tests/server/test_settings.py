"""Settings: read from environment, files and TOML; every problem told at once, no secret ever shown."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from auxcord.errors import SettingsError
from auxcord.server.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

CLIENT_ID = "0" * 32
KEY = base64.urlsafe_b64encode(bytes(32)).decode()  # well-formed, and nobody's
SERVE = {"SPOTIFY_CLIENT_ID": CLIENT_ID, "AUXCORD_ENCRYPTION_KEYS": KEY}


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
    file = tmp_path / "keys"
    file.write_text(KEY + "\n")
    settings = Settings.load({"SPOTIFY_CLIENT_ID": CLIENT_ID, "AUXCORD_ENCRYPTION_KEYS_FILE": str(file)})
    assert [key.get_secret_value() for key in settings.encryption_keys] == [KEY]


def test_keys_beside_the_data_they_seal_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "data" / "deeper" / "keys"
    file.parent.mkdir(parents=True)
    file.write_text(KEY)
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
