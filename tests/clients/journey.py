"""What every client must be able to do, whoever wrote it: two people sign in, each meets only their own.

A client script says how to open its client for one person; `main` does the rest, one line a revision:

    PASS  python_sdk 2026-07-28: 22 checks, 2 people, 1.9 s
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
import traceback
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import anyio
import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    Opener = Callable[["Setting", str, "Person"], AbstractAsyncContextManager["Client"]]

TOOLS = frozenset(
    {
        *("get_account", "search", "get_items", "list_library", "list_devices"),
        *("get_playback", "play", "pause", "skip", "add_to_queue"),
        *("get_playlist", "create_playlist", "add_to_playlist", "remove_from_playlist"),
    }
)
A_TRACK = "spotify:track:0000000000000000000000"
JOURNEY_SECONDS = 75.0  # one client, one revision, two people


class Answer(NamedTuple):
    """What a tool answered, as the model would read it."""

    text: str
    refused: bool


class Client(Protocol):
    """A client program already signed in as one person."""

    async def tools(self) -> list[str]:
        """The names of the tools it was offered."""

    async def call(self, tool: str, arguments: dict[str, Any]) -> Answer:
        """Call a tool."""


@dataclass(frozen=True, slots=True)
class Person:
    """A simulated Spotify user."""

    handle: str
    account_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the servers are, and who takes part."""

    url: str
    people: tuple[Person, ...]


class FailedCheckError(AssertionError):
    """A client did not get what it should have got."""


@dataclass(slots=True)
class Checks:
    """Counts what held; the first thing that does not hold ends the journey."""

    held: int = 0
    notes: list[str] = field(default_factory=list)

    def that(self, fact: object, sentence: str, seen: object = "") -> None:
        """Count `sentence` as checked.

        Raises:
            FailedCheckError: It does not hold; `seen` is what was there instead.
        """
        if not fact:
            raise FailedCheckError(f"{sentence}\n      seen: {str(seen)[:800]}")
        self.held += 1

    def answered(self, answer: Answer, sentence: str) -> str:
        """Count that a tool answered and did not refuse; gives its text."""
        self.that(not answer.refused and answer.text, sentence, answer.text)
        return answer.text


def uri_in(text: str, kind: str) -> str:
    """The first Spotify URI of a kind in what a tool answered, or nothing."""
    found = re.search(rf"spotify:{kind}:[0-9A-Za-z]{{22}}", text)
    return found[0] if found else ""


async def meet_own_account(client: Client, me: Person, others: Sequence[Person], checks: Checks) -> None:
    """The account is mine and nobody else is named in it."""
    account = checks.answered(await client.call("get_account", {}), f"get_account answers {me.handle}")
    checks.that(me.name in account or me.account_id in account, f"get_account names {me.name}", account)
    for other in others:
        foreign = other.name in account or other.account_id in account
        checks.that(not foreign, f"get_account of {me.handle} does not name {other.name}", account)


async def make_playlist(client: Client, me: Person, checks: Checks) -> tuple[str, str]:
    """Find a track, put it in a new playlist, read it back. Returns the playlist's name and URI."""
    found = checks.answered(await client.call("search", {"query": "a"}), "search answers")
    track = uri_in(found, "track")
    checks.that(track, "search finds a track and gives its URI", found)
    name = f"{me.handle} {uuid.uuid4().hex[:12]}"
    made = checks.answered(await client.call("create_playlist", {"name": name}), "create_playlist answers")
    playlist = uri_in(made, "playlist")
    checks.that(playlist, "create_playlist gives the new playlist's URI", made)
    arguments = {"playlist": playlist, "uris": [track]}
    checks.answered(await client.call("add_to_playlist", arguments), "add_to_playlist answers")
    read = checks.answered(await client.call("get_playlist", {"playlist": playlist}), "get_playlist answers")
    checks.that(name in read and track in read, "get_playlist shows the name and the track", read)
    return name, playlist


async def walk(client: Client, me: Person, others: Sequence[Person], checks: Checks) -> tuple[str, str]:
    """One person's whole use of one client. Returns their new playlist's name and URI."""
    offered = set(await client.tools())
    checks.that(offered >= TOOLS, "tools/list offers every tool", f"missing {sorted(TOOLS - offered)}")
    await meet_own_account(client, me, others, checks)
    name, playlist = await make_playlist(client, me, checks)
    mine = checks.answered(await client.call("list_library", {"kind": "playlists"}), "list_library answers")
    checks.that(name in mine, f"the library of {me.handle} has the new playlist", mine)
    refused = await client.call("get_playlist", {"playlist": "not a playlist"})
    checks.that(refused.refused and refused.text, "an impossible playlist is refused in words", refused)
    return name, playlist


async def prove(setting: Setting, era: str, opener: Opener, checks: Checks) -> None:
    """Two people at once through the same kind of client: each works, neither sees or changes the other's."""
    async with AsyncExitStack() as open_clients:
        seats: list[tuple[Person, Client, str, str]] = []
        for me in setting.people:
            others = [person for person in setting.people if person is not me]
            client = await open_clients.enter_async_context(opener(setting, era, me))
            seats.append((me, client, *await walk(client, me, others, checks)))
        for me, client, name, _ in seats:
            mine = checks.answered(await client.call("list_library", {"kind": "playlists"}), "still answers")
            checks.that(name in mine, f"{me.handle} still has their playlist", mine)
            for other, _, theirs, playlist in seats:
                if other is me:
                    continue
                whose = f"the playlist of {other.handle}"
                checks.that(theirs not in mine, f"{me.handle} does not see {whose}", mine)
                edit = await client.call("add_to_playlist", {"playlist": playlist, "uris": [A_TRACK]})
                checks.that(edit.refused, f"{me.handle} cannot change {whose}", edit)


def people_of(simulator: str, handles: Sequence[str]) -> tuple[Person, ...]:
    """Who the simulator says these people are."""
    answer = httpx2.get(f"{simulator}/_simulator/users", timeout=10, trust_env=False)
    listing = answer.raise_for_status().json()
    rows = listing["users"] if isinstance(listing, dict) else listing
    known = {row["handle"]: Person(row["handle"], row["id"], row["display_name"]) for row in rows}
    return tuple(known[handle] for handle in handles)


async def _bounded(setting: Setting, era: str, opener: Opener, checks: Checks) -> None:
    with anyio.fail_after(JOURNEY_SECONDS):
        await prove(setting, era, opener, checks)


def _only(error: BaseException) -> BaseException:
    """The one error inside the groups that task groups wrap around it."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _report(client: str, era: str, setting: Setting, opener: Opener) -> bool:
    """Run one revision and print its line."""
    checks, started = Checks(), time.monotonic()
    try:
        anyio.run(_bounded, setting, era, opener, checks)
    except Exception as error:  # noqa: BLE001 - whatever a foreign client raises is a failed journey
        cause = _only(error)
        say(f"FAIL  {client} {era}: after {checks.held} checks: {str(cause) or type(cause).__name__}")
        if not isinstance(cause, FailedCheckError):
            traceback.print_exception(cause, limit=-6, file=sys.stderr)
        return False
    seconds = time.monotonic() - started
    say(f"PASS  {client} {era}: {checks.held} checks, {len(setting.people)} people, {seconds:.1f} s")
    return True


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(client: str, eras: Sequence[str], opener: Opener) -> int:
    """The command line every client script has. Returns the exit status."""
    parser = argparse.ArgumentParser(description=f"Drive {client} against a running server for two people.")
    parser.add_argument("--url", required=True, help="the server, such as http://127.0.0.1:8000/mcp")
    parser.add_argument("--simulator", required=True, help="the simulator, such as http://127.0.0.1:9000")
    parser.add_argument("--people", default="ada,bram", help="simulated users, separated by commas")
    parser.add_argument("--era", choices=eras, action="append", help="only this protocol revision")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended as well
    setting = Setting(asked.url, people_of(asked.simulator.rstrip("/"), asked.people.split(",")))
    results = [_report(client, era, setting, opener) for era in asked.era or eras]
    return 0 if all(results) else 1
