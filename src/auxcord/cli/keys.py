"""`auxcord keys`: making, looking at and changing the encryption keys."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, NamedTuple

from cyclopts import Parameter
from sqlalchemy import Connection

from auxcord.audit import Event, Trail
from auxcord.audit.trail import CHAIN
from auxcord.errors import StoreError, VaultCorruptError
from auxcord.server.keys import local_keys
from auxcord.server.settings import Settings
from auxcord.store import Store
from auxcord.telemetry import logs
from auxcord.vault import KeyRing, Rekeying, Rotation, Vault

_DAY = 86400.0


def new() -> None:
    """Print a new encryption key, for AUXCORD_ENCRYPTION_KEYS. Keep it apart from the data, and keep it."""
    print(KeyRing.new_key())


def list_() -> None:
    """Show each key's id and how many stored keys it protects, and the age of people's own; never a key."""
    asyncio.run(_list())


def check() -> None:
    """Check that the key ring opens everything that is stored; exit 1 if it does not."""
    asyncio.run(_check())


def rotate(
    *,
    data_keys: Annotated[
        bool,
        Parameter(
            help="Make people's own keys anew as well, those older than AUXCORD_DATA_KEY_MAX_AGE.",
            negative="",
        ),
    ] = False,
) -> None:
    """Move everything to the newest key, which stands first in AUXCORD_ENCRYPTION_KEYS; servers run on.

    Give every server the new key first, in front of the old one. Afterwards the old key can be dropped.
    """
    asyncio.run(_rotate(data_keys=data_keys))


class _Opened(NamedTuple):
    store: Store
    ring: KeyRing
    rekeying: Rekeying
    max_age: float


@asynccontextmanager
async def _opened() -> AsyncIterator[_Opened]:
    settings = Settings.load(command="stdio")
    logs.configure(settings.log_level)
    if not settings.database_file.exists():
        raise StoreError(f"There is no data yet at {settings.database_file}.", advice="Nothing to do.")
    ring = KeyRing.of(local_keys(settings))
    store = Store(settings.database_url)
    try:
        await store.open()
        rekeying = Rekeying.of(ring, clock=time.time, max_age=settings.data_key_max_age)
        yield _Opened(store, ring, rekeying, settings.data_key_max_age)
    finally:
        await store.close()


async def _list() -> None:
    async with _opened() as (store, ring, rekeying, max_age):
        for key_id, count in (await Rotation(store, ring).counts()).items():
            place = (
                "newest" if key_id == ring.ids[0] else "older" if key_id in ring.ids else "NOT IN THE RING"
            )
            print(f"{key_id}  {place:<16} protects {count} stored keys")
        ages = await rekeying.ages(store)
        oldest = "" if ages.oldest is None else f", the oldest {ages.oldest / _DAY:.1f} days old"
        print(f"people's own keys: {ages.keys}{oldest}; {ages.due} older than {max_age / _DAY:g} days")


async def _check() -> None:
    async with _opened() as (store, ring, _, _):
        await Vault(store, ring).open()
        unreadable = 0
        async for user_id, fits in Rotation(store, ring).verified():
            if not fits:
                unreadable += 1
                print(f"the key of person {user_id} does not open")
        if unreadable:
            raise VaultCorruptError(
                f"{unreadable} people's keys do not open.",
                advice="Restore them from a backup, or let these people link their accounts again.",
            )
        print("Every stored key opens.", file=sys.stderr)


async def _rotate(*, data_keys: bool) -> None:
    began = time.monotonic()
    async with _opened() as (store, ring, rekeying, _):
        vault = Vault(store, ring)
        await vault.open()
        rotation = Rotation(store, ring)
        moved, unreadable, _ = await rotation.run()
        trail = Trail(store, lambda: vault.derived(CHAIN))
        if moved:
            await trail.record(Event.KEY_RING_ROTATED, key=ring.ids[0], moved=moved)
        older = sum(count for key_id, count in (await rotation.counts()).items() if key_id != ring.ids[0])
        taken = time.monotonic() - began
        print(
            f"Moved {moved} stored keys to {ring.ids[0]} in {taken:.2f} s; {older} remain under older keys.",
            file=sys.stderr,
        )
        if unreadable:
            raise VaultCorruptError(f"{unreadable} stored keys do not open and were left alone.")
        if not older and len(ring.ids) > 1:
            print("The older keys can be dropped from AUXCORD_ENCRYPTION_KEYS now.", file=sys.stderr)
        if data_keys:
            rekeying.tell = partial(_tell, trail)
            await _remake(store, rekeying)


def _tell(trail: Trail, connection: Connection, user_id: str) -> None:
    trail.entry(connection, Event.DATA_KEY_ROTATED, user=user_id)


async def _remake(store: Store, rekeying: Rekeying) -> None:
    remade = unreadable = 0
    after: str | None = ""
    while after is not None:
        step = await rekeying.step(store, after)
        remade, unreadable, after = remade + step.remade, unreadable + step.unreadable, step.after
    print(f"Made {remade} people's own keys anew.", file=sys.stderr)
    if unreadable:
        raise VaultCorruptError(
            f"Of {unreadable} people something does not open; their keys were left as they are."
        )
