"""What the model reads is data, whatever somebody called their song."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxcord.spotify.models import ArtistRef, Track
from auxcord.views import NAME_LENGTH, clean, clock_time, count, credit, lines, row, table


@pytest.mark.parametrize(
    "name",
    [
        "Nine Bells",
        "夜の散歩",
        "Übungsraum 3 (Probe)",
        "Привет, мир",
        "موسيقى",
        "नमस्ते",
        "Don't Stop - 2019 Remaster",
    ],
)
def test_readable_text_of_any_script_comes_out_as_it_went_in(name: str) -> None:
    assert clean(name) == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\nlines", "two lines"),
        ("tab\tand\r\nreturn", "tab and return"),
        ("line\u2028separator\u2029here", "line separator here"),
        ("column|break", "column\u00a6break"),
        ("right\u202eto\u2066left\u200f", "righttoleft"),
        ("zero\u200bwidth\ufeff\u2060", "zerowidth"),
        ("tags\U000e0049\U000e0067\U000e006e", "tags"),
        ("smuggled\ufe01\ufe0e\U000e0150", "smuggled"),
        ("nul\x00bell\x07escape\x1b[31m", "nulbellescape[31m"),
        ("filler\u3164\u115f\u2800", "filler"),
        ("half\ud83d", "half"),
        ("   padded   out   ", "padded out"),
        (None, ""),
        ("", ""),
    ],
)
def test_characters_that_hide_or_break_rows_are_taken_out(name: str | None, shown: str) -> None:
    assert clean(name) == shown


def test_a_pile_of_combining_marks_is_cut_down() -> None:
    piled = clean("a" + "\u0301" * 50 + "\u200b" + "\u0301" * 50)
    assert sum(unicodedata.combining(character) > 0 for character in piled) == 3


def test_a_long_name_is_cut_where_one_can_see_it() -> None:
    shown = clean("x" * 1000)
    assert len(shown) == NAME_LENGTH
    assert shown.endswith("…")


@given(st.text(st.characters(), max_size=200), st.integers(2, 100))
def test_no_text_breaks_out_of_its_column(name: str, limit: int) -> None:
    shown = clean(name, limit)
    assert len(shown) <= limit
    assert "|" not in shown
    assert len(shown.splitlines()) <= 1
    assert shown == shown.strip()
    assert not any(
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for character in shown
    )
    shown.encode()


@given(st.text(max_size=100))
def test_cleaning_twice_is_cleaning_once(name: str) -> None:
    assert clean(clean(name)) == clean(name)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_a_row_has_as_many_columns_as_it_was_given(names: list[str]) -> None:
    assert row(*map(clean, names)).count("|") == len(names) - 1


def test_times_and_counts_read_like_times_and_counts() -> None:
    assert [clock_time(0), clock_time(61_999), clock_time(3_600_000)] == ["0:00", "1:01", "1:00:00"]
    assert [count(1, "item"), count(0, "item"), count(1_200, "item")] == ["1 item", "0 items", "1,200 items"]


def test_an_answer_has_no_empty_lines() -> None:
    assert lines("one", "", ["two", ""], []) == "one\ntwo"


def test_many_artists_are_counted_after_the_third() -> None:
    artists = [ArtistRef(name=name) for name in ("Ada", "Bram", "Chidi", "Dorothea", "Emi")]
    assert credit(artists) == "Ada, Bram, Chidi +2"


def test_missing_facts_leave_a_column_empty_and_never_say_none() -> None:
    track = Track(uri="spotify:track:1", name="Song", is_playable=False)
    assert table([track]) == ["tracks: title|artists|album|m:ss|uri", "Song|||unplayable|spotify:track:1"]
