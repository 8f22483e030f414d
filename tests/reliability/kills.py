"""Real processes killed with SIGKILL while they refresh and rotate tokens; after each kill, what is kept."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httpx2
from sqlalchemy import update

from auxcord.errors import VaultError
from auxcord.store.schema import leases
from tests.people import kept, register, sign_in
from tests.reliability.crowd import PUT_OFF

if TYPE_CHECKING:
    import random

    from auxcord.server.assembly import Parts
    from tests.people import Person
    from tests.processes import Program
    from tests.replicas import Replicas

PATIENCE: Final = 3.0
"""Seconds a caller waits; longer only for somebody whose refresh was killed, until the lease has run out."""
REST: Final = 46.0
"""Seconds for which such a person is left alone."""
ENDED: Final = "no longer accepts this account's link"
NEWCOMERS: Final = ("ada", "bram", "chidi", "dorothea", "emi", "farid")


@dataclass
class Account:
    """What happened; people by their handles.

    Attributes:
        used: The number of the newest Spotify access token used for each, by the simulator's log: the refresh
            it came from was acknowledged.
        in_flight: Who was being called at a replica that was killed at that moment.
        ended: Who was told that they have to consent again.
    """

    kills: int = 0
    worked: int = 0
    cut: int = 0
    put_off: int = 0
    refreshes: int = 0
    missing: int = 0
    torn: int = 0
    sign_ins: int = 0
    rotations: int = 0
    tokens_missing: int = 0
    acknowledged: set[tuple[str, int]] = field(default_factory=set)
    used: dict[str, int] = field(default_factory=dict)
    in_flight: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)


class Killing:
    """Callers, people who sign in and rotate tokens, and somebody who kills the processes they talk to.

    Args:
        house: The processes.
        inside: The same database, opened here.
        people: Whom the callers call for; each needs a refresh at every call.
        dice: Decides whom to kill, and when.
    """

    def __init__(self, house: Replicas, inside: Parts, people: list[Person], dice: random.Random) -> None:
        self.account = Account()
        self._house = house
        self._inside = inside
        self._people = {person.handle: person for person in people}
        self._waiting = deque(people)
        self._resting: dict[str, float] = {}
        self._calling: dict[int, dict[str, Person]] = {id(replica): {} for replica in house.all}
        self._dice = dice
        self._over = asyncio.Event()
        self._looking = asyncio.Lock()
        self._served: Counter[int] = Counter()
        self._kills_left = 0
        self._seen = 0

    async def run(self, kills: int, *, callers: int, clients: int) -> Account:
        """Kill so many processes, with so many callers at each and so many clients that rotate tokens."""
        client_id = await register(self._house)
        self._kills_left = kills
        async with asyncio.TaskGroup() as tasks:
            for replica in self._house.all:
                for _ in range(callers):
                    tasks.create_task(self._call(replica))
            for _ in range(clients):
                tasks.create_task(self._rotate(client_id))
            try:
                async with asyncio.TaskGroup() as killers:
                    for replica in self._house.all:
                        killers.create_task(self._kill(replica))
            finally:
                self._over.set()
        await self._look()
        return self.account

    async def run_out_leases(self) -> None:
        """Do what waiting for 45 seconds does: let the leases of the killed run out."""
        await self._inside.store.transact(
            lambda connection: connection.execute(update(leases).values(until=0))
        )

    def integrity(self) -> str:
        """What SQLite says about the whole file: `ok`, or what is wrong."""
        return self._ask_sqlite("PRAGMA integrity_check")

    async def _kill(self, replica: Program) -> None:
        """Kill a replica again and again, each time at a random moment after it has begun to serve."""
        while self._kills_left > 0:
            self._kills_left -= 1
            served, enough = self._served[replica.port], self._dice.randrange(1, 16)
            while self._served[replica.port] < served + enough:  # noqa: ASYNC110 - nothing tells of an answer
                await asyncio.sleep(0.005)
            await asyncio.sleep(self._dice.uniform(0, 0.05))
            self.account.in_flight |= self._calling[id(replica)].keys()
            await replica.kill()
            self.account.kills += 1
            async with self._looking:
                await self._look()
            await replica.start()

    async def _look(self) -> None:
        """Compare what was used with what is kept; in this order, because it must have been kept by then."""
        news = await self._house.simulator.control("GET", "/requests", params={"since": self._seen})
        self._seen = news["count"]
        active = {entry["user"] for entry in news["requests"]} & self._people.keys()
        for entry in news["requests"]:
            self._note(entry)
        for handle in active:
            await self._compare(self._people[handle])
        if await asyncio.to_thread(self._ask_sqlite, "PRAGMA quick_check") != "ok":
            self.account.torn += 1

    def _note(self, entry: dict[str, Any]) -> None:
        if entry["user"] not in self._people:
            return
        if entry["grant_type"] == "refresh_token" and entry["status"] == 200:
            self.account.refreshes += 1
        if entry["token"] is not None and entry["status"] == 200:
            user, number = entry["user"], entry["token"]
            self.account.acknowledged.add((user, number))
            self.account.used[user] = max(number, self.account.used.get(user, 0))

    async def _compare(self, person: Person) -> None:
        try:
            link = (await kept(self._inside, person.user_id)).link
        except (VaultError, AssertionError):
            self.account.torn += 1
            return
        token = await self._house.simulator.look(link.access_token)
        if token["number"] < self.account.used.get(person.handle, 0):
            self.account.missing += 1

    def _ask_sqlite(self, question: str) -> str:
        with contextlib.closing(sqlite3.connect(self._house.database, timeout=30)) as connection:
            return str(connection.execute(question).fetchone()[0])

    async def _call(self, replica: Program) -> None:
        calling = self._calling[id(replica)]
        while not self._over.is_set():
            person = self._next() if replica.up else None
            if person is None:
                await asyncio.sleep(0.01)
                continue
            calling[person.handle] = person
            try:
                await self._call_once(person, replica)
            finally:
                del calling[person.handle]
                self._waiting.append(person)

    def _next(self) -> Person | None:
        """Whoever was not called for the longest time; nobody whose refresh was killed a moment ago."""
        for _ in range(len(self._waiting)):
            person = self._waiting.popleft()
            if person.handle in self.account.ended:
                continue
            if time.monotonic() >= self._resting.get(person.handle, 0):
                return person
            self._waiting.append(person)
        return None

    async def _call_once(self, person: Person, replica: Program) -> None:
        try:
            answer = await asyncio.wait_for(person.call("get_account", to=replica), PATIENCE)
        except httpx2.TransportError:
            self.account.cut += 1
            return
        except TimeoutError:
            self.account.put_off += 1
            self._resting[person.handle] = time.monotonic() + REST
            return
        self._served[replica.port] += 1
        if answer.works:
            self.account.worked += 1
        elif ENDED in answer.text:
            self.account.ended.add(person.handle)
        elif any(words in answer.text for words in PUT_OFF):
            self.account.put_off += 1
        else:
            self.account.errors.append(answer.text)

    async def _rotate(self, client_id: str) -> None:
        """Sign in, rotate, call, and so on; after a cut, go on with the tokens that did arrive."""
        person: Person | None = None
        while not self._over.is_set():
            try:
                if person is None or self._dice.random() < 0.1:
                    handle = self._dice.choice(NEWCOMERS)
                    person = await sign_in(self._house, handle, client_id=client_id)
                    self.account.sign_ins += 1
                await self._rotate_once(person)
                await asyncio.sleep(0.1)  # the callers need the cores as well
            except httpx2.TransportError:
                self.account.cut += any(replica.up for replica in self._house.all)
                await asyncio.sleep(0.05)
            except TimeoutError:
                self.account.put_off += 1

    async def _rotate_once(self, person: Person) -> None:
        renewed = await asyncio.wait_for(person.renew(), PATIENCE)
        if renewed.status_code == 200:
            self.account.rotations += 1
        else:
            self.account.tokens_missing += 1
            self.account.errors.append(f"/token: {renewed.status_code} {renewed.text}")
        answer = await asyncio.wait_for(person.call("get_account"), PATIENCE)
        if answer.status == 401:
            self.account.tokens_missing += 1
            self.account.errors.append(f"/mcp: {answer.text}")
