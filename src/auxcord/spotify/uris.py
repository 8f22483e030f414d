"""What people and models call a thing on Spotify: a URI, a link, or a bare id."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from auxcord.errors import InputError

_ID = re.compile(r"[0-9A-Za-z]{22}", re.ASCII)
_USER_ID = re.compile(r"[^\s/?&:]{1,128}")
_LANGUAGE = re.compile(r"intl-[a-zA-Z-]{2,10}", re.ASCII)
_HOSTS = frozenset({"open.spotify.com", "play.spotify.com"})
_SHORT_HOSTS = frozenset({"spotify.link", "spotify.app.link"})
_LONGEST = 512
_ADVICE = "Give a Spotify URI such as spotify:track:11dFghVXANMlKmJXsNCbNl, or a link from open.spotify.com."


class Kind(StrEnum):
    """What kind of thing a URI names."""

    TRACK = "track"
    ALBUM = "album"
    ARTIST = "artist"
    PLAYLIST = "playlist"
    SHOW = "show"
    EPISODE = "episode"
    AUDIOBOOK = "audiobook"
    CHAPTER = "chapter"
    USER = "user"


class SpotifyUri(NamedTuple):
    """A thing on Spotify: its kind and its id. `str()` gives the `spotify:kind:id` form."""

    type: Kind
    id: str

    def __str__(self) -> str:
        return f"spotify:{self.type}:{self.id}"

    @property
    def link(self) -> str:
        """The web address a person can open."""
        return f"https://open.spotify.com/{self.type}/{self.id}"


def parse(text: str, default: Kind | str | None = None) -> SpotifyUri:
    """Understand a Spotify URI, a link, or (with a default kind) a bare 22-character id.

    Args:
        text: `spotify:track:ID`, `https://open.spotify.com/intl-de/track/ID?si=…`, or an id.
        default: The kind a bare id stands for; without one, bare ids are refused.

    Raises:
        InputError: The text names nothing on Spotify, or something that has no id.
    """
    plain = text.strip()
    if not plain or len(plain) > _LONGEST:
        raise InputError("This is not a Spotify URI or link: it is empty or too long.", advice=_ADVICE)
    if plain.lower().startswith("spotify:"):
        return _from_parts(plain.split(":")[1:], plain)
    if "/" in plain:
        return _from_link(plain)
    if default is not None and _ID.fullmatch(plain):
        return SpotifyUri(Kind(default), plain)
    raise InputError(f"{shown(plain)} is not a Spotify URI or link.", advice=_ADVICE)


def shown(text: str) -> str:
    """The caller's own text, short and printable, for use inside an error sentence."""
    printable = "".join(letter for letter in text if letter.isprintable())
    return f"'{printable[:80]}'"


def checked_id(text: str) -> str:
    """An id that is safe as one path segment; a wrong one is refused before Spotify is asked.

    Raises:
        InputError: It is not 22 letters and digits.
    """
    if not _ID.fullmatch(text):
        raise InputError(f"{shown(text)} is not a Spotify id.", advice=_ADVICE)
    return text


def _from_link(plain: str) -> SpotifyUri:
    try:
        link = urlsplit(plain if "://" in plain else f"https://{plain}")
        host = (link.hostname or "").lower()
    except ValueError:
        raise InputError(f"{shown(plain)} is not a link.", advice=_ADVICE) from None
    if host in _SHORT_HOSTS:
        raise InputError(
            "Short Spotify links do not say what they name.",
            advice="Open the link in a browser and give the address it leads to.",
        )
    if link.scheme.lower() not in {"http", "https"} or host not in _HOSTS:
        raise InputError(f"{shown(plain)} is not a link to Spotify.", advice=_ADVICE)
    parts = [unquote(part) for part in link.path.split("/") if part]
    if parts and (_LANGUAGE.fullmatch(parts[0]) or parts[0] == "embed"):
        parts = parts[1:]
    return _from_parts(parts, plain)


def _from_parts(parts: list[str], plain: str) -> SpotifyUri:
    # Old playlist names carry their owner: spotify:user:OWNER:playlist:ID.
    if len(parts) == 4 and parts[0] == "user" and parts[2] == "playlist":
        parts = parts[2:]
    if parts and parts[0] == "local":
        raise InputError(
            "This is a file on somebody's own device; Spotify has no id for it.",
            advice="Search for the same track in Spotify's catalogue and use that.",
        )
    if len(parts) == 2 and parts[0] in set(Kind):
        kind = Kind(parts[0])
        pattern = _USER_ID if kind is Kind.USER else _ID
        if pattern.fullmatch(parts[1]):
            return SpotifyUri(kind, parts[1])
    raise InputError(f"{shown(plain)} does not name anything Auxcord can use.", advice=_ADVICE)
