"""T31: names of music, parameters, scopes, cursors, headers and settings are read, or refused in our words

Whatever they are given. The long form (`AUXCORD_TEST_FORM=nightly`) is fifty times as long, and another
one each time.
"""

from __future__ import annotations

import ipaddress
import re
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from auxcord.authorization.cookies import cookie_of
from auxcord.authorization.fetching import _freshness
from auxcord.authorization.limits import address_of
from auxcord.authorization.parameters import ParameterError, single
from auxcord.authorization.scopes import SCOPES, level_for, names_of, permissions_of
from auxcord.authorization.tokens import Kind, is_token, new_token
from auxcord.caller import LEVELS, Cursors
from auxcord.errors import InputError, SettingsError
from auxcord.server.settings import Settings
from auxcord.spotify import uris
from auxcord.spotify.refusals import retry_after, said
from auxcord.store.engine import Store
from auxcord.vault import KeyRing, Vault
from tests.security.fuzzing.reading import EXAMPLES, FORM, Tally, addresses, anything

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Figures


pytestmark = pytest.mark.timeout(3600)  # at night


def test_what_names_a_thing_at_spotify_names_the_same_when_read_again(figures: Figures) -> None:
    tally, refusals = Tally(), set[str]()
    known = "11dFghVXANMlKmJXsNCbNl"
    seeds = (
        f"spotify:track:{known}",
        f"https://open.spotify.com/intl-de/track/{known}?si=x",
        f"open.spotify.com/embed/album/{known}",
        f"spotify:user:someone:playlist:{known}",
        known,
    )

    @FORM
    @given(addresses(seeds), st.sampled_from([None, *uris.Kind]))
    def check(text: str, default: uris.Kind | None) -> None:
        tally.tried += 1
        try:
            uri = uris.parse(text, default)
        except InputError as error:
            refusals.add(f"{error} {error.advice}")
            return
        tally.accepted.append(str(uri))
        assert uris.parse(str(uri)) == uris.parse(uri.link) == uri
        assert re.fullmatch(r"[^\s/?&:]{1,128}", uri.id)
        assert uri.type is uris.Kind.USER or uris.checked_id(uri.id) == uri.id

    check()
    assert [said for said in refusals if not said.isprintable()] == []
    tally.report(figures, "Spotify URIs and links", least=50)


def test_parameters_occur_once_or_are_refused(figures: Figures) -> None:
    tally, refusals = Tally(), set[str]()
    names = st.sampled_from(["code", "state", "client_id", ""]) | anything

    @FORM
    @given(st.lists(st.tuples(names, anything), max_size=6))
    def check(pairs: list[tuple[str, str]]) -> None:
        tally.tried += 1
        try:
            found = single(pairs)
        except ParameterError as error:
            refusals.add(str(error))
            return
        tally.accepted.append("")
        assert found == {name: value for name, value in pairs if value}

    check()
    assert refusals <= {"A parameter is repeated.", "A parameter is too long."}
    tally.report(figures, "parameters", least=50)


def test_scopes_are_what_we_know_among_what_was_said(figures: Figures) -> None:
    tally = Tally()

    @FORM
    @given(st.lists(st.sampled_from(SCOPES) | anything, max_size=5))
    def check(names: list[str]) -> None:
        tally.tried += 1
        asked = " ".join(names).split()
        permissions = permissions_of(asked)
        assert set(names_of(permissions)) == set(asked) & set(SCOPES)
        level = level_for(permissions)
        tally.accepted.append(level)
        assert LEVELS[level] <= permissions or level == next(iter(LEVELS))

    check()
    tally.report(figures, "scopes")


def _request(headers: list[tuple[bytes, bytes]], client: object = ("127.0.0.1", 1)) -> Any:
    return HTTPConnection({"type": "http", "headers": headers, "client": client})


def test_addresses_tokens_cookies_and_headers_are_read_or_count_as_none(figures: Figures) -> None:
    tally = Tally()
    real = new_token(Kind.ACCESS)

    @FORM
    @given(anything, st.binary(max_size=60), addresses((real,)))
    def check(text: str, raw: bytes, token: str) -> None:
        tally.tried += 1
        address = address_of(_request([], (text, 1)))
        assert address == "" or ipaddress.ip_network(address, strict=False)
        cookie = cookie_of(_request([(b"cookie", raw)]), "aux_account")
        assert cookie is None or raw.count(b"aux_account") == 1
        assert is_token(token, Kind.ACCESS) == (token == real)
        after = retry_after({"retry-after": text})
        assert after is None or after >= 0
        fresh = _freshness({"cache-control": text.lower()})
        assert 60 <= fresh <= 24 * 3600
        told = said(raw)
        assert f"{told.message}{told.reason}".isprintable()
        tally.accepted.append(address)

    check()
    tally.report(figures, "addresses, tokens, cookies and headers")


def test_a_cursor_that_we_did_not_give_is_refused_in_a_sentence(tmp_path: Path, figures: Figures) -> None:
    tally = Tally()
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'auxcord.sqlite3'}")
    vault = Vault(store, KeyRing.of([KeyRing.new_key()]), clock=time.time)
    cursors = Cursors(vault, "a person")
    given_out = tuple(cursors.seal("a listing", place) for place in (20, "a place"))

    @FORM
    @given(addresses(given_out), st.sampled_from(["a listing", "another"]))
    def check(cursor: str, listing: str) -> None:
        tally.tried += 1
        try:
            place = cursors.open_(listing, cursor)
        except InputError:
            return
        tally.accepted.append(cursor)
        assert (listing, place in {20, "a place"}) == ("a listing", True)

    check()
    tally.report(figures, "cursors")


SETTINGS: Final[dict[str, str]] = {
    "SPOTIFY_CLIENT_ID": "0" * 32,
    "SPOTIFY_CLIENT_SECRET": "not-a-secret-but-long-enough-here",
    "AUXCORD_PUBLIC_URL": "http://127.0.0.1:8000",
    "AUXCORD_ENCRYPTION_KEYS": KeyRing.new_key(),
}


def test_settings_are_read_or_refused_line_by_line_and_no_secret_is_repeated(figures: Figures) -> None:
    tally, refusals = Tally(), list[tuple[tuple[str, ...], dict[str, str]]]()
    names = sorted({*SETTINGS, *(f"AUXCORD_{name.upper()}" for name in Settings.model_fields)})
    value = addresses((*SETTINGS.values(), "100/min", "127.0.0.1,10.0.0.0/8", "3600", "true", "info"))

    @settings(FORM, max_examples=max(EXAMPLES // 4, 200))
    @given(st.dictionaries(st.sampled_from(names), value.filter(lambda text: "\0" not in text), max_size=3))
    def check(changes: dict[str, str]) -> None:
        tally.tried += 1
        environment = {**SETTINGS, **changes}
        try:
            Settings.load(environment)
        except SettingsError as error:
            refusals.append((error.problems, environment))
            return
        tally.accepted.append("")

    check()
    for problems, environment in refusals:
        told = "\n".join(problems)
        assert problems
        assert told.count("\n") == len(problems) - 1
        for name in ("SPOTIFY_CLIENT_SECRET", "AUXCORD_ENCRYPTION_KEYS"):
            secret = environment[name]
            assert len(secret) < 12 or secret not in told, name
    figures.measure("examples for settings", tally.tried, ">= 100")
    figures.measure("of those accepted (settings)", len(tally.accepted), ">= 5")
