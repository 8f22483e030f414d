"""What metrics tell of the database: read seldom, never in the way, and honest when it cannot be read."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from auxcord.audit import Event
from auxcord.server.assembly import Parts
from auxcord.server.census import Census
from auxcord.server.readings import EVERY_SECONDS, Readings
from auxcord.server.settings import Settings
from auxcord.telemetry import metrics
from auxcord.telemetry.instruments import recording
from auxcord.vault import KeyRing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio


class Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Parts]:
    """The parts of a server, with nobody in it."""
    settings = Settings.load(
        {
            "SPOTIFY_CLIENT_ID": "0" * 32,
            "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'data' / 'auxcord.sqlite3'}",
        },
        command="stdio",
    )
    parts = Parts.of(settings, [KeyRing.new_key()])
    await parts.open()
    try:
        yield parts
    finally:
        await parts.close()


async def test_the_database_is_read_at_most_every_fifteen_seconds(tmp_path: Path) -> None:
    time = Time()
    async with opened(tmp_path) as parts:
        readings = Readings(parts, lambda: parts.vault.key_ids, steady=time)
        with readings.told():
            await readings.renew()
            assert metrics.DATA_KEYS_WRAPPED.values["newest",] == 0
            await parts.vault.enrol("issuer", "somebody")
            time.now += EVERY_SECONDS - 1
            await readings.renew()
            assert metrics.DATA_KEYS_WRAPPED.values["newest",] == 0
            time.now += 1
            await readings.renew()
            assert metrics.DATA_KEYS_WRAPPED.values["newest",] == 1
        assert metrics.DATA_KEYS_WRAPPED.values == {}


async def test_a_database_that_cannot_be_read_is_told_and_old_figures_are_not(tmp_path: Path) -> None:
    time = Time()
    async with opened(tmp_path) as parts:
        readings = Readings(parts, lambda: parts.vault.key_ids, steady=time)
        with readings.told():
            await readings.renew()
            assert metrics.STORE_REACHED.values == {(): 1.0}
            await parts.store.close()
            time.now += EVERY_SECONDS
            await readings.renew()
            assert metrics.STORE_REACHED.values == {(): 0.0}
            assert metrics.SEATS_TAKEN.values == {}


async def test_keys_by_older_and_missing_ones_and_a_rotation_show(tmp_path: Path) -> None:
    time = Time()
    async with opened(tmp_path) as parts:
        await parts.vault.enrol("issuer", "somebody")
        (ours,) = parts.vault.key_ids
        for ids, told in (((ours,), "newest"), (("another", ours), "older"), (("another",), "missing")):
            readings = Readings(parts, lambda ids=ids: ids, steady=time)
            with readings.told():
                await readings.renew()
                assert [key for (key,), count in metrics.DATA_KEYS_WRAPPED.values.items() if count] == [told]
        with readings.told():
            before = metrics.KEY_RING_AGE.values[()]
            await parts.accounts.trail.record(Event.KEY_RING_ROTATED, key=ours, moved=1)
            time.now += EVERY_SECONDS
            await readings.renew()
            assert 0 <= metrics.KEY_RING_AGE.values[()] <= before + EVERY_SECONDS


async def test_the_census_takes_a_twentieth_of_the_time_and_tells_every_state(tmp_path: Path) -> None:
    slept: list[float] = []
    time = Time()

    def steady() -> float:
        time.now += 1.0
        return time.now

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with opened(tmp_path) as parts:
        for number in range(40):
            await parts.vault.enrol("issuer", f"person-{number}")
        census = Census(parts, warning=0.0, sleep=sleep, steady=steady)
        await census.count()
        assert slept == pytest.approx([19.0, 19.0])
        assert census.states == {
            ("active",): 0,
            ("reauthorization_required",): 0,
            ("not_admitted",): 0,
            ("not_linked",): 40,
            ("unreadable",): 0,
        }


async def test_every_limit_that_is_hit_is_counted_where_the_trail_is_told_once(tmp_path: Path) -> None:
    recording.on = True
    try:
        async with opened(tmp_path) as parts:
            for _ in range(3):
                await parts.accounts.trail.record_sparingly(Event.LIMIT_HIT, limit="sessions")
        assert metrics.LIMITS_HIT.values == {("sessions",): 3}
        assert metrics.LINES_WRITTEN.values["server:limit:hit",] == 1
    finally:
        recording.on = False
        for instrument in metrics.DECLARED:
            instrument.forget()
