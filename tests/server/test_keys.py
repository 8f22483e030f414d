"""Where one person's keys are kept: private, apart from the data, never made where data lies already."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked

from auxcord.errors import KeyRingError
from auxcord.server.keys import KEYRING_NAME, KEYRING_SERVICE, local_keys
from auxcord.server.settings import Settings
from auxcord.server.variables import default_keys_file
from auxcord.vault import KeyRing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENT = {"SPOTIFY_CLIENT_ID": "0" * 32}
MAKING = "from auxcord.server.keys import local_keys; from auxcord.server.settings import Settings; "
MAKING += "import sys; sys.stdin.readline(); print(*local_keys(Settings.load(command='stdio')))"


class Locker(KeyringBackend):
    """A keyring in memory; what it does wrong is set by the test."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = self.forgetful = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("a long\nstory")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if not self.forgetful:
            self.kept[service, username] = password


@pytest.fixture
def locker(place: Path) -> Locker:
    locker = Locker()
    keyring.set_keyring(locker)
    return locker


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own for each test, and no keyring but the test's."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    yield tmp_path
    keyring.set_keyring(before)


def settings(**values: str) -> Settings:
    return Settings.load(CLIENT | values, command="stdio")


def with_keyring() -> Settings:
    return settings(AUXCORD_KEY_SOURCE="keyring")


def data(chosen: Settings) -> Path:
    """Put something where the data lies."""
    chosen.database_file.parent.mkdir(parents=True)
    chosen.database_file.write_bytes(b"sealed")
    return chosen.database_file


def everything(place: Path) -> list[Path]:
    return sorted(place.rglob("*"))


def refusal(chosen: Settings) -> str:
    with pytest.raises(KeyRingError) as caught:
        local_keys(chosen)
    sentence = f"{caught.value} {caught.value.advice}"
    assert "\n" not in sentence
    assert caught.value.advice
    return sentence


def test_a_key_is_made_at_first_and_found_ever_after(place: Path) -> None:
    (key,) = local_keys(settings())
    assert KeyRing.of([key])
    assert list(local_keys(settings())) == [key]
    data(settings())
    assert list(local_keys(settings())) == [key]


def test_keys_that_are_given_win_and_no_file_is_made(place: Path) -> None:
    given = KeyRing.new_key()
    assert list(local_keys(settings(AUXCORD_ENCRYPTION_KEYS=given))) == [given]
    assert everything(place) == []


def test_the_file_and_every_directory_made_for_it_are_private_whatever_the_umask(place: Path) -> None:
    before = os.umask(0o000)
    try:
        local_keys(settings())
    finally:
        os.umask(before)
    made = everything(place)
    assert default_keys_file() in made
    for path in made:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert default_keys_file().with_name("encryption-keys.new") not in made


def test_processes_that_start_together_find_the_same_key(place: Path) -> None:
    env = {**os.environ, **CLIENT}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", MAKING], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=60)[0] for process in started}
    assert keys == {default_keys_file().read_text()}


@pytest.mark.parametrize("source", ["file", "keyring"])
def test_no_key_is_made_where_data_lies_already(source: str, place: Path, locker: Locker) -> None:
    chosen = settings(AUXCORD_KEY_SOURCE=source)
    file = data(chosen)
    before = everything(place)
    sentence = refusal(chosen)
    assert str(file) in sentence
    assert ("key file" if source == "file" else "system keyring holds no key") in sentence
    assert everything(place) == before
    assert locker.kept == {}


@pytest.mark.parametrize(
    ("mode", "says"), [(0o644, "chmod 600"), (0o640, "chmod 600"), (0o604, "chmod 600"), (0o620, "chmod 600")]
)
def test_a_key_file_that_is_not_private_is_refused(mode: int, says: str) -> None:
    local_keys(settings())
    default_keys_file().chmod(mode)
    assert says in refusal(settings())


def test_a_key_file_that_others_could_replace_is_refused() -> None:
    local_keys(settings())
    default_keys_file().parent.chmod(0o777)
    assert "chmod 700" in refusal(settings())


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "holds no key"), (b" \n,", "holds no key"), (b"\xff", "not text")]
)
def test_a_key_file_without_a_key_is_refused_and_left_as_it_is(content: bytes, says: str) -> None:
    local_keys(settings())
    default_keys_file().write_bytes(content)
    assert says in refusal(settings())
    assert default_keys_file().read_bytes() == content


def test_a_key_file_that_cannot_be_read_is_refused() -> None:
    default_keys_file().mkdir(parents=True)
    assert "Is a directory" in refusal(settings())


def test_a_key_file_may_hold_several_keys_newest_first() -> None:
    keys = [KeyRing.new_key(), KeyRing.new_key()]
    local_keys(settings())
    for text in ("\n".join(keys), ", ".join(keys)):
        default_keys_file().write_text(text)
        assert list(local_keys(settings())) == keys


def test_a_key_file_in_the_data_directory_is_refused_before_it_is_made(place: Path) -> None:
    beside = settings(AUXCORD_DATABASE_URL=f"sqlite+aiosqlite:///{place / 'config' / 'auxcord.sqlite3'}")
    assert "lies in the data directory" in refusal(beside)
    assert everything(place) == []


def test_a_key_file_linked_into_the_data_directory_is_refused(place: Path) -> None:
    local_keys(settings())
    elsewhere = place / "data" / "auxcord" / "moved"
    elsewhere.parent.mkdir(parents=True)
    default_keys_file().rename(elsewhere)
    default_keys_file().symlink_to(elsewhere)
    assert "lies in the data directory" in refusal(settings())


def test_the_keyring_keeps_the_key_and_no_file_holds_it(place: Path, locker: Locker) -> None:
    (key,) = local_keys(with_keyring())
    assert locker.kept == {(KEYRING_SERVICE, KEYRING_NAME): key}
    data(with_keyring())
    assert list(local_keys(with_keyring())) == [key]
    assert all(key.encode() not in path.read_bytes() for path in everything(place) if path.is_file())
    newer = KeyRing.new_key()
    locker.kept[KEYRING_SERVICE, KEYRING_NAME] = f"{newer}, {key}"
    assert list(local_keys(with_keyring())) == [newer, key]


def test_a_keyring_that_refuses_or_forgets_is_told_in_one_sentence(locker: Locker) -> None:
    locker.forgetful = True
    assert "does not keep" in refusal(with_keyring())
    locker.locked = True
    assert "The system keyring refuses (KeyringLocked). Unlock it" in refusal(with_keyring())


def test_a_system_without_a_keyring_is_told_in_one_sentence() -> None:
    assert "no keyring that could be used" in refusal(with_keyring())


def test_without_the_package_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "auxcord[keyring]" in refusal(with_keyring())
