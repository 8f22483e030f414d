"""T10: keys are changed while people are served, and nobody notices.

Pass: 0 failed requests and every record as a model says, whatever the order of writing, reading, enrolling,
erasing, rotating, making data keys anew and crashing; 0 keys under the old key at the end. The same with real
processes: 0 failed calls while `auxcord keys rotate` runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from auxcord.store import Store
from auxcord.vault import KeyRing, Rotation, Vault
from bench.people import fill
from tests.cli.programs import ended
from tests.people import enrol
from tests.replicas import replicas
from tests.security.rotation_model import KeysAndPeople

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas

NIGHTLY = os.environ.get("AUXCORD_TEST_FORM") == "nightly"
RUNS, STEPS = (400, 60) if NIGHTLY else (25, 30)
BYSTANDERS = 100_000 if NIGHTLY else 3_000
PEOPLE = 24


@pytest.mark.timeout(900)
def test_any_order_of_changes_equals_a_model(tmp_path: Path, figures: Figures) -> None:
    template = tmp_path / "template"
    asyncio.run(make_empty(template))
    KeysAndPeople.template = template
    KeysAndPeople.requests.clear()
    run_state_machine_as_test(
        KeysAndPeople,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    made = KeysAndPeople.requests
    assert all(made[what] for what in ("enrol", "put", "get", "find", "forget", "data keys made anew")), made
    figures.measure("requests in random orders, each answered as the model says", made.total(), ">= 1000")
    figures.measure("rotation steps between them", made["rotation step"], ">= 20")


async def make_empty(directory: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{directory / 'auxcord.db'}")
    await store.open()
    await store.close()


@pytest.mark.server
@pytest.mark.anyio
@pytest.mark.timeout(900)
async def test_servers_answer_every_call_while_the_keys_are_rotated(figures: Figures) -> None:
    """Thousands of people's keys are moved and made anew; some of them call all the time, by two servers."""
    async with replicas(0, settings={"AUXCORD_DATA_KEY_MAX_AGE": "0s"}) as house:
        old, new = house.key, KeyRing.new_key()
        await fill_with_bystanders(house)
        people = await enrol(house, PEOPLE, expired=True)
        house.environment["AUXCORD_ENCRYPTION_KEYS"] = f"{new},{old}"
        await asyncio.gather(house.add(), house.add())
        over = asyncio.Event()
        callers = [asyncio.create_task(call_until(over, person)) for person in people]
        status, _, err = await ended(house.environment, "keys", "rotate", "--data-keys")
        over.set()
        answers = [answer for caller in callers for answer in await caller]
        assert status == 0, err
        assert re.search(r"Moved (\d+) stored keys", err), err
        assert "The older keys can be dropped" in err
        figures.measure("calls to servers while keys are rotated", len(answers), f">= {PEOPLE}")
        figures.count("of these, failed", answers.count(False), "== 0")
        figures.count("stored keys under the old key afterwards", await left_under(house, [new, old]), "== 0")
        house.environment["AUXCORD_ENCRYPTION_KEYS"] = new
        await with_the_new_key_alone(house, people)


async def fill_with_bystanders(house: Replicas) -> None:
    store = Store(house.database_url)
    await store.open()
    await Vault(store, KeyRing.of([house.key])).open()
    await store.close()
    await fill(house.database, house.key, BYSTANDERS)


async def call_until(over: asyncio.Event, person: Person) -> list[bool]:
    """Call about once a second: more would use up the pace that two servers keep towards Spotify."""
    works = []
    while not over.is_set():
        works.append((await person.call("get_account")).works)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), 1.0)
    works.append((await person.call("get_account")).works)
    return works


async def left_under(house: Replicas, keys: list[str]) -> int:
    store, ring = Store(house.database_url), KeyRing.of(keys)
    await store.open()
    counts = await Rotation(store, ring).counts()
    await store.close()
    return sum(count for key_id, count in counts.items() if key_id != ring.ids[0])


async def with_the_new_key_alone(house: Replicas, people: list[Person]) -> None:
    server = await house.add()
    for person in people:
        assert (await person.call("get_account", to=server)).works
    status, _, err = await ended(house.environment, "keys", "check")
    assert (status, "Every stored key opens." in err) == (0, True)
