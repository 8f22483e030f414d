"""Many people, one server, interleaved calls: nobody's answer holds anything of somebody else's."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, NamedTuple

import httpx2
import pytest
from rich.console import Console

from auxcord.cli.demo import stage
from auxcord.cli.report import Report
from auxcord.cli.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.anyio, pytest.mark.server]

PEOPLE = ("ada", "bram", "chidi", "dorothea", "emi", "farid")
ROUNDS = 12


class Person(NamedTuple):
    """Somebody signed in, and a word that only their own playlists bear."""

    visitor: Visitor
    marker: str


@pytest.fixture
async def people() -> AsyncIterator[list[Person]]:
    async with stage(0, 0, seed=1) as place, AsyncExitStack() as stack:
        signed_in = []
        for number, user in enumerate(PEOPLE):
            visitor = Visitor(
                user,
                user,
                f"{place.server}/mcp",
                level="everything",
                report=Report(Console(quiet=True)),
                mode="legacy" if number % 2 else "auto",
            )
            await stack.enter_async_context(visitor)
            marker = f"marker{random.randrange(16**12):012x}"
            made = await visitor.call("create_playlist", name=f"Only {marker}")
            assert not made.refused, made.text
            signed_in.append(Person(visitor, marker))
        yield signed_in


async def test_interleaved_calls_never_show_a_foreign_marker(people: list[Person]) -> None:
    seen = dict.fromkeys(PEOPLE, 0)

    async def live(person: Person) -> None:
        foreign = [other.marker for other in people if other is not person]
        for _ in range(ROUNDS):
            listed = await person.visitor.call("list_library", kind="playlists", limit=200)
            account = await person.visitor.call("get_account")
            found = await person.visitor.call("search", query=random.choice(foreign), types=["playlist"])
            answers = listed.text + account.text + found.text.replace("'", "")
            assert person.marker in listed.text
            seen[person.visitor.spotify_user] += listed.text.count(person.marker)
            mine = answers.replace(person.marker, "")
            shown = [marker for marker in foreign if marker in mine.replace(_asked(found.text), "")]
            assert shown == [], f"{person.visitor.name} was shown {shown}"

    await asyncio.gather(*(live(person) for person in people))
    assert all(count >= ROUNDS for count in seen.values())


def _asked(text: str) -> str:
    """The words searched for, which an answer without results repeats."""
    return text.partition("for ")[2].split()[0].strip("'\"") if text.startswith("Nothing was found") else "\0"


async def test_every_token_opens_its_owners_session_only(people: list[Person]) -> None:
    legacy = [person for number, person in enumerate(people) if number % 2]
    first, second = legacy[0].visitor, legacy[1].visitor
    session = first.client.transport.get_session_id()
    assert session
    url = first.client.transport.url
    async with httpx2.AsyncClient(trust_env=False) as http:
        body = {"jsonrpc": "2.0", "id": 7, "method": "tools/list"}
        headers = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2025-11-25",
            "Mcp-Session-Id": session,
        }
        own = await http.post(
            url, json=body, headers=headers | {"Authorization": f"Bearer {first.access_token}"}
        )
        assert own.status_code == 200
        theirs = {"Authorization": f"Bearer {second.access_token}"}
        assert (await http.post(url, json=body, headers=headers | theirs)).status_code == 404
        assert (await http.delete(url, headers=headers | theirs)).status_code == 404
        assert (await http.post(url, json=body, headers=headers)).status_code == 401
        again = await http.post(
            url, json=body, headers=headers | {"Authorization": f"Bearer {first.access_token}"}
        )
        assert again.status_code == 200
