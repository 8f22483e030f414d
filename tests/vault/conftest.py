"""An open vault in a directory of its own, under a clock that stands still until moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.store import Store
from auxcord.vault import KeyRing, Vault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


ISSUER = "https://accounts.spotify.com"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing.of([KeyRing.new_key()])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "auxcord.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def vault(store: Store, ring: KeyRing, clock: Clock) -> Vault:
    vault = Vault(store, ring, clock=clock)
    await vault.open()
    return vault


@pytest.fixture
async def ada(vault: Vault) -> str:
    ada = await vault.enrol(ISSUER, "ada")
    await vault.put(ada, "link", b"ada's tokens", expected=0)
    await vault.put(ada, "notes", b"ada's notes", expected=0)
    return ada
