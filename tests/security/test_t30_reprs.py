"""T30: what holds a secret does not tell it, however it is written down

Every structure, named tuple, dataclass and model of the program is filled with canaries and written down in
each way there is, rich's among them, which asks structures for their fields behind the back of `repr`. A
field counts as secret by its name; which are none although they are called so, is said here, with why.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from msgspec import Struct
from rich.pretty import pretty_repr

from auxcord.telemetry import logs
from auxcord.telemetry.discretion import discreet
from tests.security.canaries.holders import fields_of, filled, kinds, written
from tests.security.canaries.search import PIECE, Needles, forms

if TYPE_CHECKING:
    from bench.figures import Figures

SECRET: Final = frozenset(
    {
        *("access_token", "refresh_token", "token", "client_secret", "secret", "spotify_apps"),
        *("encryption_keys", "key", "verifier", "code", "ticket", "state", "nonce", "csrf", "password"),
        *("headers", "body", "content", "email", "display_name"),
    }
)
"""What fields are called that hold a secret, or what a stranger sent that may hold one."""
NO_SECRET: Final = {
    "Link.state": "whether it works",
    "Linked.state": "whether it works",
    "Listed.state": "whether it works",
    "Problem.code": "the name of an error",
    "Sight.state": "what a player does",
    "Wrapped.token": "sealed under the key ring, as it lies in the store",
    "Line.content": "of the audit trail, which holds no secret",
    "AudioFeatures.key": "the key a song is in",
    "UserRef.display_name": "how Spotify names a playlist's owner to everybody",
    "Client.client_secret": "no client has one: all of them are public, whatever they ask for",
    "Fetched.body": "what a client publishes about itself",
}


def canary(name: str) -> str:
    """A value nothing else has."""
    return f"{name}-not-a-secret-{name[::-1]}"


def told_by(kind: type) -> set[str]:
    """Which secret fields of such a value somebody can read, `Class.field (how)`."""
    values = {name: canary(name) for name in fields_of(kind)}
    return {
        f"{kind.__name__}.{name} ({how})"
        for how, text in written(filled(kind, values))
        for name, value in values.items()
        if name in SECRET and value in text
    }


def test_no_value_of_the_program_tells_a_secret_it_holds(figures: Figures) -> None:
    every = [kind for kind in kinds() if not issubclass(kind, BaseException)]
    held = [f"{kind.__name__}.{name}" for kind in every for name in fields_of(kind) if name in SECRET]
    told = {text for kind in every for text in told_by(kind)}
    excused = {name for name in NO_SECRET if any(text.startswith(f"{name} ") for text in told)}
    found = sorted(text for text in told if text.partition(" ")[0] not in NO_SECRET)
    assert found == []
    assert excused == NO_SECRET.keys(), "an excuse that nothing needs any more"
    figures.count("kinds of values filled with canaries and written down", len(every), ">= 100")
    figures.count("secret fields in them", len(held) - len(excused), ">= 20")
    figures.count("of these, told by repr, str, format, rich, or in a list or an error", len(found), "== 0")


def test_a_value_that_tells_is_found() -> None:
    class Loose(NamedTuple):
        verifier: str

        def __repr__(self) -> str:
            return "Loose()"

        def __rich_repr__(self) -> list[tuple[str, str]]:
            return [("verifier", self.verifier)]

    class Looser(Struct):
        access_token: str

    assert told_by(Loose) == {"Loose.verifier (rich)"}
    assert {text.partition(" ")[2] for text in told_by(Looser)} >= {"(repr)", "(str)", "(format)", "(rich)"}


def test_that_something_is_hidden_is_told_and_everything_else_is_shown() -> None:
    @discreet("token", "other")
    class Held(Struct):
        name: str
        token: str
        other: str | None

    held = Held("a name", "not-a-secret", None)
    assert repr(held) == pretty_repr(held) == "Held(name='a name', …)"
    with pytest.raises(AssertionError):
        discreet("misspelt")(Held)


SECRETS: Final = {
    "of ours": "aux_at_NotASecret0NotASecret1NotASecret2",
    "of Spotify": "BQnot-a-secret_NOT-A-SECRET+/~not.a.secret",
    "with signs": 'Zoë & "Bram" <not-a-secret> = 1/2?',
}


@pytest.mark.parametrize("name", SECRETS)
def test_the_search_finds_every_form_of_a_secret_and_of_its_beginning_and_end(name: str) -> None:
    needles = Needles(SECRETS)
    secret = SECRETS[name]
    noise = b"0123456789 lorem ipsum " * 5
    for part in (secret, secret[:PIECE], secret[-PIECE:], f"x{secret}", f"xy{secret}z", secret[: PIECE + 3]):
        for form in forms(part):
            for shift in range(12):
                text = noise + b"." * shift + form + noise
                assert {hit.name for hit in needles.found_in(text)} == {name}, form
    assert needles.found_in(noise) == set()
    assert needles.found_in(secret[: PIECE - 1].encode()) == set()
    assert needles.found_in(b"") == set()


def test_what_is_too_short_to_be_told_from_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Needles({"a pin": "1234"})


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_credential_that_reaches_a_log_is_masked_there(
    form: logs.Form, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    secrets: dict[str, Any] = {
        "an MCP token": "aux_rt_NotASecret0NotASecret1NotASecret2",
        "a Spotify token": "BQ" + "NotASecret" * 8,
        "an encryption key": "NotASecret" * 4 + "key=",
        "an e-mail address": "not-a-secret-but-like-one@mail.example.org",
    }
    try:
        logs.configure("debug", form=form)
        for secret in secrets.values():
            logging.getLogger("auxcord.test").debug("it is %s, in %r", secret, [secret])
            logging.getLogger("another.library").error("it is %s", {"deep": {"deeper": secret}})
    finally:
        root.handlers, root.level = handlers, level
    written_down = capsys.readouterr().err.encode()
    assert written_down.count(b"\n") == 2 * len(secrets)
    assert Needles(secrets).found_in(written_down) == set()
