"""Where a client may have people sent back to: what it may register, and what matches what it registered.

Sources: RFC 9700 section 4.1.3 (exact match), RFC 8252 sections 7.1 to 7.3 and 8.3 (native apps: loopback on
any port, private-use schemes), MCP authorization (loopback or https).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from fastmcp.server.auth.redirect_validation import is_redirect_uri_allowed_for_application_type
from pydantic import AnyUrl, ConfigDict, TypeAdapter, ValidationError

LENGTH: Final = 2048
_LOOPBACK: Final = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\]|localhost)(?::(?P<port>[0-9]{1,5}))?(?P<rest>[/?][^#\\\s]*)?"
)
_APPS: Final = frozenset(
    {
        "chatgpt",
        "claude",
        "code-oss",
        "cursor",
        "cursor-nightly",
        "goose",
        "jetbrains",
        "raycast",
        "vscode",
        "vscode-insiders",
        "vscodium",
        "warp",
        "windsurf",
        "zed",
    }
)
"""Schemes of known MCP clients. Others must be a domain name turned round, with a dot in it (RFC 8252 section
7.1): whatever else a system opens by itself (`search-ms:`, `tel:`, `smb:`) is none of ours to launch."""

_ANSWERS: Final = frozenset({"code", "state", "iss", "error", "error_description"})
_STRANGE: Final = re.compile(r"[^!-~]|[*#\\]")
_AS_SENT: Final = TypeAdapter(AnyUrl, config=ConfigDict(url_preserve_empty_path=True))


def problem_with(uri: str, application_type: str | None = None) -> str | None:
    """Say why a redirect URI cannot be registered; None if it can.

    Args:
        uri: As the client wrote it.
        application_type: "web" or "native" (OpenID Connect Registration section 2).
    """
    if len(uri) > LENGTH:
        return f"is longer than {LENGTH} characters"
    if _STRANGE.search(uri) is not None:
        return "must not hold a wildcard, a fragment, a backslash, a space or anything but ASCII"
    if not is_normal(uri):
        return "is not a URI in its normal form"
    return _problem_with_parts(urlsplit(uri), uri, application_type)


def _problem_with_parts(parts: SplitResult, uri: str, application_type: str | None) -> str | None:
    if "@" in parts.netloc:
        return "must not hold a user name"
    if _ANSWERS & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        return "must not hold a query parameter that our answer sets"
    if parts.scheme == "http" and _LOOPBACK.fullmatch(uri) is None:
        return "must use https; http is for 127.0.0.1, [::1] and localhost"
    if parts.scheme not in {"http", "https"} and parts.scheme not in _APPS and "." not in parts.scheme:
        return "must use https, loopback http, or a private scheme such as com.example.app"
    if not is_redirect_uri_allowed_for_application_type(uri, application_type):
        return "is not allowed for this type of client"
    return None


def is_normal(uri: str) -> bool:
    """Whether every parser on the way reads the URI as it is written."""
    try:
        urlsplit(uri)
        return str(_AS_SENT.validate_python(uri)) == uri
    except (ValueError, ValidationError):
        return False


def matches(registered: str, requested: str) -> bool:
    """Whether a requested redirect URI is the registered one: exactly, but for the port of a loopback one.

    An empty path counts as `/`, because URL parsers on the way turn one into the other.
    """
    if registered == requested:
        return True
    one, other = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(requested)
    if one is None or other is None:
        return False
    if int(other["port"] or 80) not in range(1, 65536):
        return False
    return one["host"] == other["host"] and _rooted(one["rest"]) == _rooted(other["rest"])


def origin_of(uri: str) -> str:
    """The origin a redirect URI belongs to, for a Content-Security-Policy; a scheme for anything but the web.

    A policy cannot name an IPv6 address, so that gets its scheme.
    """
    parts = urlsplit(uri)
    if parts.scheme not in {"http", "https"} or "[" in parts.netloc:
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"


def is_on_the_web(uri: str) -> bool:
    """Whether a redirect URI leads away from this device, to somebody's server."""
    return urlsplit(uri).scheme == "https"


def place_of(uri: str) -> str:
    """Say in a person's words where a redirect URI leads."""
    parts = urlsplit(uri)
    if _LOOPBACK.fullmatch(uri) is not None:
        return f"a program on this computer ({parts.hostname})"
    if parts.scheme == "https":
        return parts.netloc
    return f"the app that opens {parts.scheme}: links on this device"


def _rooted(rest: str | None) -> str:
    rest = rest or "/"
    return rest if rest.startswith("/") else f"/{rest}"
