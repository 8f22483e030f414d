"""An MCP client written by hand, in either protocol revision, so that every header and field can be wrong.

wire = Wire(house.http, ada.access, MODERN)
reply = await wire.call("get_account")
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

MODERN: Final = "2026-07-28"
LEGACY: Final = "2025-11-25"
REVISIONS: Final = (MODERN, LEGACY)
CAN_ASK: Final[dict[str, Any]] = {"elicitation": {"form": {}, "url": {}}}
"""What a client declares that can put questions and links to its person."""
_META: Final = "io.modelcontextprotocol"


class Reply(NamedTuple):
    """What came back: the HTTP status, the headers, all of the body, and the JSON-RPC message in it."""

    status: int
    headers: Mapping[str, str]
    body: str
    message: dict[str, Any]

    @property
    def result(self) -> dict[str, Any]:
        """The result; empty if there is none."""
        found: dict[str, Any] = self.message.get("result", {})
        return found

    @property
    def text(self) -> str:
        """What a tool said."""
        return "\n".join(block.get("text", "") for block in self.result.get("content", ()))

    @property
    def is_error(self) -> bool:
        """Whether it is an error, of the tool or of the protocol."""
        return self.status != 200 or "error" in self.message or bool(self.result.get("isError"))

    @property
    def code(self) -> int | None:
        """The JSON-RPC error code."""
        error = self.message.get("error")
        return error.get("code") if isinstance(error, dict) else None

    @property
    def state(self) -> str:
        """The sealed state of the question it asks.

        Raises:
            AssertionError: It asks none.
        """
        assert self.result.get("resultType") == "input_required", self.body
        found: str = self.result["requestState"]
        return found


@dataclass
class Wire:
    """One client program of somebody's, with one access token.

    Attributes:
        http: Where to send.
        token: The bearer token; None sends none.
        revision: Which revision it speaks.
        capabilities: What it declares.
        session: The session id, once there is one (2025-11-25).
    """

    http: httpx2.AsyncClient
    token: str | None
    revision: str = MODERN
    capabilities: dict[str, Any] = field(default_factory=dict)
    session: str = ""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def call(
        self,
        tool: str,
        arguments: dict[str, Any] | None = None,
        *,
        headers: Mapping[str, str | None] | None = None,
        extensions: dict[str, Any] | None = None,
        **params: Any,
    ) -> Reply:
        """Call a tool; `params` are further ones of the request, such as `inputResponses`."""
        if self.revision == LEGACY and not self.session:
            opened = await self.open(extensions=extensions)
            if opened.status != 200:
                return opened
        asked = {"name": tool, "arguments": arguments or {}, **params}
        return await self.ask("tools/call", asked, headers=headers, extensions=extensions)

    async def open(self, *, extensions: dict[str, Any] | None = None) -> Reply:
        """Begin a session."""
        params = {"protocolVersion": LEGACY, "capabilities": self.capabilities, "clientInfo": _client()}
        reply = await self.ask("initialize", params, extensions=extensions)
        self.session = reply.headers.get("mcp-session-id", "")
        if self.session:
            body = {"jsonrpc": "2.0", "method": "notifications/initialized"}
            await self.http.post(
                "/mcp", headers=self.headers("notifications/initialized"), json=body, extensions=extensions
            )
        return reply

    async def ask(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        headers: Mapping[str, str | None] | None = None,
        extensions: dict[str, Any] | None = None,
    ) -> Reply:
        """Send one request; a header that is None is left out."""
        sent, body = self.request(method, params)
        sent = {name: value for name, value in {**sent, **(headers or {})}.items() if value is not None}
        answer = await self.http.post("/mcp", headers=sent, json=body, extensions=extensions or {})
        return read(answer, body["id"])

    def request(
        self, method: str, params: dict[str, Any] | None = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """The headers and the body of a request."""
        asked = dict(params or {})
        if self.revision == MODERN:
            asked["_meta"] = {
                f"{_META}/protocolVersion": MODERN,
                f"{_META}/clientCapabilities": self.capabilities,
                f"{_META}/clientInfo": _client(),
                **asked.get("_meta", {}),
            }
        body = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": asked}
        return self.headers(method, asked.get("name")), body

    def headers(self, method: str, name: str | None = None) -> dict[str, str]:
        """The headers of a request."""
        sent = {"Accept": "application/json, text/event-stream"}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if self.revision == MODERN:
            sent |= {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
            sent |= {} if name is None else {"Mcp-Name": name}
        elif method != "initialize":
            sent |= {"MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": self.session}
        return sent


def agreed(content: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer of somebody who says yes to the one question asked."""
    return {"person": {"action": "accept", "content": {"confirm": True} if content is None else content}}


def read(answer: httpx2.Response, number: int) -> Reply:
    """Read an answer, be it an event stream or JSON, or neither."""
    lines = [line[len("data: ") :] for line in answer.text.splitlines() if line.startswith("data: ")]
    messages = []
    for text in lines or [answer.text]:
        try:
            messages.append(json.loads(text))
        except ValueError:
            continue
    found = [message for message in messages if isinstance(message, dict)]
    ours = [message for message in found if message.get("id") == number]
    message = (ours or found or [{}])[-1]
    return Reply(answer.status_code, answer.headers, answer.text, message)


def _client() -> dict[str, str]:
    return {"name": "test", "version": "1"}
