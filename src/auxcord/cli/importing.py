"""`auxcord import`: take over the tokens another program left in a file, then destroy the file."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from cyclopts import Parameter

from auxcord.errors import InputError, InvalidGrantError, SpotifySignInError
from auxcord.server.assembly import Parts
from auxcord.server.keys import local_keys
from auxcord.server.settings import Settings
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.oauth import TokenSet
from auxcord.spotify.tokens import JustIssued
from auxcord.telemetry import logs
from auxcord.telemetry.discretion import discreet

_LARGEST = 64 * 1024
_FERNET = "gAAAA"


def import_(
    file: Annotated[
        Path, Parameter(help="A token cache: spotipy's .cache, or tokens_NAME.json beside its .key.")
    ],
    *,
    keep: Annotated[bool, Parameter(help="Leave the file where it is.", negative="")] = False,
) -> None:
    """Take over another program's Spotify tokens for this computer's person.

    They are tried at Spotify and sealed here; only then are the file and its key overwritten and removed.
    """
    settings = Settings.load(command="stdio")
    logs.configure(settings.log_level)
    found = find_token(file)
    name = asyncio.run(_take_over(settings, found.refresh_token))
    left = [] if keep else found.files
    for path in left:
        shred(path)
    print(f"Linked: {name}. Removed: {', '.join(map(str, left)) or 'nothing'}.", file=sys.stderr)
    print(
        "Spotify ends a consent six months after it was given; when it does, run `auxcord login`.",
        file=sys.stderr,
    )


@discreet("refresh_token")
class Found(NamedTuple):
    """What a token cache holds, and the files that hold it: the cache, and its key if that sealed it."""

    refresh_token: str
    files: list[Path]


def find_token(file: Path) -> Found:
    """Find the refresh token in a token cache; nothing is changed.

    Raises:
        InputError: The file cannot be read, or holds none that can be understood.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"{file} cannot be read: {error.strerror}.", advice="Name a token cache file."
        ) from None
    if len(content) > _LARGEST:
        raise InputError(f"{file} is too large for a token cache.", advice="Name a token cache file.")
    key, files = file.with_suffix(".key"), [file]
    if content.startswith(_FERNET.encode()):
        content, files = _decrypted(key, content), [file, key]
    token = _field(content, "refresh_token")
    if token.startswith(_FERNET):
        token, files = _decrypted(key, token.encode()).decode("utf-8", "replace"), [file, key]
    if not token:
        raise InputError(
            f"{file} holds no refresh token that can be understood.",
            advice="Name spotipy's .cache, or a tokens_NAME.json that lies beside its tokens_NAME.key.",
        )
    return Found(token, files)


def shred(file: Path) -> None:
    """Overwrite a file, then remove it. What a file system or SSD keeps of it elsewhere is out of reach."""
    with file.open("r+b") as stream:
        stream.write(os.urandom(file.stat().st_size))
        stream.flush()
        os.fsync(stream.fileno())
    file.unlink()


async def _take_over(settings: Settings, refresh_token: str) -> str:
    parts = Parts.of(settings, local_keys(settings), alone=True)
    try:
        await parts.open()
        tokens = await _renewed(parts, refresh_token)
        profile = await SpotifyClient(
            parts.apps.first.transport, JustIssued(tokens.access_token)
        ).profile.me()
        user_id = await parts.accounts.link(tokens, profile, expected_user=await parts.vault.sole_user())
        if (await parts.accounts.access_token(user_id)) != tokens.access_token:
            raise SpotifySignInError("The tokens could not be read back; the file was left as it was.")
    finally:
        await parts.close()
    return profile.display_name or profile.id


async def _renewed(parts: Parts, refresh_token: str) -> TokenSet:
    try:
        tokens = await parts.apps.first.oauth.refresh(refresh_token)
    except InvalidGrantError:
        raise InvalidGrantError(
            "Spotify no longer accepts the refresh token in this file, or it belongs to another app.",
            advice="Check SPOTIFY_CLIENT_ID, or use `auxcord login`; the file was left as it was.",
        ) from None
    return tokens if tokens.refresh_token else msgspec.structs.replace(tokens, refresh_token=refresh_token)


def _decrypted(key: Path, content: bytes) -> bytes:
    try:
        return Fernet(key.read_bytes().strip()).decrypt(content.strip())
    except FileNotFoundError:
        raise InputError(
            f"The key that opens it, {key}, is missing.", advice="Put it beside the file."
        ) from None
    except (OSError, ValueError):
        raise InputError(f"{key} holds no usable key.", advice="Restore the right key.") from None
    except InvalidToken:
        raise InputError(f"{key} does not open it.", advice="Restore the right key.") from None


def _field(content: bytes, name: str) -> str:
    try:
        value: Any = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return ""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
