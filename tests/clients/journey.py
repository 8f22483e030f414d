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
from dataclasses import dataclass
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
        """Call a tool; where the server wants a sign-in first, the person signs in."""

    async def age(self) -> None:
        """Let the client's own clock show that its access token has run out, where it looks at one."""


@dataclass(frozen=True, slots=True)
class Person:
    """A simulated Spotify user."""

    handle: str
    account_id: str
    name: str

    def is_named_in(self, text: str) -> bool:
        """Whether a text speaks of this person, by name or Spotify id, as a word of its own."""
        words = (re.escape(self.name), re.escape(self.account_id))
        return re.search(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", text) is not None


class Made(NamedTuple):
    """A playlist that somebody made, and the one track in it."""

    name: str
    uri: str
    track: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the servers are, and who takes part."""

    url: str
    simulator: str
    people: tuple[Person, ...]
    control: str = ""


class FailedCheckError(AssertionError):
    """A client did not get what it should have got."""


@dataclass(slots=True)
class Checks:
    """Counts what held; the first thing that does not hold ends the journey."""

    held: int = 0

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
    checks.that(me.is_named_in(account), f"get_account names {me.name}", account)
    for other in others:
        checks.that(not other.is_named_in(account), f"get_account does not name {other.name}", account)


async def make_playlist(client: Client, me: Person, checks: Checks) -> Made:
    """Find a track, put it in a new playlist, read it back."""
    found = checks.answered(await client.call("search", {"query": "a"}), "search answers")
    track = uri_in(found, "track")
    checks.that(track, "search finds a track and gives its URI", found)
    name = f"{me.handle} {uuid.uuid4().hex[:12]}"
    made = checks.answered(await client.call("create_playlist", {"name": name}), "create_playlist answers")
    playlist = Made(name, uri_in(made, "playlist"), track)
    checks.that(playlist.uri, "create_playlist gives the new playlist's URI", made)
    arguments = {"playlist": playlist.uri, "uris": [track]}
    checks.answered(await client.call("add_to_playlist", arguments), "add_to_playlist answers")
    await still_as_made(client, playlist, checks)
    return playlist


async def still_as_made(client: Client, made: Made, checks: Checks) -> None:
    """The playlist holds its one track, once."""
    read = checks.answered(await client.call("get_playlist", {"playlist": made.uri}), "get_playlist answers")
    checks.that(made.name in read, "get_playlist shows the playlist's name", read)
    checks.that(read.count(made.track) == 1, "get_playlist shows its one track, once", read)


async def walk(client: Client, me: Person, others: Sequence[Person], checks: Checks) -> Made:
    """One person's whole use of one client."""
    offered = set(await client.tools())
    checks.that(offered >= TOOLS, "tools/list offers every tool", f"missing {sorted(TOOLS - offered)}")
    await meet_own_account(client, me, others, checks)
    made = await make_playlist(client, me, checks)
    mine = checks.answered(await client.call("list_library", {"kind": "playlists"}), "list_library answers")
    checks.that(made.name in mine, f"the library of {me.handle} has the new playlist", mine)
    refused = await client.call("get_playlist", {"playlist": "not a playlist"})
    checks.that(refused.refused and refused.text, "an impossible playlist is refused in words", refused)
    return made


async def keep_apart(client: Client, me: Person, theirs: Made, other: Person, checks: Checks) -> None:
    """What somebody else made is not in my library and not mine to change."""
    mine = checks.answered(await client.call("list_library", {"kind": "playlists"}), "list_library answers")
    checks.that(theirs.name not in mine, f"{me.handle} does not see the playlist of {other.handle}", mine)
    edit = await client.call("add_to_playlist", {"playlist": theirs.uri, "uris": [theirs.track]})
    checks.that(edit.refused, f"{me.handle} cannot change the playlist of {other.handle}", edit)


async def prove(setting: Setting, era: str, opener: Opener, checks: Checks) -> None:
    """Two people at once through the same kind of client: each works, neither sees or changes the other's."""
    async with AsyncExitStack() as open_clients:
        seats: list[tuple[Person, Client, Made]] = []
        for me in setting.people:
            others = [person for person in setting.people if person is not me]
            client = await open_clients.enter_async_context(opener(setting, era, me))
            seats.append((me, client, await walk(client, me, others, checks)))
        for me, client, _ in seats:
            for other, _, theirs in seats:
                if other is not me:
                    await keep_apart(client, me, theirs, other, checks)
        for me, client, made in seats:
            await meet_own_account(client, me, [other for other, _, _ in seats if other is not me], checks)
            await still_as_made(client, made, checks)
    await ask_spotify(setting, [(me, made) for me, _, made in seats], checks)


async def outlast(setting: Setting, era: str, opener: Opener, checks: Checks) -> None:
    """A client renews its access token without its person, and asks them again after a revocation."""
    me, *others = setting.people
    async with opener(setting, era, me) as client:
        await meet_own_account(client, me, others, checks)
        before = await tokens_given(setting)
        await command(setting, "hour")
        await client.age()
        await meet_own_account(client, me, others, checks)
        renewed = await tokens_given(setting)
        checks.that(renewed["refreshed"] > before["refreshed"], "an hour later the client refreshes", renewed)
        checks.that(renewed["issued"] == before["issued"], "for which nobody has to sign in", renewed)
        await command(setting, "revoke")
        await anyio.sleep(1)  # by then every process knows
        await meet_own_account(client, me, others, checks)
        again = await tokens_given(setting)
        checks.that(again["issued"] == renewed["issued"] + 1, "after revocation the person signs in", again)


async def command(setting: Setting, what: str) -> None:
    """Let something happen to the server."""
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
        (await http.post(f"{setting.control}/{what}")).raise_for_status()


async def tokens_given(setting: Setting) -> dict[str, int]:
    """How many token pairs the server has given so far, for sign-ins and for refresh tokens."""
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
        given: dict[str, int] = (await http.get(f"{setting.control}/tokens")).raise_for_status().json()
    return given


async def ask_spotify(setting: Setting, playlists: Sequence[tuple[Person, Made]], checks: Checks) -> None:
    """The other end agrees: by Spotify's own record, only its owner changed each playlist."""
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
        answer = await http.get(f"{setting.simulator}/_simulator/requests")
    rows: list[dict[str, Any]] = answer.raise_for_status().json()["requests"]
    for owner, made in playlists:
        about = [row for row in rows if made.uri.rpartition(":")[2] in row["path"]]
        changed_by = {row["user"] for row in about if row["method"] != "GET" and row["status"] < 400}
        sentence = f"only {owner.handle} changed the playlist of {owner.handle}, Spotify says"
        checks.that(changed_by == {owner.handle}, sentence, changed_by)


def people_of(simulator: str, handles: Sequence[str]) -> tuple[Person, ...]:
    """Who the simulator says these people are."""
    answer = httpx2.get(f"{simulator}/_simulator/users", timeout=10, trust_env=False)
    rows = answer.raise_for_status().json()["users"]
    known = {
        row["handle"]: Person(row["handle"], row["id"], row["display_name"] or row["id"]) for row in rows
    }
    return tuple(known[handle] for handle in dict.fromkeys(handles))  # each person once


async def _bounded(setting: Setting, era: str, opener: Opener, checks: Checks) -> None:
    with anyio.fail_after(JOURNEY_SECONDS):
        await prove(setting, era, opener, checks)
        if setting.control:
            await outlast(setting, era, opener, checks)


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
    parser.add_argument("--control", default="", help="the control address of tests/clients/server.py")
    parser.add_argument("--people", default="ada,bram", help="simulated users, separated by commas")
    parser.add_argument("--era", choices=eras, action="append", help="only this protocol revision")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended as well
    simulator = asked.simulator.rstrip("/")
    setting = Setting(asked.url, simulator, people_of(simulator, asked.people.split(",")), asked.control)
    results = [_report(client, era, setting, opener) for era in asked.era or eras]
    return 0 if all(results) else 1
