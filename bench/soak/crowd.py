"""A thousand people who use six Spotify apps; whatever is theirs bears a mark that nobody else has."""

from __future__ import annotations

import asyncio
import re
import secrets
import sqlite3
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from auxcord.simulator.oauth.apps import DEFAULT_CLIENT_ID
from tests.people import enrol

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tests.people import Person
    from tests.replicas import Replicas

APPS: Final = 6
"""Each process asks Spotify 20 times a second for each app: enough that nobody has to wait."""
MARK: Final = re.compile(r"zq[0-9a-f]{12}")
_WORDS: Final = (
    "thunder morning promise harbour heart tides mirror architect garden engines rivers static horses",
    "station machine snow country letters glass signal parade light bridges windows",
)
WORDS: Final = tuple(word for line in _WORDS for word in line.split())
"""Each is in more than ten titles."""
SPOTIFY_SECONDS: Final = 300
"""Spotify's access tokens live so long: at Spotify it is an hour."""
_SECRET: Final = "soak-secret-not-real"  # noqa: S105 - it opens the simulator's doors alone
_SAVED: Final = 12
_AT_ONCE: Final = 8
_FIRST_EXPIRY: Final = (20, 600)
"""The tokens people's clients have at first run out within so many seconds, evenly."""


@dataclass
class Somebody:
    """One of the people.

    Attributes:
        person: With their MCP client's tokens.
        saved: The URIs of the tracks they have saved, newest first, as the simulator says.
        rows: What is in the playlist that only they have.
        playlist: Its URI, once it is made.
        renewed: When their client got its tokens, seconds.
    """

    person: Person
    saved: tuple[str, ...]
    rows: tuple[str, ...]
    playlist: str = ""
    renewed: float = 0.0

    @property
    def mark(self) -> str:
        """What is in whatever is theirs, and in nothing else."""
        return self.person.handle


@dataclass
class Crowd:
    """Everybody, in the order in which they come.

    Attributes:
        waiting: Who comes next is first; who leaves goes to the end, so that nobody comes back at once.
        tracks: URIs of tracks that everybody can play.
    """

    waiting: deque[Somebody]
    tracks: tuple[str, ...]
    _dice: random.Random = field(repr=False)

    def some(self, count: int) -> list[str]:
        """Choose some tracks, no two alike."""
        return self._dice.sample(self.tracks, count)


async def register_apps(house: Replicas) -> list[str]:
    """Register the apps at the simulator and in the settings of the servers to come; returns their ids."""
    more = [f"{number:032x}" for number in range(2, APPS + 1)]
    for client_id in more:
        app = {"client_id": client_id, "client_secret": _SECRET, "name": "Soak"}
        await house.simulator.control("POST", "/apps", json=app)
    house.environment["AUXCORD_SPOTIFY_APPS"] = ",".join(f"{client_id}:{_SECRET}" for client_id in more)
    return [DEFAULT_CLIENT_ID, *more]


async def gather(house: Replicas, count: int, dice: random.Random) -> Crowd:
    """Make the people: at Spotify with a library, a player and a history, here with a link and tokens."""
    apps = await register_apps(house)
    await house.simulator.turn(access_seconds=SPOTIFY_SECONDS)
    handles = [f"zq{secrets.token_hex(6)}" for _ in range(count)]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def settle(handle: str) -> tuple[str, tuple[str, ...]]:
        async with turns:
            return handle, await _settle(house, handle)

    saved = dict(await asyncio.gather(*(settle(handle) for handle in handles)))
    tracks = await _tracks(house, handles[0])
    people: list[Person] = []
    for place, app in enumerate(apps):
        people += await enrol(house, handles[place::APPS], expired=True, app=app)
    _let_tokens_run_out(house)
    dice.shuffle(people)
    everybody = (
        Somebody(person, saved[person.handle], tuple(dice.sample(tracks, 8)), renewed=time.monotonic())
        for person in people
    )
    return Crowd(deque(everybody), tracks, dice)


async def _settle(house: Replicas, handle: str) -> tuple[str, ...]:
    """Let somebody live at the simulated Spotify; returns what they have saved."""
    somebody = {"handle": handle, "display_name": f"Person {handle}", "saved_tracks": _SAVED, "plays": 20}
    await house.simulator.control("POST", "/users", json=somebody)
    speaker = f"Speaker of {handle}"
    player = {"user": handle, "devices": [{"name": speaker, "type": "Speaker"}], "active": speaker}
    await house.simulator.control("POST", "/player", json=player)
    page = await _asked(house, handle, "/me/tracks", limit="50")
    return tuple(row["track"]["uri"] for row in page["items"])


async def _tracks(house: Replicas, handle: str) -> tuple[str, ...]:
    """What the words find, each of which finds ten tracks."""
    found: dict[str, None] = {}
    for word in WORDS:
        page = await _asked(house, handle, "/search", q=word, type="track", limit="10")
        assert len(page["tracks"]["items"]) == 10, word
        found |= dict.fromkeys(track["uri"] for track in page["tracks"]["items"])
    return tuple(found)


async def _asked(house: Replicas, handle: str, path: str, **query: str) -> dict[str, Any]:
    """Ask the simulated Spotify itself, past the servers."""
    given = await house.simulator.control("POST", "/tokens", json={"user": handle})
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    answer = await house.http.get(f"{house.simulator.url}/v1{path}", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _let_tokens_run_out(house: Replicas) -> None:
    """Give the tokens that clients have ends of their own, as if people had signed in one after another."""
    first, last = _FIRST_EXPIRY
    connection = sqlite3.connect(house.database)
    with connection:
        connection.execute(
            "UPDATE access_tokens SET expires_at = ? + abs(random()) % ?", (time.time() + first, last - first)
        )
    connection.close()


def marks_of_others(owner: Somebody, texts: Sequence[str]) -> set[str]:
    """Look for marks that are not the owner's."""
    return {mark for text in texts for mark in MARK.findall(text)} - {owner.mark}
