"""Scripted trouble: which requests go wrong, how often, and how.

A rule names requests (method, path pattern, user, app) and a kind of trouble. It strikes by count
(`skip`, `times`),
by a `sequence` of yes and no, by `every`, or by `probability` (reproducible dice).
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from auxcord.simulator.identifiers import Dice

Kind = Literal[
    "latency",
    "status",
    "reset-before",
    "reset-after",
    "truncated",
    "wrong-type",
    "garbage",
    "missing-fields",
    "huge",
    "unauthorized",
    "rate-limited",
    "quota",
    "server-error",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
PASSES_THROUGH: frozenset[Kind] = frozenset(
    {"latency", "reset-after", "truncated", "wrong-type", "garbage", "missing-fields"}
)
"""Kinds that let the request take effect; the others answer in its place."""


class FaultError(ValueError):
    """A rule that makes no sense; the text says why."""


@dataclass(eq=False)
class Fault:
    """One rule.

    Args:
        kind: What goes wrong.
        path: Which paths: `*` stands for anything, `{name}` for one segment; the query is not looked at.
        method: Which method; `*` for all.
        user: Only requests of this person (handle).
        client_id: Only requests of this app.
        times: How often it strikes before it is spent; None = for ever.
        skip: How many matching requests pass first.
        every: Strike only every n-th of the rest.
        probability: Strike only this often, 0 to 1.
        sequence: Strike where this is true, request by request, until it ends.
        seconds: `latency`: how long (real seconds).
        after: `latency`: whether the request takes effect first, so that only the answer is late.
        status: `status` and `server-error`: the HTTP status.
        body: `status`: text, or JSON; `garbage`: the text sent instead.
        headers: Headers of the answer, added or replaced.
        retry_after: `rate-limited`, `quota`, `server-error`: the Retry-After value; None leaves it out.
        fields: `missing-fields`: keys taken out, wherever they occur.
        size: `huge`: how many bytes.
    """

    kind: Kind
    path: str = "*"
    method: str = "*"
    user: str | None = None
    client_id: str | None = None
    times: int | None = None
    skip: int = 0
    every: int = 1
    probability: float = 1.0
    sequence: list[bool] | None = None
    seconds: float = 0.0
    after: bool = False
    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: int | str | None = None
    fields: list[str] = field(default_factory=list)
    size: int = 16 * 1024 * 1024
    id: int = 0
    seen: int = 0
    applied: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise FaultError(f"unknown kind {self.kind!r}; choose one of {', '.join(KINDS)}")
        if self.kind == "status" and not 200 <= self.status <= 599:
            raise FaultError("kind status needs a status between 200 and 599")
        self._pattern = _compile(self.path)

    def strikes(self, method: str, path: str, user: str | None, client_id: str | None, dice: Dice) -> bool:
        """Decide about one request, and count it."""
        if self.method not in {"*", method} or not self._pattern.fullmatch(path):
            return False
        if self.user not in {None, user} or self.client_id not in {None, client_id}:
            return False
        place, self.seen = self.seen - self.skip, self.seen + 1
        if place < 0 or (self.times is not None and self.applied >= self.times):
            return False
        if self.sequence is not None and not (place < len(self.sequence) and self.sequence[place]):
            return False
        if place % self.every or (self.probability < 1.0 and not dice.chance(self.probability)):
            return False
        self.applied += 1
        return True

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Give the canned answer of a kind that does not pass through: status, headers, body."""
        status, body = self.status, self.body
        headers = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        if self.kind == "unauthorized":
            status, body = 401, _web_api_error(401, "Access token missing")
        elif self.kind == "rate-limited":
            status, body = 429, _web_api_error(429, "API rate limit exceeded")
        elif self.kind == "quota":
            status, body = 429, _web_api_error(429, "Too many requests", reason="QUOTA_EXCEEDED")
        elif self.kind == "server-error":
            status = self.status or 502
        if body is None:
            body = (
                _web_api_error(status, "Trouble")
                if path.startswith("/v1/") and status < 500
                else "upstream trouble"
            )
        text = body if isinstance(body, str) else json.dumps(body)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        return status, {"content-type": kind, **headers, **_lower(self.headers)}, text.encode()

    def spoil(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        """Spoil a real answer.

        Headers and body as they will be sent (a truncated body keeps its Content-Length).
        """
        if self.kind == "wrong-type":
            headers["content-type"] = "text/html; charset=utf-8"
        elif self.kind == "garbage":
            body = (
                str(self.body).encode()
                if self.body is not None
                else b'{"error": {"stat' + bytes(range(128, 140))
            )
        elif self.kind == "missing-fields":
            body = json.dumps(_without(json.loads(body), frozenset(self.fields))).encode() if body else body
        headers["content-length"] = str(len(body))
        headers.update(_lower(self.headers))
        return headers, body[: len(body) // 2] if self.kind == "truncated" else body

    def describe(self) -> dict[str, Any]:
        """Show the rule and how often it has matched and struck."""
        shown = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return {name: value for name, value in shown.items() if value not in (None, [], {})}


class Faults:
    """All rules in force, in the order they were set."""

    def __init__(self, seed: int) -> None:
        self._rules: list[Fault] = []
        self._dice = Dice(f"{seed}:faults")
        self._numbers = itertools.count(1)

    def add(self, fault: Fault) -> Fault:
        """Put a rule in force."""
        fault.id = next(self._numbers)
        self._rules.append(fault)
        return fault

    def clear(self, number: int | None = None) -> None:
        """Take one rule out of force, or all."""
        self._rules = [] if number is None else [rule for rule in self._rules if rule.id != number]

    def __iter__(self) -> itertools.chain[Fault]:
        return itertools.chain(self._rules)

    def __bool__(self) -> bool:
        return bool(self._rules)

    def for_request(self, method: str, path: str, user: str | None, client_id: str | None) -> list[Fault]:
        """Give the rules that strike this request: any latencies, and at most one other."""
        struck: list[Fault] = []
        for rule in self._rules:
            taken = rule.kind != "latency" and any(other.kind != "latency" for other in struck)
            if not taken and rule.strikes(method, path, user, client_id, self._dice):
                struck.append(rule)
        return struck


def _compile(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*|\{\w+\})", pattern)
    return re.compile(
        "".join({"*": ".*"}.get(p, "[^/]+" if p.startswith("{") else re.escape(p)) for p in parts)
    )


def _web_api_error(status: int, message: str, **more: str) -> dict[str, Any]:
    return {"error": {"status": status, "message": message, **more}}


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner, names) for key, inner in value.items() if key not in names}
    if isinstance(value, list):
        return [_without(inner, names) for inner in value]
    return value
