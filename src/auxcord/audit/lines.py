"""One line of the trail, and the arithmetic that ties it to the lines before it.

A line has two parts. The skeleton (number, time, event) stays. The details (whose it is, client, tool, facts)
go when the person is erased. The chain holds a commitment to the details, a SHA-256 over them and a random
salt that goes with them: so the chain stays whole, and what is gone cannot be guessed back from it.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from auxcord.telemetry.logs import mask, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTHING: Final = bytes(32)
"""What the first line of all follows."""
LOST: Final = b""
"""What a line follows whose predecessor cannot be told: the head of the chain was taken away."""
SALT_BYTES: Final = 32
_LONGEST: Final = 300
_EXEMPT_FACT: Final = "lines"


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a line tells beyond its event.

    Attributes:
        client: Id of the client program.
        tool: Name of the tool.
        decision: `allowed` or `refused`, where something was decided.
        request: Id of the request, as the logs have it.
        facts: Whatever else belongs to the event.
    """

    client: str | None = None
    tool: str | None = None
    decision: str | None = None
    request: str | None = None
    facts: dict[str, str] = msgspec.field(default_factory=dict)

    @classmethod
    def of(
        cls,
        *,
        client: str | None,
        tool: str | None,
        decision: str | None,
        request: str | None,
        facts: Mapping[str, object],
    ) -> Details:
        """Make them of what may come from strangers: on one line, without secrets, of bounded length."""
        return cls(
            client=_clean(client),
            tool=_clean(tool),
            decision=decision,
            request=_clean(request),
            facts={name: _fact(name, value) for name, value in facts.items()},
        )


class Line(NamedTuple):
    """A line as it is read back.

    Attributes:
        details: None once the person they were about is erased, or when they cannot be read.
        salt: Goes with the details.
        content: The details as they are stored.
    """

    seq: int
    at: float
    event: str
    commitment: bytes
    previous: bytes
    hash: bytes
    user_id: str | None
    salt: bytes | None
    content: str | None

    @property
    def details(self) -> Details | None:
        """What it tells beyond its event."""
        if self.content is None:
            return None
        try:
            return msgspec.json.decode(self.content, type=Details)
        except (msgspec.MsgspecError, ValueError):
            return None


class Checkpoint(NamedTuple):
    """A place in the chain that is sealed apart from it: where it ends, or how far it was pruned."""

    seq: int
    hash: bytes
    at: float
    seal: bytes = b""


def encoded(details: Details) -> str:
    """Write details as they are stored."""
    return msgspec.json.encode(details).decode()


def commitment(salt: bytes, user_id: str | None, content: str) -> bytes:
    """Commit to details without telling them."""
    return hashlib.sha256(_joined(salt, (user_id or "").encode(), _bytes(content))).digest()


def chained(key: bytes, seq: int, at: float, event: str, committed: bytes, previous: bytes) -> bytes:
    """Tie a line to its place and to the line before it; only who has the key can."""
    content = _joined(b"line", struct.pack(">Qd", seq, at), _bytes(event), committed, previous)
    return hmac.digest(key, content, hashlib.sha256)


def sealed(key: bytes, name: str, place: Checkpoint) -> bytes:
    """Seal a checkpoint, so that it cannot be moved to another line."""
    content = _joined(b"checkpoint", name.encode(), struct.pack(">Qd", place.seq, place.at), place.hash)
    return hmac.digest(key, content, hashlib.sha256)


def _fact(name: str, value: object) -> str:
    return str(value) if name == _EXEMPT_FACT else (_clean(str(value)) or "")


def _clean(text: str | None) -> str | None:
    return None if text is None else printable(mask(text[:_LONGEST]))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _joined(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">Q", len(part)) + part for part in parts)
