"""Calling tools with trouble on the way, and reading what they answer."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from auxcord.spotify.transport import Transport
from tests.tools.door import ORIGIN, House

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reliability.playlist_edits import Rows
    from tests.reliability.tool_work import Trouble
    from tests.tools.door import Door

KINDS = ("verified:", "partial:", "unconfirmed:", "Nothing")
CALM = 600.0
"""Seconds after which no rest, pause or quota of the troubles here is left."""
_ASKED = 250.0
"""Seconds somebody takes to answer a question; twice as many, and it is open still."""
_QUESTION = "Nothing was done. This would "
_CHANGES = ("POST", "PUT", "DELETE")
_CODE = re.compile(r"\[(\w+)\]\s*$")
_ADDED = re.compile(r"partial: ([\d,]+) of ([\d,]+) items are in the playlist")
_REMOVED = re.compile(r"partial: ([\d,]+) of ([\d,]+) items removed; ([\d,]+) entries remain")
_PLACES = re.compile(r"partial: ([\d,]+) entries are not in their place, ([\d,]+) are missing")
_HOW = re.compile(r"[Ll]ook |get_\w+|list_\w+|check_\w+|fill it with|again is safe|[Gg]o on")
_LOSING = frozenset({"reset-before", "reset-after", "truncated", "garbage", "missing-fields", "server-error"})
"""Faults after which nobody can know whether a change was made."""


class Cutting(httpx2.AsyncBaseTransport):
    """What the network says of a connection that is cut: at once, or nothing until nobody waits any longer.

    Args:
        inner: Carries the requests.
    """

    def __init__(self, inner: httpx2.AsyncClient) -> None:
        self.is_silent = False
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carry one request."""
        try:
            return await self._inner.send(request, stream=True)
        except httpx2.ReadError as error:
            if self.is_silent:
                raise httpx2.ReadTimeout(str(error)) from error
            raise

    async def aclose(self) -> None:
        """Carry no more."""
        await self._inner.aclose()


def house_with(folder: Path, way: type[Transport] = Transport) -> tuple[House, Cutting]:
    """A house whose connections are cut as one likes, and whose client has this way of sending."""
    house = House(folder)
    cutting = Cutting(house.http)
    house.http = httpx2.AsyncClient(transport=cutting, base_url=ORIGIN)
    house.transport = way(
        house.http, api_url=f"{ORIGIN}/v1", clock=house.clock, sleep=house.clock.sleep, jitter=lambda: 0.5
    )
    return house, cutting


@dataclass(frozen=True)
class Answer:
    """What a tool said.

    Args:
        text: All of it.
        code: Of its error, if it is one.
        was_lost: Whether an answer to a change was lost on the way.
    """

    text: str
    code: str
    was_lost: bool

    @property
    def kind(self) -> str:
        """The word that says how sure it is; `asked` for a question."""
        if self.code:
            return ""
        if self.text.startswith(_QUESTION):
            return "asked"
        return next((word for word in KINDS if word in self.text), "other")

    @property
    def is_open(self) -> bool:
        """Whether it leaves open what happened."""
        return self.code == "ambiguous" or (bool(self.code) and "asking for it again is safe" in self.text)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may be open what happened, so far as the code of the error tells."""
        return self.code in {"ambiguous", "spotify_unavailable"}

    @property
    def is_read(self) -> bool:
        """Whether the tool looked before it answered."""
        return "could not be read" not in self.text


class Asker:
    """Calls tools.

    Args:
        door: The person's client.
        cutting: How connections are cut.
        seen: Counts what happened.
    """

    def __init__(self, door: Door, cutting: Cutting, seen: Counter[str]) -> None:
        self._door = door
        self._cutting = cutting
        self._seen = seen

    async def call(self, tool: str, trouble: Trouble | None, /, **arguments: Any) -> Answer:
        """Call a tool while there is trouble; then everything is calm again."""
        house = self._door.house
        self._seen["calls"] += 1
        if trouble is not None:
            self._cutting.is_silent = trouble.is_silent
            for method in _CHANGES if trouble.method == "change" else (trouble.method,):
                more = {"skip": trouble.skip, "times": trouble.times, **trouble.fault}
                await house.fault(path="/v1/*", method=method, **more)
        await house.forget_requests()
        result = await self._door.client.call_tool(tool, arguments, raise_on_error=False)
        requests = await house.requests()
        await house.control("DELETE", "faults")
        self.calm(_ASKED if result.content[0].text.startswith(_QUESTION) else CALM)
        struck = [request for request in requests if request["fault"] is not None]
        self._seen["faults met"] += len(struck)
        was_lost = any(each["method"] != "GET" and each["fault"] in _LOSING for each in struck)
        (block,) = result.content
        found = _CODE.search(block.text) if result.is_error else None
        assert found or not result.is_error, block.text
        answer = Answer(block.text, found[1] if found else "", was_lost)
        self._count(answer)
        return answer

    def must(self, is_true: bool, about: object) -> None:  # noqa: FBT001
        """Insist that an answer is true, and count where it is not."""
        self._seen["untrue answers"] += not is_true
        assert is_true, about

    def calm(self, seconds: float = CALM) -> None:
        """Let every limit end, and everything that was sent show."""
        self._door.house.clock.now += seconds

    def _count(self, answer: Answer) -> None:
        kind = (f"error {answer.code}" if answer.code else answer.kind).rstrip(":")
        self._seen[kind] += 1
        assert answer.code != "internal_error", answer.text
        if answer.is_open:
            is_true = answer.was_lost and _HOW.search(answer.text) is not None
            self.must(is_true, f"in doubt without need, or without a way to find out: {answer.text}")


def judged_numbers(text: str, before: Rows, target: Rows, now: Rows) -> bool:
    """Whether the numbers and the remainder that an answer names are true; nothing is late here."""
    if found := _ADDED.search(text):
        done, everything = _numbers(found)
        named = _listed(text, "not added") + _listed(text, "may still appear")
        rest = everything - done
        # Long remainders are told by their number.
        return (done, everything) == (len(now) - len(before), len(target) - len(before)) and (
            not named or len(named) == rest
        )
    if found := _REMOVED.search(text):
        done, everything, remain = _numbers(found)
        unwanted = set(before) - set(target)
        left = _listed(text, "still in it")
        is_left = unwanted & set(now)
        return (done, everything, remain) == (len(unwanted) - len(is_left), len(unwanted), len(now)) and (
            not left or set(left) == is_left
        )
    if found := _PLACES.search(text):
        places = sum(one != other for one, other in zip(now, target, strict=False))
        return _numbers(found) == (places, (Counter(target) - Counter(now)).total())
    return "unconfirmed:" in text


def _numbers(found: re.Match[str]) -> tuple[int, ...]:
    return tuple(int(number.replace(",", "")) for number in found.groups())


def _listed(text: str, what: str) -> list[str]:
    """The URIs a line lists; nothing where it only tells how many they are."""
    line = next((line for line in text.splitlines() if line.startswith(what)), "")
    return [] if " items of the list" in line else re.findall(r"spotify:\w+:\w{22}", line)
