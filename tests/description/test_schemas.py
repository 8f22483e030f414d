"""From OpenAPI 3.0 to JSON Schema 2020-12: nothing that matters gets lost."""

from __future__ import annotations

from typing import Any

import pytest
from scripts.description.schemas import DescriptionError, Schema, Schemas, most_of

from tests.description.lamps import COMPONENTS

LIGHT = {"$ref": "#/components/schemas/Light"}
LAMP = {"id": "a", "watts": 40}


def objections(value: Any, schema: Schema = LIGHT, schemas: Schemas | None = None) -> list[str]:
    validator = (schemas or Schemas(COMPONENTS)).validator(schema, "here")
    return sorted(f"{error.schema['x-place']}: {error.validator}" for error in validator.iter_errors(value))


def test_a_field_of_any_part_of_a_composed_object_is_known() -> None:
    assert objections({"lamp": {**LAMP, "name": "Desk"}}) == []


def test_a_field_nobody_describes_is_found_although_the_object_is_composed() -> None:
    assert objections({"lamp": {**LAMP, "colour": "red"}}) == ["Lamp: additionalProperties"]


def test_a_field_required_by_any_part_is_missed() -> None:
    assert objections({"lamp": {"watts": 40}}) == ["Lamp: required"]
    assert objections({"lamp": {"id": "a"}}) == ["Lamp: required"]


def test_a_wrong_value_is_reported_where_it_is_described() -> None:
    assert objections({"lamp": {**LAMP, "name": 7}}) == ["Thing.name: type"]


def test_null_is_accepted_only_where_the_description_allows_it() -> None:
    assert objections({"lamp": {**LAMP, "note": None}, "maybe": None}) == []
    assert objections({"lamp": {**LAMP, "name": None}}) == ["Thing.name: type"]


def test_a_null_object_is_reported_at_the_field_and_not_at_the_component() -> None:
    assert objections({"lamp": None}) == ["Light.lamp: type"]
    assert objections({"lamps": [LAMP, None]}) == ["Light.lamps[]: type"]


def test_the_discriminator_decides_which_object_is_expected() -> None:
    assert objections({"source": {"kind": "candle", "wax": "bees"}}) == []
    assert objections({"source": {"kind": "torch", "wax": "bees"}}) == ["Torch: additionalProperties"]


def test_an_unknown_or_missing_discriminator_is_wrong() -> None:
    assert objections({"source": {"kind": "sun"}}) == ["Light.source.kind: enum"]
    assert objections({"source": {"wax": "bees"}}) == ["Light.source: required"]


def test_a_moment_must_be_written_in_utc() -> None:
    assert objections({"lamp": {**LAMP, "made_at": "2026-11-24T03:04:05Z"}}) == []
    assert objections({"lamp": {**LAMP, "made_at": "yesterday"}}) == ["Thing.made_at: pattern"]


def test_a_span_given_only_in_the_text_counts() -> None:
    assert objections({"lamp": {**LAMP, "fame": 101}}) == ["Thing.fame: maximum"]


def test_a_whole_number_is_neither_text_nor_true() -> None:
    assert objections({"lamp": {"id": "a", "watts": True}}) == ["Lamp.watts: type"]


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("Maximum: 20 IDs.", 20),
        ("A maximum of 100 items can be sent", 100),
        ("Up to 5 seeds", 5),
        ("Maximum: 50.", 50),
        ("No limit is given.", None),
        (None, None),
    ],
)
def test_limits_are_read_from_texts(text: str | None, most: int | None) -> None:
    assert most_of(text) == most


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "patternProperties": {}},
        {"anyOf": [{"type": "string"}]},
        {"oneOf": [{"$ref": "#/components/schemas/Lamp"}]},
        {"$ref": "#/components/schemas/Chandelier"},
    ],
)
def test_what_is_not_understood_is_refused_rather_than_passed_over(schema: Schema) -> None:
    with pytest.raises(DescriptionError):
        Schemas(COMPONENTS).validator(schema, "here")


def test_every_place_a_value_was_found_at_is_remembered() -> None:
    schemas = Schemas(COMPONENTS)
    objections({"lamp": {**LAMP, "name": "Desk"}}, schemas=schemas)
    assert {"Light", "Light.lamp", "Lamp", "Thing.name", "Lamp.watts"} <= schemas.seen
    assert {"Thing.note", "Light.lamps"} <= schemas.places - schemas.seen


def test_an_edit_reaches_every_object_by_its_name() -> None:
    def edit(place: str, schema: Schema) -> None:
        if place == "Lamp":
            schema["required"].append("name")

    assert objections({"lamp": LAMP}, schemas=Schemas(COMPONENTS, edit)) == ["Lamp: required"]
