"""What is wrong with an answer: it failed, tells how the server is made, or lacks what every answer has."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from auxcord.server.headers import ALWAYS
from tests.people import REDIRECT
from tests.replicas import PUBLIC_URL

if TYPE_CHECKING:
    from tests.security.fuzzing.knocks import Answer

_MODULES: Final = (
    "aiosqlite|anyio|asyncio|cryptography|fastmcp|h11|httpx2?|httpcore2?|jinja2|msgspec|opentelemetry|pydantic"
    "|sqlalchemy|sqlite3?|starlette|structlog|uvicorn|websockets"
)
TELLTALES: Final = re.compile(
    r"Traceback \(most|\bFile \\?\"|\.py\b|site-packages|/(?:home|usr|root|tmp|var|opt|lib|work|srv)/\w"
    r"|has no attribute|object is not|positional argument|keyword argument|codec can't|<class |object at 0x"
    r"|\bNoneType\b|validation error|input_value|input_type|\b[A-Z]\w*(?:Error|Exception)\b"
    rf"|\b(?:{_MODULES})\b|\bauxcord\.\w+\.\w|\bauxcord[/ ]v?\d|\b[Pp]ython\b|\b(?:CPython|SELECT|INSERT) \b",
)
"""Words of programmers: none of them is meant for whoever asks."""
_NAMED: Final = '"_meta":{"fastmcp":{"tags":[]}}'
"""What the framework adds to each tool it lists, to people who are signed in: its name, and no version."""
_REFUSED: Final = "<title>Spotify did not complete the sign-in"
"""The page for what Spotify refused, with status 502: not a failure of ours."""
_UNWANTED: Final = ("server", "x-powered-by", "via", "x-aspnet-version", "x-runtime")
_KINDS: Final = {
    "text/html; charset=utf-8",
    "text/plain; charset=utf-8",
    "text/css; charset=utf-8",
    "text/plain; version=0.0.4; charset=utf-8",
    "application/json",
    "image/svg+xml",
    "text/event-stream",
}
_ONWARD: Final = re.compile(
    rf"{re.escape(PUBLIC_URL)}/|http://127\.0\.0\.1:\d+/authorize\?|"
    rf"{re.escape(REDIRECT).replace('3939', '[0-9]+')}\?"
)
_SCRIPT: Final = re.compile(
    r"<script|javascript:|\son\w+\s*=|<iframe|<img[^>]*src=[\"'](?!http://127)", re.IGNORECASE
)
_KEPT: Final = re.compile(r"public, max-age=\d+")
_PUBLIC: Final = re.compile(r"/\.well-known/|/assets/")


def faults_in(answer: Answer, sent: bytes, path: str = "") -> list[str]:
    """What is wrong with an answer.

    Args:
        answer: What came; no answer is none.
        sent: What was asked: words from there may be repeated.
        path: Of the address that was meant.
    """
    if answer.malformed:
        return [f"it is no HTTP: {answer.malformed}"]
    if not answer.status:
        return []
    found = [f"its status is {answer.status}"] if is_failure(answer) else []
    return found + _told(answer, sent) + _headers(answer, path) + _body(answer)


def is_failure(answer: Answer) -> bool:
    """Whether the server failed; Spotify's refusal of a code is passed on with its own page."""
    passed_on = answer.status == 502 and _REFUSED in answer.text
    return answer.status >= 500 and not passed_on


def _told(answer: Answer, sent: bytes) -> list[str]:
    """Words that tell how we are made."""
    known = sent.decode("utf-8", "replace") + unquote_plus(sent.decode("latin-1"))
    said = "\n".join([*(f"{name}: {value}" for name, value in answer.headers), answer.text])
    said = said.replace(_NAMED, "")
    words = {match.group() for match in TELLTALES.finditer(said)}
    return [f"it says {word!r}" for word in sorted(words) if word.strip() not in known]


def _headers(answer: Answer, path: str) -> list[str]:
    found = [f"it has a header {name!r}" for name in _UNWANTED if answer.header(name) is not None]
    for name, value in ALWAYS.items():
        got = answer.header(name.lower())
        if name == "Content-Security-Policy":
            needed = ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
            if not all(one in (got or "") for one in needed) or "unsafe" in (got or ""):
                found.append(f"its policy is {got!r}")
        elif name != "Cache-Control" and got != value:
            found.append(f"its {name} is {got!r}")
    kept = answer.header("cache-control") or ""
    if "no-store" not in kept and not (_PUBLIC.match(path) and (_KEPT.match(kept) or answer.status != 200)):
        found.append(f"it may be kept: {kept!r}")
    if path.startswith("/account") and answer.status == 200 and _is_page(answer):
        opener = answer.header("cross-origin-opener-policy")
        found += [] if opener == "same-origin" else [f"its opener policy is {opener!r}"]
    location = answer.header("location")
    if location is not None and _ONWARD.match(location) is None:
        found.append(f"it leads to {location!r}")
    return found


def _is_page(answer: Answer) -> bool:
    return (answer.header("content-type") or "").startswith("text/html") and "account" in answer.text


def _body(answer: Answer) -> list[str]:
    kind = answer.header("content-type")
    if not answer.body:
        return []
    if kind not in _KINDS:
        return [f"its content type is {kind!r}"]
    if kind == "application/json":
        try:
            json.loads(answer.body)
        except ValueError:
            return ["it is no JSON"]
    page = answer.text
    if kind.startswith("text/html") and not page.lower().startswith("<!doctype html>"):
        return ["it is no page"]
    if kind.startswith("text/html") and (active := _SCRIPT.search(page)):
        return [f"its page holds {active.group()!r}"]
    return []
