"""What belongs to nobody yet opens for its purpose only, as long as its key is in the ring."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxcord.errors import VaultCorruptError
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault

OLD, NEW = KeyRing.new_key(), KeyRing.new_key()


def vault_with(*keys: str) -> Vault:
    """A vault for sealing only: its database is never opened."""
    return Vault(Store("sqlite+aiosqlite:////nowhere/auxcord.db"), KeyRing.of(keys))


VAULT = vault_with(NEW)


@given(st.text(), st.text(), st.binary())
def test_a_seal_opens_for_its_purpose_only(purpose: str, other: str, content: bytes) -> None:
    sealed = VAULT.seal(purpose, content)
    assert VAULT.open_(purpose, sealed) == content
    if other != purpose:
        with pytest.raises(VaultCorruptError):
            VAULT.open_(other, sealed)


def test_equal_contents_never_look_equal() -> None:
    seals = {VAULT.seal("purpose", b"content") for _ in range(1000)}
    assert len({sealed[8:] for sealed in seals}) == 1000
    assert len({sealed[8:24] for sealed in seals}) == 1000


def test_whoever_meets_an_altered_seal_is_told_to_start_again() -> None:
    sealed = VAULT.seal("purpose", b"content")
    for altered in (b"", sealed[:10], sealed[:-1], bytes(8) + sealed[8:]):
        with pytest.raises(VaultCorruptError) as caught:
            VAULT.open_("purpose", altered)
        assert caught.value.advice == "Start again from the beginning."


def test_seals_survive_a_new_key_and_end_when_the_old_one_goes() -> None:
    sealed = vault_with(OLD).seal("purpose", b"content")
    assert vault_with(NEW, OLD).open_("purpose", sealed) == b"content"
    with pytest.raises(VaultCorruptError):
        vault_with(NEW).open_("purpose", sealed)
