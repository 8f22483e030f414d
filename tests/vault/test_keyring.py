"""The key ring accepts only good keys, shows none, and unwraps only what is meant."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxcord.errors import KeyRingError, VaultCorruptError
from auxcord.vault import KeyRing
from auxcord.vault.keyring import Wrapped, _binding

OLD, NEW = KeyRing.new_key(), KeyRing.new_key()


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ([], "There is no encryption key."),
        ([NEW, ""], "Encryption key number 2 is not"),
        ([NEW[:-1]], "Encryption key number 1 is not"),
        ([base64.urlsafe_b64encode(b"short").decode()], "number 1 is not"),
        ([NEW + "\n"], "number 1 is not"),
        ([f"{NEW[:-2]}é="], "number 1 is not"),
        ([NEW, OLD, NEW], "given twice"),
    ],
)
def test_a_ring_of_bad_keys_is_refused_in_plain_words_that_show_no_key(
    keys: list[str], sentence: str
) -> None:
    with pytest.raises(KeyRingError, match=sentence) as caught:
        KeyRing.of(keys)
    assert all(key not in str(caught.value) for key in keys if key)


def test_a_ring_shows_ids_and_never_keys() -> None:
    ring = KeyRing.of([NEW, OLD])
    assert repr(ring) == f"KeyRing(ids={ring.ids!r})"
    for key in (NEW, OLD):
        assert key not in repr(ring)
        assert base64.urlsafe_b64decode(key).hex() not in repr(ring)


def test_the_newest_key_wraps_and_every_key_unwraps() -> None:
    before = KeyRing.of([OLD]).wrap(b"k" * 32, purpose="p")
    ring = KeyRing.of([NEW, OLD])
    assert ring.unwrap(before, purpose="p") == b"k" * 32
    assert ring.wrap(b"k" * 32, purpose="p").key_id == ring.ids[0] == KeyRing.of([NEW]).ids[0]


def test_a_key_id_says_which_key_it_is_and_nothing_else() -> None:
    assert KeyRing.of([OLD]).ids == KeyRing.of([NEW, OLD]).ids[1:]
    assert {len(key_id) for key_id in KeyRing.of([NEW, OLD]).ids} == {16}


def test_what_an_unknown_key_wrapped_is_a_matter_of_the_ring() -> None:
    with pytest.raises(KeyRingError):
        KeyRing.of([NEW]).unwrap(KeyRing.of([OLD]).wrap(b"k", purpose="p"), purpose="p")


@given(st.text(), st.text())
def test_a_wrapped_key_opens_for_its_purpose_only(purpose: str, other: str) -> None:
    ring = KeyRing.of([NEW])
    wrapped = ring.wrap(b"k" * 32, purpose=purpose)
    assert ring.unwrap(wrapped, purpose=purpose) == b"k" * 32
    if other != purpose:
        with pytest.raises(VaultCorruptError):
            ring.unwrap(wrapped, purpose=other)


def test_a_wrapped_key_whose_key_id_was_exchanged_does_not_open() -> None:
    ring = KeyRing.of([NEW, OLD])
    wrapped = ring.wrap(b"k" * 32, purpose="p")
    with pytest.raises(VaultCorruptError):
        ring.unwrap(Wrapped(ring.ids[1], wrapped.token), purpose="p")


def test_the_binding_names_both_the_purpose_and_the_key() -> None:
    bindings = {
        _binding(purpose, key_id) for purpose in ("a", "b", "ab", "") for key_id in ("a", "b", "ab", "")
    }
    assert len(bindings) == 16


def test_derived_keys_differ_by_key_and_by_label_and_are_the_same_tomorrow() -> None:
    ring = KeyRing.of([NEW, OLD])
    derived = [key for label in ("a", "b", "ab", "") for _, key in ring.derive(label)]
    assert len(set(derived)) == 8
    assert {len(key) for key in derived} == {32}
    assert KeyRing.of([NEW, OLD]).derive("a") == ring.derive("a")
    assert [key_id for key_id, _ in ring.derive("a")] == list(ring.ids)


def test_a_key_that_shares_half_of_the_right_one_is_never_taken_for_it() -> None:
    right, other = (base64.urlsafe_b64decode(KeyRing.new_key()) for _ in range(2))
    ring = KeyRing([right])
    half = KeyRing([right[:16] + other[16:]])
    assert all(half.misses(ring.wrap(b"k" * 32, purpose="index")) for _ in range(2_000))
