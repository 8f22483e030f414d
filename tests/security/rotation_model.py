"""People, their records and the key ring, as a model; two processes on one database must equal it."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from auxcord.errors import VersionConflictError
from auxcord.store import Store
from auxcord.vault import KeyRing, Record, Rotation, Vault
from auxcord.vault.datakeys import DataKeys
from auxcord.vault.rekeying import Rekeying

if TYPE_CHECKING:
    from collections.abc import Coroutine

ISSUER = "https://accounts.spotify.com"
ACCOUNTS = ("ada", "bram", "chidi", "dorothea", "emi", "farid", "gül")
KINDS = ("spotify-link", "notes", "more")
DAY = 86400.0
MAX_AGE = 90 * DAY
MOST_KEYS = 4

accounts = st.sampled_from(ACCOUNTS)
kinds = st.sampled_from(KINDS)
contents = st.binary(max_size=300)
which = st.integers(0, 1)


class Process(NamedTuple):
    """One of the processes that share the database."""

    store: Store
    vault: Vault
    ring: KeyRing


class KeysAndPeople(RuleBasedStateMachine):
    """Whatever happens to the keys, people's records are what was last written.

    Every request has to succeed: an exception that is not expected fails the run at once.
    """

    requests: ClassVar[Counter[str]] = Counter()
    """How many of each were made, over all runs."""

    template: ClassVar[Path]
    """A database with the newest schema and nobody in it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="auxcord-model-"))
        self.now = 1_800_000_000.0
        self.keys = [KeyRing.new_key()]
        self.people: dict[str, str] = {}
        self.records: dict[tuple[str, str], Record] = {}
        self.numbers = itertools.count()
        self.processes: list[Process] = []

    @initialize()
    def first_start(self) -> None:
        data = self.folder / f"{next(self.numbers)}"
        shutil.copytree(self.template, data)
        self._start(data)

    # --- Requests -------------------------------------------------------------------------------------------

    @rule(account=accounts, process=which)
    def enrol(self, account: str, process: int) -> None:
        user = self._ask("enrol", self.processes[process].vault.enrol(ISSUER, account))
        assert self.people.setdefault(account, user) == user

    @rule(account=accounts, kind=kinds, content=contents, process=which)
    def put(self, account: str, kind: str, content: bytes, process: int) -> None:
        if account in self.people:
            self._run(self._put(account, kind, content, process))

    @rule(account=accounts, kind=kinds, ahead=st.integers(1, 3), process=which)
    def put_over_another_version(self, account: str, kind: str, ahead: int, process: int) -> None:
        if account not in self.people:
            return
        expected = self._version(account, kind) + ahead
        try:
            self._run(
                self.processes[process].vault.put(self.people[account], kind, b"lost", expected=expected)
            )
        except VersionConflictError:
            return
        raise AssertionError("an update was lost")

    @rule(account=accounts, kind=kinds, process=which)
    def get(self, account: str, kind: str, process: int) -> None:
        if account in self.people:
            self._run(self._check(account, kind, process))

    @rule(account=accounts, process=which)
    def forget(self, account: str, process: int) -> None:
        user = self.people.pop(account, None)
        if user is not None:
            assert self._ask("forget", self.processes[process].vault.forget(user))
            for kind in KINDS:
                self.records.pop((account, kind), None)
                assert self._run(self.processes[1 - process].vault.get(user, kind)) is None

    # --- Keys -----------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.keys) < MOST_KEYS)
    @rule()
    def give_a_new_key(self) -> None:
        """In front of the others, to one process after the other, as servers start again."""
        self.keys.insert(0, KeyRing.new_key())
        self._restart()

    @rule(together=st.integers(1, 3), steps=st.integers(1, 4), process=which)
    def rotate_some(self, together: int, steps: int, process: int) -> None:
        self._run(self._rotate(process, together, steps))

    @rule(together=st.integers(1, 3), process=which)
    def make_data_keys_anew(self, together: int, process: int) -> None:
        self._run(self._rekey(process, together))

    @rule(days=st.sampled_from([1, 40, 89, 90, 200]))
    def let_time_pass(self, days: int) -> None:
        self.now += days * DAY

    @precondition(lambda self: len(self.keys) > 1)
    @rule()
    def finish_and_drop_the_old_keys(self) -> None:
        self._run(self._rotate(0, 2, 1000))
        assert self._old_count() == 0
        self.keys = self.keys[:1]
        self._restart()

    # --- Trouble --------------------------------------------------------------------------------------------

    @rule()
    def crash(self) -> None:
        """Everything ends as if the power went; what is on the disk is all there is."""
        before, crashed = self.processes[0].store.path.parent, self.folder / f"{next(self.numbers)}"
        shutil.copytree(before, crashed)
        self._stop()
        self._start(crashed)

    @rule(
        changes=st.lists(st.tuples(accounts, kinds, contents, which), max_size=6, unique_by=lambda c: c[:2]),
        delays=st.lists(st.integers(0, 8), min_size=10, max_size=10),
    )
    def all_at_once(self, changes: list[tuple[str, str, bytes, int]], delays: list[int]) -> None:
        """Writes by both processes while both rotate everybody's keys and make them anew."""
        self.now += MAX_AGE
        if len(self.keys) < MOST_KEYS:
            self.give_a_new_key()
        writes = [self._put(*change) for change in changes if change[0] in self.people]
        keys = [self._rotate(0, 7, 1), self._rotate(1, 2, 1000), self._rekey(0, 7), self._rekey(1, 2)]
        late = [_after(delay, work) for delay, work in zip(delays, [*keys, *writes], strict=False)]
        self._run(_together(late))

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        if self.processes:
            self._run(self._compare())

    def teardown(self) -> None:
        if self.processes:
            self._run(self._rotate(0, 3, 1000))
            assert self._old_count() == 0
            self.keys = self.keys[:1]
            self._restart()
            self._run(self._compare())
            self._every_request_once()
            self._stop()
        self.loop.close()
        shutil.rmtree(self.folder)

    def _every_request_once(self) -> None:
        """Chance may leave a kind of request out of all runs; so each ends with every one of them."""
        account, kind = ACCOUNTS[0], KINDS[0]
        self.enrol(account, 1)
        self._run(self._put(account, kind, b"the last", 0))
        self.now += MAX_AGE
        self._run(self._rekey(1, 2))
        self._run(self._compare())
        self.forget(account, 1)
        self._run(self._compare())

    # --- How ------------------------------------------------------------------------------------------------

    async def _put(self, account: str, kind: str, content: bytes, process: int) -> None:
        self.requests["put"] += 1
        version = await self.processes[process].vault.put(
            self.people[account], kind, content, expected=self._version(account, kind)
        )
        self.records[account, kind] = Record(version, content)

    async def _check(self, account: str, kind: str, process: int) -> None:
        self.requests["get"] += 1
        found = await self.processes[process].vault.get(self.people[account], kind)
        assert found == self.records.get((account, kind))

    async def _compare(self) -> None:
        for process in (0, 1):
            for account in ACCOUNTS:
                assert await self.processes[process].vault.find(ISSUER, account) == self.people.get(account)
                self.requests["find"] += 1
            for account, kind in itertools.product(self.people, KINDS):
                await self._check(account, kind, process)

    async def _rotate(self, process: int, together: int, steps: int) -> None:
        store, _, ring = self.processes[process]
        after: str | None = ""
        while after is not None and steps:
            step = await Rotation(store, ring, together=together).step(after)
            assert step.unreadable == 0
            after, steps = step.after, steps - 1
            self.requests["rotation step"] += 1

    async def _rekey(self, process: int, together: int) -> None:
        store, _, ring = self.processes[process]
        keys = DataKeys(ring, lambda: self.now)
        rekeying = Rekeying(keys, clock=lambda: self.now, max_age=MAX_AGE, together=together)
        after: str | None = ""
        while after is not None:
            step = await rekeying.step(store, after)
            assert step.unreadable == 0
            after = step.after
            self.requests["data keys made anew"] += step.remade

    def _version(self, account: str, kind: str) -> int:
        record = self.records.get((account, kind))
        return 0 if record is None else record.version

    def _old_count(self) -> int:
        store, _, ring = self.processes[0]
        counts = self._run(Rotation(store, ring).counts())
        return sum(count for key_id, count in counts.items() if key_id != ring.ids[0])

    def _ask(self, what: str, request: Coroutine[Any, Any, Any]) -> Any:
        self.requests[what] += 1
        return self._run(request)

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run(work)

    def _start(self, data: Path) -> None:
        self.processes = [self._run(self._opened(data)) for _ in range(2)]

    def _stop(self) -> None:
        for process in self.processes:
            self._run(process.store.close())

    def _restart(self) -> None:
        data = self.processes[0].store.path.parent
        self._stop()
        self._start(data)

    async def _opened(self, data: Path) -> Process:
        ring = KeyRing.of(self.keys)
        store = Store(f"sqlite+aiosqlite:///{data / 'auxcord.db'}")
        vault = Vault(store, ring, clock=lambda: self.now, data_key_max_age=MAX_AGE)
        await store.open(fits=vault.fits)
        await vault.open()
        return Process(store, vault, ring)


async def _after(turns: int, work: Coroutine[Any, Any, None]) -> None:
    """Let others go first, so many times."""
    for _ in range(turns):
        await asyncio.sleep(0)
    await work


async def _together(work: list[Coroutine[Any, Any, Any]]) -> None:
    await asyncio.gather(*work)
