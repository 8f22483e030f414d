"""Where the encryption keys of this computer's one person are kept: a private file, or the system's keyring.

A key is made when Auxcord is first used. None is ever made where data lies already, because it would not open
that data, and none is accepted beside the data.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from typing import TYPE_CHECKING, Final, Protocol

from auxcord.errors import KeyRingError
from auxcord.server.secretfiles import lies_in
from auxcord.server.variables import default_keys_file
from auxcord.store.files import PRIVATE_FILE, make_directories
from auxcord.vault import KeyRing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from auxcord.server.settings import Settings

KEYRING_SERVICE: Final = "auxcord"
KEYRING_NAME: Final = "encryption-keys"
_LARGEST: Final = 64 * 1024
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def local_keys(settings: Settings) -> Sequence[str]:
    """Return the encryption keys of this computer's one person, newest first.

    They are those of AUXCORD_ENCRYPTION_KEYS; without it, those kept where AUXCORD_KEY_SOURCE says. A key is
    made there while there is no data yet.

    Raises:
        KeyRingError: Data exists without its key, or where the key is kept cannot be used or is not private.
    """
    if settings.encryption_keys:
        return settings.keys
    source = _source(settings)
    with _readable(source):
        kept = _read(source, settings.database_file)
        if kept is None:
            with _alone(default_keys_file().with_name("lock")):
                kept = _read(source, settings.database_file)
                if kept is None:  # still: no other process has made one meanwhile
                    kept = _made(source)
    return _listed(source, kept)


def kept_keys(settings: Settings) -> Sequence[str] | None:
    """Return what `local_keys` would, but make no key; None if there is neither a key nor any data yet.

    Raises:
        KeyRingError: See `local_keys`.
    """
    if settings.encryption_keys:
        return settings.keys
    source = _source(settings)
    with _readable(source):
        kept = _read(source, settings.database_file)
    return None if kept is None else _listed(source, kept)


def _source(settings: Settings) -> KeySource:
    return SystemKeyring() if settings.key_source == "keyring" else KeyFile(default_keys_file())


def _read(source: KeySource, database: Path) -> str | None:
    source.require_apart(database.absolute())
    kept = source.read()
    if kept is None:
        _require_no_data(source, database)
    return kept


@contextlib.contextmanager
def _readable(source: KeySource) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it holds something that is not text"
        raise KeyRingError(f"{source} cannot be used: {reason}.", advice=source.advice) from error


def _listed(source: KeySource, kept: str) -> Sequence[str]:
    keys = kept.replace(",", " ").split()
    if not keys:
        raise KeyRingError(f"{source} holds no key.", advice=source.advice)
    return keys


class KeySource(Protocol):
    """A place where keys are kept; `str` names it.

    Attributes:
        absence: How to say that it holds nothing.
        advice: What to do about that.
    """

    absence: str
    advice: str

    def require_apart(self, database: Path) -> None:
        """Insist that who copies the data does not have the keys."""
        ...

    def read(self) -> str | None:
        """Return the keys, None if there is nothing."""
        ...

    def keep(self, key: str) -> None:
        """Keep the first key."""
        ...


class KeyFile:
    """A file that nobody else can read, in a directory that nobody else can change."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.absence = f"the key file {file} is missing"
        self.advice = f"Restore {file}, or name another place with AUXCORD_ENCRYPTION_KEYS_FILE."

    def __str__(self) -> str:
        return f"The key file {self._file}"

    def require_apart(self, database: Path) -> None:
        """Insist that the file does not lie in the directory of the data.

        Raises:
            KeyRingError: It does.
        """
        if lies_in(self._file, database):
            raise KeyRingError(
                f"{self} lies in the data directory {database.parent}, so that who copies the data has it.",
                advice="Let AUXCORD_DATABASE_URL name a file in a directory of its own.",
            )

    def read(self) -> str | None:
        """Return the keys, None if there is no such file.

        Raises:
            KeyRingError: Others can read or replace it.
        """
        try:
            with self._file.open("rb") as stream:
                self._require_private(os.fstat(stream.fileno()), self._file.parent.stat())
                return stream.read(_LARGEST).decode("ascii")
        except FileNotFoundError:
            return None

    def keep(self, key: str) -> None:
        """Write the file as a whole or not at all, private from the first instant."""
        make_directories(self._file.parent)
        new = self._file.with_name(f"{self._file.name}.new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(f"{key}\n")
            stream.flush()
            os.fsync(stream.fileno())
        new.rename(self._file)
        if os.name == "posix":
            _fsync_directory(self._file.parent)

    def _require_private(self, file: os.stat_result, directory: os.stat_result) -> None:
        if os.name != "posix":
            return
        if file.st_mode & _OTHERS:
            raise KeyRingError(f"{self} can be read by others.", advice=f"Run: chmod 600 {self._file}")
        if directory.st_mode & _OTHERS_WRITE:
            raise KeyRingError(
                f"{self} can be replaced by others.", advice=f"Run: chmod 700 {self._file.parent}"
            )


class SystemKeyring:
    """The system's keyring (Keychain, Credential Locker, Secret Service, KWallet), by the package `keyring`.

    Raises:
        KeyRingError: The package is not installed.
    """

    absence = "the system keyring holds no key"
    advice = (
        f"Put the keys there with `keyring set {KEYRING_SERVICE} {KEYRING_NAME}`, or, if they are in a key "
        "file, unset AUXCORD_KEY_SOURCE."
    )

    def __init__(self) -> None:
        self._keyring = _installed()

    def __str__(self) -> str:
        return "The system keyring"

    def require_apart(self, database: Path) -> None:
        """Nothing to insist on: where the system keeps it is not the data directory."""

    def read(self) -> str | None:
        """Return the keys, None if there are none.

        Raises:
            KeyRingError: There is no keyring, or it refuses.
        """
        try:
            kept = self._keyring.get_password(KEYRING_SERVICE, KEYRING_NAME)
        except Exception as error:  # every backend has exceptions of its own
            raise self._refused(error) from error
        return None if kept is None else str(kept)

    def keep(self, key: str) -> None:
        """Keep the first key; see `read`."""
        try:
            self._keyring.set_password(KEYRING_SERVICE, KEYRING_NAME, key)
        except Exception as error:
            raise self._refused(error) from error

    def _refused(self, error: Exception) -> KeyRingError:
        if isinstance(error, self._keyring.errors.NoKeyringError):
            return KeyRingError(
                "AUXCORD_KEY_SOURCE is keyring, but this system has no keyring that could be used.",
                advice="Unset AUXCORD_KEY_SOURCE to use a key file, or set up a keyring.",
            )
        return KeyRingError(
            f"The system keyring refuses ({type(error).__name__}).", advice="Unlock it, and start again."
        )


def _installed() -> ModuleType:
    try:
        import keyring  # noqa: PLC0415 - an optional package, needed by this source alone
        import keyring.errors  # noqa: PLC0415 - as above
    except ImportError as error:
        raise KeyRingError(
            "AUXCORD_KEY_SOURCE is keyring, but the Python package keyring is not installed.",
            advice="Install auxcord[keyring], or unset AUXCORD_KEY_SOURCE to use a key file.",
        ) from error
    return keyring


def _require_no_data(source: KeySource, database: Path) -> None:
    if database.exists():
        raise KeyRingError(
            f"The data in {database} is sealed, but {source.absence}.",
            advice=f"{source.advice} To start anew instead, remove the data and run `auxcord login`.",
        )


def _made(source: KeySource) -> str:
    key = KeyRing.new_key()
    source.keep(key)
    if (source.read() or "").strip() != key:
        raise KeyRingError(f"{source} does not keep what is put there.", advice="Use a key file instead.")
    return key


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process at a time make a key: the other has to find it and not to make another."""
    make_directories(lock.parent)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # given back when the file is closed
        else:
            import fcntl  # noqa: PLC0415 - exists elsewhere only

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _fsync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
