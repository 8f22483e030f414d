"""One visit of somebody's MCP client at one process, in either revision; no answer goes unread."""

from __future__ import annotations

import time
from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from bench.raw import call_request
from bench.soak.crowd import marks_of_others

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bench.soak.crowd import Crowd, Somebody
    from bench.soak.wire import Reply, Wires
    from tests.replicas import Replicas

LEGACY: Final = "2025-11-25"
_META: Final = "io.modelcontextprotocol"
_ACCEPT: Final = "application/json, text/event-stream"
_WAITS: Final = frozenset({"play", "pause", "skip", "set_playback", "transfer_playback", "add_to_queue"})
"""Tools that wait until the player shows what it was told to do: their time is the player's."""
_EXAMPLES: Final = 20
_RENEW_EARLY: Final = 0.02
"""How often a client renews its tokens although they are good."""


class WrongAnswerError(Exception):
    """An answer that is not the right one."""


class Tally:
    """What was counted.

    Attributes:
        calls: MCP requests answered rightly: calls of tools, prompts, resources, lists.
        others: What else was answered rightly, by name.
        errors: Wrong answers, by kind of visit.
        examples: Some of them, in words.
        foreign: Marks of others, in answers.
        largest_scrape: Bytes of the largest page of metrics.
        moments: When each call ended, seconds; `seconds` how long it took, negative where it waits for the
            player.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.others: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.examples: list[str] = []
        self.foreign = 0
        self.largest_scrape = 0
        self.moments = array("d")
        self.seconds = array("f")

    def took(self, name: str, began: float) -> None:
        """Count a call."""
        now = time.monotonic()
        self.calls += 1
        self.moments.append(now)
        self.seconds.append(-(now - began) if name in _WAITS else now - began)

    def failed(self, kind: str, error: Exception) -> None:
        """Count a wrong answer."""
        self.errors[kind] += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"{kind}: {type(error).__name__}: {error}")


class Visit:
    """Everything somebody's client can do.

    Args:
        house: What runs.
        crowd: Everybody.
        wires: To every process.
        tally: Where it is counted.
        owner: Whose client it is.
        port: Of the process it asks.
        is_legacy: Whether it speaks 2025-11-25, which needs a session.
    """

    def __init__(
        self,
        house: Replicas,
        crowd: Crowd,
        wires: Wires,
        tally: Tally,
        *,
        owner: Somebody,
        port: int,
        is_legacy: bool,
    ) -> None:
        self.house = house
        self.crowd = crowd
        self.wires = wires
        self.tally = tally
        self.owner = owner
        self.port = port
        self.is_legacy = is_legacy
        self._session = ""
        self._number = 0

    async def call(self, tool: str, *, refused: str = "", shows: str = "", **arguments: Any) -> str:
        """Call a tool and return its text.

        Args:
            tool: Its name.
            refused: The code of the error that is the right answer; none when omitted.
            shows: What the text has to hold besides.
            arguments: As given to the tool.
        """
        message = await self.ask("tools/call", {"name": tool, "arguments": arguments})
        result = message.get("result") or {}
        text = "\n".join(block.get("text", "") for block in result.get("content", ()))
        code = text.rpartition("[")[2].rstrip("]") if result.get("isError") else ""
        require(bool(text) and code == refused, f"{tool} {arguments}: {text or message}")
        require(shows in text, f"{tool} {arguments} does not show {shows!r}: {text}")
        return text

    async def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Send one MCP request and return the message that answers it."""
        if self.is_legacy and not self._session:
            await self._open()
        began = time.monotonic()
        reply = await self._answered(lambda: self._post(method, params))
        require(reply.status == 200, f"{method}: {reply.status} {reply.body}")
        message = reply.message
        require(message.get("id") == self._number, f"{method}: {reply.body}")
        self.tally.took(params.get("name", method), began)
        return message

    def request(self, method: str, params: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
        """The headers and the body of an MCP request, in this visit's revision."""
        token = self.owner.person.access
        self._number += 1
        if not self.is_legacy:
            name = params.get("name") or params.get("uri")
            headers, body = call_request(name or "", {}, token)
            headers["Mcp-Method"] = method
            if name is None:
                del headers["Mcp-Name"]
            params = params | {"_meta": body["params"]["_meta"]}
            return headers, {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        headers = {"Accept": _ACCEPT, "Authorization": f"Bearer {token}"}
        if self._session:
            headers |= {"MCP-Protocol-Version": LEGACY, "Mcp-Session-Id": self._session}
        return headers, {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}

    async def raw(self, body: bytes, *, headers: Mapping[str, str], count_as: str, right: int) -> Reply:
        """Send something odd to the MCP endpoint, for which this status is the right answer."""
        reply = self._seen(await self.wires.ask(self.port, "POST", "/mcp", headers=headers, raw=body))
        require(reply.status == right, f"{count_as}: {reply.status} {reply.body}")
        self.tally.others[count_as] += 1
        return reply

    async def renew(self) -> None:
        """Get new tokens at the token endpoint, as a client does whose access token runs out."""
        person = self.owner.person
        form = {
            "grant_type": "refresh_token",
            "refresh_token": person.refresh,
            "client_id": person.client_id,
        }
        reply = await self.wires.ask(self.port, "POST", "/token", form=form)
        require(reply.status == 200, f"token refresh: {reply.status} {reply.body}")
        person.access, person.refresh = reply.message["access_token"], reply.message["refresh_token"]
        self.owner.renewed = time.monotonic()
        self.tally.others["token refreshes"] += 1

    async def begin(self, chance: Callable[[], float]) -> None:
        """Begin the visit: now and then a client renews its tokens first."""
        if chance() < _RENEW_EARLY:
            await self.renew()

    async def listen(self) -> None:
        """Hold a stream for what the server may say, as 2025-11-25 clients do, for two calls."""
        await self.call("get_account", shows=self.owner.mark)  # opens the session, with tokens that are good
        headers, _ = self.request("", {})
        stream = await self.wires.listening(self.port, "/mcp", headers | {"Accept": "text/event-stream"})
        try:
            await self.call("list_library", kind="tracks", shows=self.owner.saved[0])
            await self.call("get_playback", shows=self.owner.mark)
        finally:
            stream.close()
        self.tally.others["streams held"] += 1

    async def end(self, *, forgotten: bool) -> None:
        """End the visit: close the session, unless it is forgotten and left to time out."""
        if not self._session or forgotten:
            return
        reply = await self._answered(self._close)
        require(reply.status == 200, f"end of a session: {reply.status} {reply.body}")
        self.tally.others["sessions closed"] += 1

    async def _close(self) -> Reply:
        headers, _ = self.request("", {})
        return await self.wires.ask(self.port, "DELETE", "/mcp", headers=headers)

    async def _open(self) -> None:
        """Begin a session."""
        params = {
            "protocolVersion": LEGACY,
            "capabilities": {},
            "clientInfo": {"name": "soak", "version": "0"},
        }
        reply = await self._answered(lambda: self._post("initialize", params))
        self._session = reply.headers.get("mcp-session-id", "")
        require(bool(self._session), f"beginning of a session: {reply.status} {reply.body}")
        reply = await self._answered(self._tell_that_it_began)
        require(reply.status == 202, f"beginning of a session: {reply.status} {reply.body}")
        self.tally.others["sessions opened"] += 1

    async def _tell_that_it_began(self) -> Reply:
        headers, _ = self.request("", {})
        told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        return await self.wires.ask(self.port, "POST", "/mcp", headers=headers, json_body=told)

    async def _answered(self, send: Callable[[], Awaitable[Reply]]) -> Reply:
        """Send something; once more with new tokens if the access token has run out, as they do."""
        reply = await send()
        if reply.status == 401:
            await self.renew()
            reply = await send()
        return reply

    async def _post(self, method: str, params: dict[str, Any]) -> Reply:
        headers, body = self.request(method, params)
        return self._seen(await self.wires.ask(self.port, "POST", "/mcp", headers=headers, json_body=body))

    def _seen(self, reply: Reply) -> Reply:
        """Look for what is not the owner's."""
        foreign = marks_of_others(self.owner, (reply.body, *reply.headers.values()))
        self.tally.foreign += len(foreign)
        require(not foreign, f"{foreign} in an answer for {self.owner.mark}: {reply.body}")
        return reply


def require(fact: bool, otherwise: str) -> None:  # noqa: FBT001 - it reads as assert does, and is never left out
    """Raise unless something is as it should be.

    Raises:
        WrongAnswerError: It is not.
    """
    if not fact:
        raise WrongAnswerError(otherwise[:600])
