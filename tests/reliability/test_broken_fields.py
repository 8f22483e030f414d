"""Answers with one thing wrong: what does not matter never breaks a read, what does is named in the error.

`FIELD_EXAMPLES=2000 pytest tests/reliability/test_broken_fields.py` looks longer, and elsewhere each time.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auxcord.errors import AmbiguousWriteError, AuxcordError, MalformedAnswerError
from auxcord.spotify.decoding import decode
from auxcord.spotify.models import Named, Part, Playlist, SearchResults, Snapshot
from tests.reliability.fields import structs
from tests.reliability.matrix import ROWS
from tests.reliability.mutations import (
    JUNK,
    Place,
    changed,
    harm,
    kinds_of_places,
    places,
    said,
    spelled,
    trimmed,
)
from tests.reliability.rereading import Rereading
from tests.reliability.shapes import SHAPES, TOGETHER, reachable

if TYPE_CHECKING:
    from tests.reliability.operations import Row

MORE = os.environ.get("FIELD_EXAMPLES")
EXAMPLES = settings(
    max_examples=int(MORE or 40),
    derandomize=MORE is None,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SUBJECT = "broken fields"
READING = [row for row in ROWS if row.name in SHAPES]
EACH = pytest.mark.parametrize("row", READING, ids=lambda row: row.name)


@cache
def answer_to(row: Row) -> Any:
    """What the simulator really answers."""
    with Rereading(row) as reading:
        return reading.answer()


def check(row: Row, place: Place, new: Any, error: AuxcordError | None) -> None:
    """See that a change mattered exactly when it should, and was named then."""
    due = harm(SHAPES[row.name], place, new)
    told = f"{row.name}: {spelled(place)} = {said(new)}"
    if row.name == "library.contains" and "of each thing" in str(error):
        return  # fewer answers than questions
    if error is None:
        assert due is None, f"{told} went unnoticed"
        return
    assert isinstance(error, (MalformedAnswerError, AmbiguousWriteError))
    assert due is not None, f"{told} broke it: {error}"
    assert not due.place or spelled(due.place) in str(error), f"{told} is not named: {error}"


@EACH
def test_a_broken_field_breaks_a_read_only_if_it_is_needed_and_is_named_then(
    row: Row, record_property: pytest.RecordProperty
) -> None:
    kinds, everywhere = kinds_of_places(answer_to(row)), list(places(answer_to(row)))
    tried = 0

    with Rereading(row) as reading:

        @EXAMPLES
        @given(st.sampled_from(kinds) | st.sampled_from(everywhere), st.sampled_from(JUNK))
        def whatever(place: Place, new: Any) -> None:
            nonlocal tried
            tried += 1
            check(row, place, new, reading.error(changed(answer_to(row), place, new)))

        whatever()
    record_property(SUBJECT, {"tried through the client": tried})


@EACH
def test_several_harmless_changes_together_do_no_harm(row: Row) -> None:
    if row.name == "library.contains":
        return  # a bare list of answers has nothing that does not matter
    shape, kinds = SHAPES[row.name], kinds_of_places(answer_to(row))
    harmless = [(place, new) for place in kinds for new in JUNK if place and harm(shape, place, new) is None]

    with Rereading(row) as reading:

        @EXAMPLES
        @given(st.lists(st.sampled_from(harmless), min_size=1, max_size=12, unique_by=lambda one: one[0]))
        def whatever(several: list[tuple[Place, Any]]) -> None:
            document = answer_to(row)
            # From the inside out, so that what is changed is still there.
            for place, new in sorted(several, key=lambda one: -len(one[0])):
                document = changed(document, place, new)
            assert reading.error(document) is None

        whatever()


@EACH
def test_unknown_fields_anywhere_change_nothing(row: Row) -> None:
    def more(value: Any) -> Any:
        if isinstance(value, list):
            return [more(one) for one in value]
        if not isinstance(value, dict):
            return value
        known = {name: one if name == "actions" else more(one) for name, one in value.items()}
        return {"new_in_2027": [1], **known, "zzz": {"a": None}}

    with Rereading(row) as reading:
        assert reading.read(more(answer_to(row))) == reading.read(answer_to(row))


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in TOGETHER], ids=lambda row: row.name)
def test_what_is_put_together_from_answers_never_breaks_without_saying_so(row: Row) -> None:
    with Rereading(row) as reading:

        @EXAMPLES
        @given(st.sampled_from(kinds_of_places(answer_to(row))), st.sampled_from(JUNK))
        def whatever(place: Place, new: Any) -> None:
            error = reading.error(changed(answer_to(row), place, new))
            assert error is None or isinstance(error, MalformedAnswerError)

        whatever()


@EACH
def test_every_field_of_every_model_is_broken_in_every_way(
    row: Row, record_property: pytest.RecordProperty
) -> None:
    """The same as above without the client, and without luck."""
    if row.name == "catalog.search":
        return  # it reads the lists in its answer one by one
    shape, answer = SHAPES[row.name], trimmed(answer_to(row))
    changes = [(place, new) for place in kinds_of_places(answer) for new in JUNK]
    for place, new in changes:
        error = None
        try:
            decode(json.dumps(changed(answer, place, new)).encode(), shape)
        except MalformedAnswerError as malformed:
            error = malformed
        check(row, place, new, error)
    record_property(SUBJECT, {"tried on models": len(changes)})


def test_every_read_and_every_model_is_among_them() -> None:
    reads = {row.name for row in ROWS if row.kind == "read"} - TOGETHER
    assert reads | {"playlists.create"} == SHAPES.keys()
    by_themselves = {SearchResults, Snapshot}  # what the client makes, what may be missing
    assert set(structs()) - {Named, Part} - by_themselves == reachable(SHAPES.values())


def test_a_change_whose_answer_is_broken_is_in_doubt() -> None:
    (row,) = (row for row in ROWS if row.name == "playlists.create")
    with Rereading(row) as reading:
        error = reading.error(changed(answer_to(row), ("uri",), 5))
        assert isinstance(error, AmbiguousWriteError)
        assert "uri is missing or of the wrong type" in str(error)
        assert isinstance(reading.read(answer_to(row)), Playlist)
