"""An envelope opens unaltered, with its key, as what it is; in every other case it is corrupt."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxcord.errors import VaultCorruptError
from auxcord.vault import envelope

KEY = bytes(range(32))
PARTS = (b"record", b"user", b"kind", b"\x00\x01")


@given(st.binary(max_size=2000), st.lists(st.binary(max_size=20)))
def test_what_was_sealed_comes_back(content: bytes, parts: list[bytes]) -> None:
    assert envelope.open_(KEY, envelope.seal(KEY, content, aad_parts=parts), aad_parts=parts) == content


@given(st.lists(st.binary(max_size=5)), st.lists(st.binary(max_size=5)))
def test_other_parts_do_not_open_it(parts: list[bytes], others: list[bytes]) -> None:
    sealed = envelope.seal(KEY, b"content", aad_parts=parts)
    if parts != others:
        with pytest.raises(VaultCorruptError):
            envelope.open_(KEY, sealed, aad_parts=others)


@given(st.lists(st.binary(max_size=5)), st.lists(st.binary(max_size=5)))
def test_different_lists_of_parts_are_never_joined_alike(parts: list[bytes], others: list[bytes]) -> None:
    assert (envelope.joined(*parts) == envelope.joined(*others)) == (parts == others)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(VaultCorruptError):
        envelope.open_(os.urandom(32), envelope.seal(KEY, b"content", aad_parts=PARTS), aad_parts=PARTS)


def test_nonces_do_not_repeat() -> None:
    nonces = {envelope.seal(KEY, b"", aad_parts=())[4:16] for _ in range(100_000)}
    assert len(nonces) == 100_000


@given(st.binary(max_size=1000))
def test_padding_comes_off_again_and_hides_the_size(content: bytes) -> None:
    padded = envelope.padded(content)
    assert len(padded) % 256 == 0
    assert envelope.unpadded(padded) == content


@pytest.mark.parametrize("content", [b"", b"\x00" * 256, b"x" * 256])
def test_missing_padding_is_noticed(content: bytes) -> None:
    with pytest.raises(VaultCorruptError):
        envelope.unpadded(content)
