"""What an adversary tries, what came back, and the verdict on it.

A refusal counts only in the form that the attack expects of it: whatever else comes back that is no success
(a wrong path, a broken connection, a crash) went astray, and a test that lets an attack go astray has rotted.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.replicas import PUBLIC_URL
from tests.revisions import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.processes import Program
    from tests.security.adversaries.stage import Stage

SCRIPT = "<script>alert(1)</script>"


class Verdict(StrEnum):
    """How an attempt ended."""

    REFUSED = "refused"
    SUCCEEDED = "succeeded"
    ASTRAY = "astray"


class Tried(NamedTuple):
    """One attempt, in one variant."""

    attack: str
    variant: str
    verdict: Verdict
    told: str


class Seen(NamedTuple):
    """An answer, whatever brought it."""

    status: int
    headers: Mapping[str, str]
    body: str

    @classmethod
    def of(cls, answer: httpx2.Response | Reply) -> Seen:
        """Read what a browser or an MCP client got."""
        if isinstance(answer, Reply):
            return cls(answer.status, answer.headers, answer.body)
        return cls(answer.status_code, answer.headers, answer.text)

    @property
    def location(self) -> str:
        """Where it leads; empty if nowhere."""
        return self.headers.get("location", "")

    @property
    def content(self) -> dict[str, Any]:
        """The JSON object in it; empty if there is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def answers(self) -> dict[str, list[str]]:
        """The parameters of the address it leads to."""
        return parse_qs(urlsplit(self.location).query)


Judge: TypeAlias = "Callable[[Seen], bool]"
"""Whether an answer is the refusal that is expected."""


def page(*codes: str) -> Judge:
    """Expect a page of ours that says what is wrong, and leads nowhere."""
    return lambda seen: (
        seen.status >= 400
        and not seen.location
        and any(f"<code>{code}</code>" in seen.body for code in codes)
    )


def oauth(*errors: str) -> Judge:
    """Expect a refusal of the token, revocation or registration endpoint."""
    return lambda seen: seen.status in {400, 401} and seen.content.get("error") in errors


def sent_back(error: str) -> Judge:
    """Expect that the client is told of the error at its own address, and gets no code."""
    return lambda seen: seen.answers.get("error") == [error] and "code" not in seen.answers


def status(*codes: int) -> Judge:
    """Expect a bare status."""
    return lambda seen: seen.status in codes


def bearer(seen: Seen) -> bool:
    """Expect that somebody without a valid token is told to get one."""
    return seen.status == 401 and "resource_metadata" in seen.headers.get("www-authenticate", "")


def tool(*codes: str) -> Judge:
    """Expect the error of a tool."""
    return lambda seen: seen.status == 200 and any(f"[{code}]" in seen.body for code in codes)


def says(*words: str) -> Judge:
    """Expect an answer that holds these words."""
    return lambda seen: seen.status == 200 and all(word in seen.body for word in words)


def protocol(*codes: int) -> Judge:
    """Expect a JSON-RPC error."""
    return lambda seen: any(f'"code":{code}' in seen.body.replace(" ", "") for code in codes)


@dataclass
class Adversary:
    """Somebody who tries.

    Attributes:
        stage: What they are up against.
        tried: Every attempt, in order.
        controls: By attack, whether the legitimate twin of what is refused works: so it was well formed.
        received: Every byte the server sent them.
        statuses: The status of every answer.
        attack: What they are trying now.
    """

    stage: Stage
    tried: list[Tried] = field(default_factory=list)
    controls: dict[str, bool] = field(default_factory=dict)
    received: list[bytes] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    attack: str = ""

    def browser(self) -> httpx2.AsyncClient:
        """A browser or client program of theirs, from an address of its own; all it gets is kept."""
        http = self.stage.browser()
        http.event_hooks = {"response": [self._keep]}
        return http

    async def _keep(self, answer: httpx2.Response) -> None:
        if not str(answer.request.url).startswith(PUBLIC_URL):
            return  # what Spotify tells somebody is not ours
        await answer.aread()
        self._note(answer.status_code, f"{dict(answer.headers)}".encode() + answer.content)

    def _note(self, code: int, content: bytes) -> None:
        self.statuses.append(code)
        self.received.append(content)

    async def raw(self, sent: bytes, to: Program | None = None) -> Seen:
        """Send bytes that no client library would, and read until the server hangs up."""
        process = to or self.stage.house.any()
        reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
        writer.write(sent)
        await writer.drain()
        async with asyncio.timeout(20):
            got = await reader.read()
        writer.close()
        head, _, body = got.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = httpx2.Headers([tuple(line.split(": ", 1)) for line in lines if ": " in line])
        code = int(first.split(" ")[1]) if first else 0
        self._note(code, got)
        return Seen(code, headers, body.decode(errors="replace"))

    def expect(self, variant: str, answer: httpx2.Response | Reply | Seen, refused: Judge) -> None:
        """Note an attempt: refused if the answer is as expected, succeeded if it seems to be a good one."""
        seen = answer if isinstance(answer, Seen) else Seen.of(answer)
        if refused(seen):
            verdict = Verdict.REFUSED
        else:
            verdict = Verdict.SUCCEEDED if 0 < seen.status < 400 else Verdict.ASTRAY
        told = f"{seen.status} {seen.location} {seen.body[:300]}"
        self.statuses.append(seen.status)  # also of what came back in an honest person's browser
        self.tried.append(Tried(self.attack, variant, verdict, told))

    def harmless(self, variant: str, *, holds: bool) -> None:
        """Note an attempt whose answer says nothing: it was refused if what it was to change still holds."""
        verdict = Verdict.REFUSED if holds else Verdict.SUCCEEDED
        self.tried.append(Tried(self.attack, variant, verdict, "looked afterwards"))

    def control(self, *, works: bool) -> None:
        """Note that the legitimate twin of what was just refused works."""
        self.controls[self.attack] = self.controls.get(self.attack, True) and works

    def verdicts(self, verdict: Verdict) -> list[Tried]:
        """The attempts that ended so."""
        return [tried for tried in self.tried if tried.verdict is verdict]


def request(method: str, target: str, *headers: str, body: bytes = b"") -> bytes:
    """A request as bytes, closed at its end, with our own Host unless one is given."""
    lines = [f"{method} {target} HTTP/1.1", *headers, "Connection: close"]
    if not any(line.lower().startswith("host:") for line in headers):
        lines.insert(1, f"Host: {urlsplit(PUBLIC_URL).netloc}")
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def somewhere() -> str:
    """An address of one's own, so that limits for one address do not stand for other refusals."""
    return ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))])
