"""`auxcord import`: another program's tokens are taken over, verified, and only then destroyed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from cryptography.fernet import Fernet

from auxcord.spotify.oauth import SpotifyApp, SpotifyOAuth, new_pkce
from tests.cli.programs import ended
from tests.cli.test_stdio import ask

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.programs import Environment

pytestmark = [pytest.mark.anyio, pytest.mark.server]

REDIRECT = "http://127.0.0.1:9999/callback"


async def left_behind(spotify: str, user: str = "ada") -> dict[str, object]:
    """What another program keeps after a sign-in, in the shape of spotipy's cache."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        await http.post(f"{spotify}/_simulator/auto-approve", json={"user": user})
        app = SpotifyApp("00000000000000000000000000000001")
        oauth, pkce = SpotifyOAuth(http, app, accounts_url=spotify), new_pkce()
        scopes = ["user-read-private", "user-library-read"]
        url = oauth.authorize_url(redirect_uri=REDIRECT, scopes=scopes, state="s", challenge=pkce.challenge)
        location = (await http.get(url)).headers["location"]
        code = parse_qs(urlsplit(location).query)["code"][0]
        tokens = await oauth.exchange_code(code, redirect_uri=REDIRECT, verifier=pkce.verifier)
    return {"access_token": tokens.access_token, "refresh_token": tokens.refresh_token, "expires_at": 1}


async def test_spotipys_cache_is_taken_over_and_gone(home: Environment, spotify: str, tmp_path: Path) -> None:
    file = tmp_path / ".cache"
    file.write_text(json.dumps(await left_behind(spotify)))
    status, out, err = await ended(home, "import", str(file))
    assert (status, out) == (0, "")
    assert "Linked: Ada." in err
    assert not file.exists()
    text, refused = await ask(home, "get_account")
    assert (refused, "account: Ada" in text) == (False, True)


@pytest.mark.parametrize("whole", [True, False])
async def test_a_sealed_pair_of_files_is_taken_over_and_gone(
    home: Environment, spotify: str, tmp_path: Path, *, whole: bool
) -> None:
    file, key = tmp_path / "tokens_ada.json", tmp_path / "tokens_ada.key"
    key.write_bytes(Fernet.generate_key())
    cipher, tokens = Fernet(key.read_bytes()), await left_behind(spotify)
    if whole:
        file.write_bytes(cipher.encrypt(json.dumps(tokens).encode()))
    else:
        sealed = cipher.encrypt(str(tokens["refresh_token"]).encode()).decode()
        file.write_text(json.dumps({"refresh_token": sealed}))
    status, _, err = await ended(home, "import", str(file))
    assert status == 0, err
    assert not file.exists()
    assert not key.exists()


async def test_what_cannot_be_used_is_told_and_left_as_it_was(
    home: Environment, spotify: str, tmp_path: Path
) -> None:
    file, key = tmp_path / "tokens_x.json", tmp_path / "tokens_x.key"
    sealed = Fernet(Fernet.generate_key()).encrypt(b"{}")
    cases = {
        b"{}": "holds no refresh token",
        b"not json": "holds no refresh token",
        json.dumps({"refresh_token": "test-unknown"}).encode(): "no longer accepts",
        sealed: "is missing",
        b"x" * 70_000: "too large",
    }
    for content, says in cases.items():
        file.write_bytes(content)
        status, out, err = await ended(home, "import", str(file))
        assert (status, out, says in err) == (1, "", True), err
        assert file.read_bytes() == content
    key.write_bytes(Fernet.generate_key())
    file.write_bytes(sealed)
    assert "does not open it" in (await ended(home, "import", str(file)))[2]
    assert key.exists()
    assert "cannot be read" in (await ended(home, "import", str(tmp_path / "absent")))[2]


async def test_another_persons_tokens_do_not_replace_the_linked_ones(
    home: Environment, spotify: str, tmp_path: Path
) -> None:
    file = tmp_path / ".cache"
    file.write_text(json.dumps(await left_behind(spotify)))
    assert (await ended(home, "import", str(file), "--keep"))[0] == 0
    assert file.exists()
    file.write_text(json.dumps(await left_behind(spotify, "bram")))
    status, _, err = await ended(home, "import", str(file))
    assert (status, "another Spotify account" in err, file.exists()) == (1, True, True)
    assert "account: Ada" in (await ask(home, "get_account"))[0]
