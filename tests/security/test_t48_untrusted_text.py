"""T48: what others wrote into names is data: in answers, refusals, resources, prompts, audit and logs."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest
from fastmcp import Client, FastMCP
from mcp_types import PromptReference
from structlog.testing import capture_logs

from auxcord.audit.reading import lines as audit_lines
from auxcord.caller import LEVELS
from auxcord.prompts import prompts
from auxcord.server.surface import ResourceGuard, offer
from tests.tools.door import Door, House
from tests.tools.hostile import HUGE, INJECTIONS, UNSEEN, faults_of, unseen_in
from tests.tools.questioning import known

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from auxcord.caller import Caller
    from bench.figures import Figures

pytestmark = pytest.mark.anyio

MARK: Final = "Qx7"
"""Stands in every hostile text, so that it is found wherever it comes out."""
HOSTILE: Final = tuple(f"{MARK} {text}" for text in (*INJECTIONS, *UNSEEN, HUGE[:4_000]))
WRITTEN: Final = frozenset({"name", "display_name", "description", "html_description", "publisher", "label"})
"""The fields of Spotify's answers into which people write."""
LONGEST_NAME: Final = 121
TRACK, ALBUM, ARTIST, SHOW = known()[0], known()[3], known()[6], known()[9]
MINE: Final = known()[15]
READS: Final[dict[str, dict[str, Any]]] = {
    "get_account": {},
    "search": {"query": "night", "types": ["track", "album", "artist", "playlist", "show"]},
    "get_items": {"uris": [TRACK, ALBUM, ARTIST, SHOW, MINE]},
    "open_item": {"uri": ALBUM},
    "get_playback": {},
    "get_queue": {},
    "list_devices": {},
    "list_library": {"kind": "playlists"},
    "check_library": {"uris": [TRACK]},
    "get_playlist": {"playlist": MINE, "limit": 20, "form": "details"},
    "get_recently_played": {},
    "get_top_items": {},
}
WRITES: Final[dict[str, dict[str, Any]]] = {
    "create_playlist": {"name": "Mix", "uris": [TRACK]},
    "add_to_playlist": {"playlist": MINE, "uris": [TRACK]},
    "reorder_playlist": {"playlist": MINE, "action": "swap", "start": 1, "to": 2},
    "undo_playlist_change": {},
    "play": {"uris": [TRACK]},
    "transfer_playback": {"device": "nowhere"},
    "add_to_playlist ": {"playlist": "no such name", "uris": [TRACK]},
}


class Spoilt(httpx2.AsyncBaseTransport):
    """Spotify, where people wrote the same hostile text wherever they can; nothing while there is no text."""

    def __init__(self, spotify: httpx2.AsyncBaseTransport) -> None:
        self._spotify = spotify
        self.text = ""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._spotify.handle_async_request(request)
        body = await answer.aread()
        if self.text and body[:1] in {b"{", b"["} and request.url.path.startswith("/v1/"):
            body = json.dumps(self._spoil(json.loads(body))).encode()
        headers = {"content-type": answer.headers.get("content-type", "")}
        return httpx2.Response(answer.status_code, headers=headers, content=body)

    def _spoil(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._spoil(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            key: self.text if key in WRITTEN and isinstance(each, str) else self._spoil(each)
            for key, each in value.items()
        }


class _Callers:
    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    async def of_call(self) -> Caller:
        return self.caller


@pytest.fixture
async def ada(tmp_path: Path) -> AsyncIterator[Door]:
    async with House.opened(tmp_path) as house, house.door("ada") as door:
        house.http._transport = Spoilt(house.http._transport)
        yield door


def spotify_of(ada: Door) -> Spoilt:
    spoilt = ada.house.http._transport
    assert isinstance(spoilt, Spoilt)
    return spoilt


def layout(text: str) -> list[int]:
    """How many columns each line has: what a name must never change."""
    return [line.count("|") for line in text.splitlines()]


async def said(ada: Door, tool: str, arguments: dict[str, Any]) -> tuple[str, bool]:
    ada.house.clock.now += 60
    result = await ada.client.call_tool(tool.strip(), arguments, raise_on_error=False)
    (block,) = result.content
    return block.text, result.is_error


def check(text: str, about: str) -> None:
    assert unseen_in(text) == [], about
    assert "a" * LONGEST_NAME not in text, about
    assert "\u0301" * 4 not in text, about


@pytest.mark.parametrize("tool", READS)
async def test_names_come_out_as_one_short_visible_cell_and_never_as_layout(
    tool: str, ada: Door, figures: Figures
) -> None:
    honest, _ = await said(ada, tool, READS[tool])
    found, changed = 0, 0
    for text in HOSTILE:
        spotify_of(ada).text = text
        answer, is_error = await said(ada, tool, READS[tool])
        assert not is_error, answer
        check(answer, f"{tool} with {text[:60]!a}: {answer[:600]!a}")
        changed += layout(answer) != layout(honest)
        found += answer.count(MARK)
    figures.count(f"{tool}: layouts changed by {len(HOSTILE)} hostile texts", changed, "== 0")
    assert found or tool in {"check_library", "get_account"}


@pytest.mark.parametrize("tool", ["get_playback", "list_devices", "get_queue", "get_account"])
async def test_a_name_of_a_hundred_thousand_letters_is_cut(tool: str, ada: Door) -> None:
    spotify_of(ada).text = HUGE
    answer, is_error = await said(ada, tool, {})
    assert not is_error or faults_of(answer) == []
    check(answer, answer[:600])
    assert len(answer) < 10_000


async def test_changes_and_refusals_quote_names_as_data_only(ada: Door) -> None:
    for text in HOSTILE:
        spotify_of(ada).text = text
        for tool, arguments in WRITES.items():
            answer, is_error = await said(ada, tool, arguments)
            check(answer, f"{tool} with {text[:60]!a}: {answer[:600]!a}")
            if is_error:
                assert faults_of(answer, text) == [], f"{tool} with {text[:60]!a}: {answer[:600]!a}"
            else:
                assert len(answer) < 2_000


async def test_resources_prompts_and_completions_treat_names_alike(ada: Door) -> None:
    callers = _Callers(ada.house.caller(ada.user_id, LEVELS["look"]))
    server = FastMCP("auxcord", middleware=[ResourceGuard(callers)], mask_error_details=True)
    offer(server, callers, prompts())
    fixed = ("spotify://me", "spotify://playback", "spotify://playlists")
    playlists = PromptReference(name="tidy_playlist")
    async with Client(server) as client:
        for text in HOSTILE:
            spotify_of(ada).text = text
            ada.house.clock.now += 60
            for address in (*fixed, f"spotify://playlist/{MINE[17:]}"):
                (content,) = await client.read_resource(address)
                check(content.text, f"{address} with {text[:60]!a}")
            offered = await client.complete(playlists, {"name": "playlist", "value": ""})
            for value in offered.values:
                check(value, f"completion with {text[:60]!a}")
                assert "\n" not in value
            asked = await client.get_prompt("tidy_playlist", {"playlist": text})
            assert "\n" not in asked.messages[0].content.text
            assert unseen_in(asked.messages[0].content.text) == []


async def test_neither_logs_nor_audit_nor_descriptions_hold_what_others_wrote(
    ada: Door, caplog: pytest.LogCaptureFixture
) -> None:
    described = [tool.model_dump_json() for tool in await ada.client.list_tools()]
    with capture_logs() as entries, caplog.at_level(logging.DEBUG, "auxcord"):
        for text in (HOSTILE[0], HOSTILE[2], HOSTILE[-1]):
            spotify_of(ada).text = text
            for tool, arguments in {**READS, **WRITES}.items():
                await said(ada, tool, arguments)
    assert MARK not in json.dumps(entries, default=repr)
    assert MARK not in caplog.text
    assert not any(
        MARK in json.dumps(line, default=repr)
        for line in [line async for line in audit_lines(ada.house.store)]
    )
    assert described == [tool.model_dump_json() for tool in await ada.client.list_tools()]
