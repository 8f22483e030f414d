"""Where requests may go: the configured Web API and nowhere else, because every request carries a token."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

import httpx2

from auxcord.errors import MalformedAnswerError

_WORD: Final = re.compile(r"[a-z][a-z-]{0,23}")


@lru_cache(maxsize=512)
def route_of(family: str) -> str:
    """The route of a kind of request, for metrics and traces: whatever is not a plain word is left out.

    An address of Spotify's own, such as that of a next page, may hold anything.
    """
    parts = family.partition(" ")[2].strip("/").split("/")
    return "/" + "/".join(part if _WORD.fullmatch(part) else "*" for part in parts[:5])


class Api:
    """The Web API's address, and the addresses within it.

    Args:
        api_url: Such as `https://api.spotify.com/v1`.

    Raises:
        ValueError: It is not a plain http or https address.
    """

    def __init__(self, api_url: str) -> None:
        base = httpx2.URL(api_url.rstrip("/"))
        if (
            base.scheme not in {"http", "https"}
            or not base.host
            or base.userinfo
            or base.query
            or base.fragment
        ):
            raise ValueError("The API address must be a plain http or https address.")
        self._text = str(base).rstrip("/")
        self._base = base
        self._prefix = base.path.rstrip("/")

    def __str__(self) -> str:
        return self._text

    def url(self, path: str, params: dict[str, str] | None = None) -> httpx2.URL:
        """The address for a path of ours such as `/me`, or for a link to a next page that Spotify sent.

        Raises:
            MalformedAnswerError: The link leads out of the API; a token must not be sent there.
        """
        ours = path.startswith("/") and not path.startswith("//")
        address = self._text + path if ours else path
        if params:
            address = f"{address}?{urlencode(params)}"
        try:
            url = httpx2.URL(address)
        except httpx2.InvalidURL:
            url = None
        if url is None or not self._contains(url, path):
            raise MalformedAnswerError(
                "Spotify's link to the next page leads elsewhere; it was not followed."
            )
        return url

    def _contains(self, url: httpx2.URL, text: str) -> bool:
        plain = text.partition("?")[0].lower().replace("%2e", ".")
        steps_out = "\\" in plain or ".." in plain or "/./" in plain
        same_origin = (url.scheme, url.host, _port(url)) == (
            self._base.scheme,
            self._base.host,
            _port(self._base),
        )
        inside = url.path.startswith(f"{self._prefix}/")
        return same_origin and inside and not steps_out and not url.userinfo and not url.fragment

    def path(self, url: httpx2.URL) -> str:
        """The part of an address after the API's own."""
        return url.path.removeprefix(self._prefix)

    def family(self, method: str, url: httpx2.URL) -> str:
        """What kind of request this is, as Spotify seems to count its quota: without the ids."""
        parts = self.path(url).strip("/").split("/")
        place = 2 if parts[0] == "browse" else 1
        if len(parts) > place and parts[0] != "me":
            parts[place] = "*"
        return f"{method} /{'/'.join(parts)}"


def _port(url: httpx2.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)
