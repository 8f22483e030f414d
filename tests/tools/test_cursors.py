"""A cursor says where a list goes on, to one person, for one listing, for a day."""

import pytest

from auxcord.caller import Cursors
from auxcord.errors import InputError
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault


@pytest.fixture
def vault() -> Vault:
    return Vault(Store("sqlite+aiosqlite:///unopened.db"), KeyRing.of([KeyRing.new_key()]))


@pytest.mark.parametrize("position", [0, 50, 100_000, "1793491200000", "4uLU6hMCjMI75M1A2tKUQC"])
def test_a_cursor_opens_to_the_place_it_was_made_for(vault: Vault, position: int | str) -> None:
    cursors = Cursors(vault, "person")
    assert cursors.open_("listing", cursors.seal("listing", position)) == position


def test_a_cursor_is_short_and_says_nothing(vault: Vault) -> None:
    cursor = Cursors(vault, "person").seal("list_library\ntracks", 50)
    print(f"cursor: {len(cursor)} characters")  # noqa: T201
    assert len(cursor) <= 120
    assert "person" not in cursor
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_another_persons_cursor_does_not_open(vault: Vault) -> None:
    cursor = Cursors(vault, "ada").seal("listing", 50)
    with pytest.raises(InputError, match="expired or belongs to another list"):
        Cursors(vault, "bram").open_("listing", cursor)


def test_a_cursor_opens_for_its_own_listing_only(vault: Vault) -> None:
    cursors = Cursors(vault, "ada")
    with pytest.raises(InputError):
        cursors.open_("get_playlist\nB", cursors.seal("get_playlist\nA", 50))


def test_a_cursor_ends_after_a_day(vault: Vault) -> None:
    now = [1_000_000.0]
    cursors = Cursors(vault, "ada", clock=lambda: now[0])
    cursor = cursors.seal("listing", 50)
    now[0] += 86_000
    assert cursors.open_("listing", cursor) == 50
    now[0] += 1_000
    with pytest.raises(InputError):
        cursors.open_("listing", cursor)


@pytest.mark.parametrize("cursor", ["", "x", "????", "é" * 40, "AAAA" * 40, "\ud83d", "a" * 5_000])
def test_nonsense_is_no_cursor(vault: Vault, cursor: str) -> None:
    with pytest.raises(InputError, match="cursor"):
        Cursors(vault, "ada").open_("listing", cursor)


def test_an_altered_cursor_does_not_open(vault: Vault) -> None:
    cursors = Cursors(vault, "ada")
    cursor = cursors.seal("listing", 50)
    for place in range(0, len(cursor), 7):
        other = "A" if cursor[place] != "A" else "B"
        with pytest.raises(InputError):
            cursors.open_("listing", cursor[:place] + other + cursor[place + 1 :])


def test_cursors_do_not_show_whose_they_are(vault: Vault) -> None:
    assert "ada" not in repr(Cursors(vault, "ada"))
