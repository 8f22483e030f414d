"""New keys for a vault that is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.server.reloading import reload_keys
from auxcord.server.settings import Settings
from auxcord.vault import KeyRing, Vault
from tests.vault.conftest import path, store

if TYPE_CHECKING:
    from collections.abc import Callable

    from auxcord.store import Store

__all__ = ["path", "store"]

pytestmark = pytest.mark.anyio


def with_keys(*keys: str) -> Callable[[], Settings]:
    environment = {"SPOTIFY_CLIENT_ID": "0" * 32, "AUXCORD_ENCRYPTION_KEYS": ",".join(keys)}
    return lambda: Settings.load(environment)


async def test_new_keys_are_used_and_what_the_old_ones_sealed_still_opens(store: Store) -> None:
    old, new = KeyRing.new_key(), KeyRing.new_key()
    vault = Vault(store, KeyRing.of([old]))
    await vault.open()
    user_id = await vault.enrol("spotify", "ada")
    await vault.put(user_id, "kind", b"content", expected=0)
    sealed = vault.seal("purpose", b"cursor")

    assert await reload_keys(vault, with_keys(new, old))
    assert vault.key_ids == KeyRing.of([new, old]).ids
    record = await vault.get(user_id, "kind")
    assert record is not None
    assert record.content == b"content"
    assert vault.open_("purpose", sealed) == b"cursor"
    assert vault.open_("purpose", vault.seal("purpose", b"another")) == b"another"

    # Somebody enrolled now is wrapped under the new key: a process with the old one alone would refuse.
    await vault.enrol("spotify", "bo")
    assert not await reload_keys(vault, with_keys(old))
    assert vault.key_ids == KeyRing.of([new, old]).ids


async def test_keys_that_do_not_fit_or_cannot_be_read_change_nothing(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    key = KeyRing.new_key()
    vault = Vault(store, KeyRing.of([key]))
    await vault.open()
    user_id = await vault.enrol("spotify", "ada")
    await vault.put(user_id, "kind", b"content", expected=0)
    stranger = KeyRing.new_key()
    assert not await reload_keys(vault, with_keys(stranger))
    assert not await reload_keys(vault, with_keys("not-a-key"))
    record = await vault.get(user_id, "kind")
    assert record is not None
    assert record.content == b"content"
    told = capsys.readouterr()
    assert stranger not in told.out + told.err
