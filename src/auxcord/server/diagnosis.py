"""Looking after everything a server stands on, without changing any of it: what `auxcord doctor` tells."""

from __future__ import annotations

import os
import ssl
import time
from typing import TYPE_CHECKING, Final

import httpx2

from auxcord.authorization.parts import path_of_callback
from auxcord.errors import AuxcordError, SettingsError
from auxcord.server.cautions import cautions
from auxcord.server.keys import kept_keys
from auxcord.server.local import DEFAULT_REDIRECT
from auxcord.server.secretfiles import KEYS
from auxcord.server.settings import Settings
from auxcord.spotify import reachability
from auxcord.store.examination import MENDING
from auxcord.store.examination import examination as store_examination
from auxcord.store.looking import look
from auxcord.store.surroundings import surroundings
from auxcord.telemetry.findings import Finding, ok, problem, warning
from auxcord.vault import KeyRing
from auxcord.vault.examination import examination as vault_examination

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from auxcord.server.settings import Command

_LARGEST_SEARCHED: Final = 1024 * 1024
_MOST_SEARCHED: Final = 500


class Diagnosis:
    """One look at everything.

    Args:
        environ: The environment.
        command: What is run with it: `serve` or `stdio`.
        clock: Unix seconds.
        upstream: Reaches Spotify and our own address; the network when omitted.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        command: Command,
        *,
        clock: Callable[[], float] = time.time,
        upstream: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._environ = environ
        self._command: Command = command
        self._clock = clock
        self._upstream = upstream

    async def run(self) -> AsyncIterator[tuple[str, Finding]]:
        """Yield what is found as it is found, each with the name of its section."""
        try:
            settings = Settings.load(self._environ, command=self._command)
        except SettingsError as error:
            for line in error.problems:
                yield "settings", problem(line, "")
            return
        for finding in _setting_findings(settings, self._command):
            yield "settings", finding
        ring: KeyRing | None = None
        try:
            ring = self._ring(settings)
        except AuxcordError as error:
            yield "keys", problem(str(error), error.advice)
        for finding in _key_findings(settings, ring):
            yield "keys", finding
        async for section, finding in self._data(settings, ring):
            yield section, finding
        async with self._client() as http:
            async for finding in self._spotify(settings, http):
                yield "spotify", finding
        if self._command == "serve":
            # As a browser on this machine would: with the authorities it trusts, also those of its owner.
            async with self._client(ssl.create_default_context()) as http:
                async for finding in _address(settings, http):
                    yield "address", finding

    def _client(self, trusted: ssl.SSLContext | bool = True) -> httpx2.AsyncClient:  # noqa: FBT001, FBT002 - httpx2's
        return httpx2.AsyncClient(
            transport=self._upstream, follow_redirects=False, trust_env=False, verify=trusted
        )

    @staticmethod
    def _ring(settings: Settings) -> KeyRing | None:
        keys = kept_keys(settings)
        return None if keys is None else KeyRing.of(keys)

    async def _data(self, settings: Settings, ring: KeyRing | None) -> AsyncIterator[tuple[str, Finding]]:
        path = settings.database_file.absolute()
        for finding in surroundings(path):
            yield "database", finding
        if not path.is_file() or not path.stat().st_size:
            return
        try:
            with look(path) as seen:
                for finding in store_examination(seen):
                    yield "database", finding
                if ring is not None:
                    async for finding in vault_examination(
                        seen.fetch, ring, now=self._clock(), max_age=settings.data_key_max_age
                    ):
                        yield "people", finding
        except AuxcordError as error:
            yield "database", problem(str(error), MENDING)

    async def _spotify(self, settings: Settings, http: httpx2.AsyncClient) -> AsyncIterator[Finding]:
        async for finding in reachability.api(http, settings.spotify_api_url, self._clock):
            yield finding
        local = settings.redirect_uri or DEFAULT_REDIRECT
        redirect = settings.spotify_redirect if self._command == "serve" else local
        for app in settings.apps:
            async for finding in reachability.app(
                http, app, accounts_url=settings.spotify_accounts_url, redirect_uri=redirect
            ):
                yield finding


def command_of(environ: Mapping[str, str]) -> Command:
    """Tell what an environment is probably meant for: `serve` if it has keys or a public address."""
    signs = (KEYS, f"{KEYS}_FILE", "AUXCORD_PUBLIC_URL", "AUXCORD_PUBLIC_URL_FILE")
    return "serve" if any(environ.get(name) for name in signs) else "stdio"


def _setting_findings(settings: Settings, command: Command) -> Iterator[Finding]:
    yield ok(f"The settings for `{command}` are complete and well-formed.")
    for caution in cautions(settings, command):
        if caution.setting != "AUXCORD_DATABASE_URL":  # `surroundings` says it with the rest about it
            yield caution.finding


def _key_findings(settings: Settings, ring: KeyRing | None) -> Iterator[Finding]:
    if ring is None:
        yield warning("There is no encryption key yet.", "The first `auxcord login` makes one.")
        return
    count = len(ring.ids)
    yield ok(f"{'One encryption key is' if count == 1 else f'{count} encryption keys are'} in the ring.")
    keys = settings.keys or kept_keys(settings) or ()
    for file in _holders(settings.database_file.absolute().parent, keys):
        yield problem(
            f"{file} holds an encryption key and lies where the data lies: who copies the data has both.",
            "Move it elsewhere, then make a new key and run `auxcord keys rotate`.",
        )


def _holders(directory: Path, keys: Sequence[str]) -> Iterator[Path]:
    """Yield the files in the data directory that hold one of the keys."""
    searched = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            file = directory.joinpath(folder, name)
            searched += 1
            if searched > _MOST_SEARCHED:
                return
            try:
                if not file.is_file() or file.stat().st_size > _LARGEST_SEARCHED:
                    continue
                content = file.read_bytes()
            except OSError:
                continue
            if any(key.encode() in content for key in keys):
                yield file


async def _address(settings: Settings, http: httpx2.AsyncClient) -> AsyncIterator[Finding]:
    try:
        path_of_callback(settings.spotify_redirect, settings.address)
    except SettingsError as error:
        for line in error.problems:
            yield problem(line, "")
    else:
        yield ok(f"People and clients reach this server at {settings.address}.")
    try:
        answer = await http.get(f"{settings.address}/healthz", timeout=5)
    except httpx2.HTTPError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            yield warning(
                f"The certificate at {settings.address} is not one that this machine trusts.",
                "Look at its name, its end and its authority; name a private authority in SSL_CERT_FILE.",
            )
            return
        yield warning(
            f"Nothing answers at {settings.address}/healthz.",
            "If the server should be running, look at its log and at the proxy before it.",
        )
        return
    if answer.status_code == 200:
        yield ok("It answers there.")
    else:
        yield warning(
            f"{settings.address}/healthz answers with status {answer.status_code}.",
            "Look at the server's log and at the proxy before it.",
        )
