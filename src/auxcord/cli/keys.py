"""`auxcord keys`: making, looking at and changing the encryption keys."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from auxcord.audit import Event, Trail
from auxcord.audit.trail import CHAIN
from auxcord.errors import StoreError, VaultCorruptError
from auxcord.server.keys import local_keys
from auxcord.server.settings import Settings
from auxcord.store import Store
from auxcord.telemetry import logs
from auxcord.vault import KeyRing, Rotation, Vault


def new() -> None:
    """Print a new encryption key, for AUXCORD_ENCRYPTION_KEYS. Keep it apart from the data, and keep it."""
    print(KeyRing.new_key())


def list_() -> None:
    """Show each key's id and how many stored keys it protects; never a key."""
    asyncio.run(_list())


def check() -> None:
    """Check that the key ring opens everything that is stored; exit 1 if it does not."""
    asyncio.run(_check())


def rotate() -> None:
    """Move everything to the newest key, which stands first in AUXCORD_ENCRYPTION_KEYS; servers run on.

    Give every server the new key first, in front of the old one. Afterwards the old key can be dropped.
    """
    asyncio.run(_rotate())


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Store, KeyRing]]:
    settings = Settings.load(command="stdio")
    logs.configure(settings.log_level)
    if not settings.database_file.exists():
        raise StoreError(f"There is no data yet at {settings.database_file}.", advice="Nothing to do.")
    ring = KeyRing.of(local_keys(settings))
    store = Store(settings.database_url)
    try:
        await store.open()
        yield store, ring
    finally:
        await store.close()


async def _list() -> None:
    async with _opened() as (store, ring):
        for key_id, count in (await Rotation(store, ring).counts()).items():
            place = (
                "newest" if key_id == ring.ids[0] else "older" if key_id in ring.ids else "NOT IN THE RING"
            )
            print(f"{key_id}  {place:<16} protects {count} stored keys")


async def _check() -> None:
    async with _opened() as (store, ring):
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


async def _rotate() -> None:
    async with _opened() as (store, ring):
        vault = Vault(store, ring)
        await vault.open()
        rotation = Rotation(store, ring)
        moved, unreadable, after = 0, 0, ""
        while True:
            step = await rotation.step(after)
            moved, unreadable = moved + step.moved, unreadable + step.unreadable
            if step.after is None:
                break
            after = step.after
        if moved:
            trail = Trail(store, lambda: vault.derived(CHAIN))
            await trail.record(Event.KEY_RING_ROTATED, key=ring.ids[0], moved=moved)
        older = sum(count for key_id, count in (await rotation.counts()).items() if key_id != ring.ids[0])
        print(
            f"Moved {moved} stored keys to {ring.ids[0]}; {older} remain under older keys.", file=sys.stderr
        )
        if unreadable:
            raise VaultCorruptError(f"{unreadable} stored keys do not open and were left alone.")
        if not older and len(ring.ids) > 1:
            print("The older keys can be dropped from AUXCORD_ENCRYPTION_KEYS now.", file=sys.stderr)
