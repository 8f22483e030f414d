"""A secret in any commit turns the check red that CI runs, though a later commit took it away.

The secrets are put together here when the test runs, from digests of words: the scan of our own history has
nothing to find.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.supply_chain.copies import Repository

_NOISE = hashlib.sha512(b"not a secret, planted by a test").digest()
_LETTERS = base64.b64encode(_NOISE * 2).decode().replace("+", "x").replace("/", "y")

SECRETS = {
    "auxcord-token": "aux_" + "rt_" + _LETTERS[:49],
    "auxcord-encryption-key": base64.urlsafe_b64encode(_NOISE[:32]).decode(),
    "spotify-app-secret": "client_secret = " + _NOISE[:16].hex(),
    "spotify-token": "AQ" + _LETTERS[:120],
    "github-pat": "ghp" + "_" + _LETTERS[:36],
    "private-key": "\n".join(
        (
            "-----BEGIN PRIVATE " + "KEY-----",
            _LETTERS[:64],
            _LETTERS[64:128],
            "-----END PRIVATE " + "KEY-----",
        )
    ),
}


def planted(repository: Repository, secret: str) -> str:
    """Commit a file with the secret, then a commit without it; return where it was."""
    file = repository.root / "src" / "auxcord" / "settings.env"
    file.write_text(f"VALUE={secret}\n", encoding="utf-8")
    repository.commit("Plant")
    commit = repository.git("rev-parse", "HEAD").strip()
    file.unlink()
    repository.commit("Take it away")
    return f"commit {commit[:12]}, src/auxcord/settings.env:1"


@pytest.mark.parametrize("rule", SECRETS)
def test_a_secret_that_was_taken_away_again_is_red_and_not_repeated(
    repository: Repository, rule: str
) -> None:
    place = planted(repository, SECRETS[rule])
    status, said = repository.check("history")
    assert status == 1
    assert f"history: {place}: a secret ({rule})" in said
    assert SECRETS[rule][-30:] not in said


def test_a_comment_or_a_file_of_fingerprints_excuses_nothing(repository: Repository) -> None:
    token = SECRETS["auxcord-token"]
    place = planted(repository, f"{token} # gitleaks:allow")
    commit = repository.git("rev-parse", "HEAD~1").strip()
    fingerprint = f"{commit}:src/auxcord/settings.env:auxcord-token:1\n"
    (repository.root / ".gitleaksignore").write_text(fingerprint, encoding="utf-8")
    repository.commit("Excuse it")
    status, said = repository.check("history")
    assert status == 1
    assert f"{place}: a secret (auxcord-token)" in said
    assert ".gitleaksignore: exceptions stand in .gitleaks.toml" in said


def test_a_secret_on_another_branch_or_in_a_message_is_red(repository: Repository) -> None:
    repository.git("switch", "--quiet", "--create", "aside")
    place = planted(repository, SECRETS["auxcord-encryption-key"])
    repository.git("switch", "--quiet", "main")
    repository.append("README.md", "\nMore.\n")
    repository.commit(f"Sign in with {SECRETS['auxcord-token']}")
    status, said = repository.check("history")
    assert status == 1
    assert f"{place}: a secret (auxcord-encryption-key)" in said
    assert "a message: a secret (auxcord-token)" in said


def test_an_exception_with_a_reason_and_the_exact_text_holds(repository: Repository) -> None:
    token = SECRETS["auxcord-token"]
    planted(repository, token)
    reviewed = '\n[[allowlists]]\ndescription = "A made-up token of a test, never issued"\n'
    repository.append(
        ".gitleaks.toml", f"{reviewed}targetRules = ['auxcord-token']\nregexes = ['''^{token}$''']\n"
    )
    status, said = repository.check("history")
    assert (status, said) == (0, "history: fine\n")


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("[[allowlists]]\ndescription = 'everything under tests'\npaths = ['''tests/''']", "never paths"),
        ("[[allowlists]]\ntargetRules = ['jwt']\nregexes = ['''^x$''']", "an exception has no reason"),
        ("[allowlist]\npaths = ['''.*''']", "exceptions stand under [[allowlists]]"),
    ],
)
def test_a_blanket_exception_is_red(repository: Repository, lines: str, complaint: str) -> None:
    repository.append(".gitleaks.toml", f"\n{lines}\n")
    status, said = repository.check("history")
    assert status == 1
    assert complaint in said


def test_switching_off_a_rule_of_the_scanner_is_red(repository: Repository) -> None:
    repository.replace(
        ".gitleaks.toml", "useDefault = true", 'useDefault = true\ndisabledRules = ["github-pat"]'
    )
    status, said = repository.check("history")
    assert status == 1
    assert "the scanner's own rules are to be extended, all of them" in said


def test_a_folder_without_a_history_is_no_pass(repository: Repository) -> None:
    (repository.root / ".git").rename(repository.root / "elsewhere")
    status, _ = repository.check("history")
    assert status == 1
