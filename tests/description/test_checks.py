"""What is wrong with one request, or with one answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from scripts.description.checks import answer_differences, request_differences
from scripts.description.edition import Edition
from scripts.description.exchanges import Exchange

from tests.description.lamps import lamps

JSON = "application/json"
GOOD = Exchange("GET", "/lamps/all", (("type", "oil"),), "", b"", 200, JSON, b"[]")
LAMP = {"id": "a", "watts": 40}


@pytest.fixture(scope="module")
def edition() -> Edition:
    return Edition(lamps(), "extended")


def asked(edition: Edition, **changes: Any) -> list[str]:
    exchange = GOOD._replace(**changes)
    match = lamps().find(exchange.method, exchange.path)
    assert match is not None
    return sorted(f"{kind}: {place}" for _, kind, place, _ in request_differences(edition, match, exchange))


def answered(edition: Edition, **changes: Any) -> list[str]:
    exchange = GOOD._replace(**changes)
    match = lamps().find(exchange.method, exchange.path)
    assert match is not None
    found = answer_differences(edition, match.operation, exchange)
    return sorted(f"{kind}: {place}" for _, kind, place, _ in found)


def query(**more: str) -> tuple[tuple[str, str], ...]:
    return (("type", "oil"), *more.items())


def test_a_request_as_described_is_right(edition: Edition) -> None:
    assert asked(edition, query=query(limit="50", on="true", ids="a,b,c")) == []


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (query(limit="51"), "wrong parameter: query.limit"),
        (query(limit="0"), "wrong parameter: query.limit"),
        (query(limit="many"), "wrong parameter: query.limit"),
        (query(limit="1.5"), "wrong parameter: query.limit"),
        (query(on="True"), "wrong parameter: query.on"),
        (query(ids="a,b,c,d"), "wrong parameter: query.ids"),
        (query(colour="red"), "unknown parameter: query.colour"),
        ((("type", "oil,sun"),), "wrong parameter: query.type"),
        ((("type", "oil"), ("type", "gas")), "wrong parameter: query.type"),
        ((), "missing parameter: query.type"),
    ],
)
def test_a_parameter_out_of_line_is_found(
    edition: Edition, wrong: tuple[tuple[str, str], ...], found: str
) -> None:
    assert asked(edition, query=wrong) == [found]


def test_a_request_without_a_token_is_found(edition: Edition) -> None:
    assert asked(edition, bearer=False) == ["missing parameter: header.authorization"]


def light(body: Any) -> dict[str, Any]:
    return {"method": "PUT", "query": (), "content_type": JSON, "body": json.dumps(body).encode()}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"ids": ["a", "b"]}, []),
        ({"ids": ["a", "b", "c"]}, ["wrong value: light body.ids"]),
        ({"ids": "a"}, ["wrong value: light body.ids"]),
        ({"ids": ["a"], "colour": "red"}, ["unknown field: light body.colour"]),
        ({}, ["missing field: light body.ids"]),
    ],
)
def test_a_body_out_of_line_is_found(edition: Edition, body: Any, found: list[str]) -> None:
    assert asked(edition, **light(body)) == found


def test_a_body_of_another_type_is_found(edition: Edition) -> None:
    assert asked(edition, **{**light({}), "content_type": "text/plain"}) == ["wrong content type: text/plain"]


def test_a_body_where_none_belongs_is_found(edition: Edition) -> None:
    assert asked(edition, body=b"{}", content_type=JSON) == ["a body where none is described: body"]


def test_a_picture_must_be_there_and_be_base64_without_line_ends(edition: Edition) -> None:
    paint = {"method": "PUT", "path": f"/lamps/{'a' * 22}/picture", "query": (), "content_type": "image/jpeg"}
    assert asked(edition, **paint, body=b"/9j/4A==") == []
    assert asked(edition, **paint, body=b"/9j/\n4A==") == ["wrong value: body"]
    assert asked(edition, **paint) == ["no body where one is described: body"]


def test_ids_are_held_to_their_known_form(edition: Edition) -> None:
    assert asked(edition, path="/lamps/short", query=()) == ["wrong parameter: path.id"]


def test_an_answer_as_described_is_right(edition: Edition) -> None:
    assert answered(edition, answer=json.dumps([LAMP]).encode()) == []


@pytest.mark.parametrize(
    ("lamp", "found"),
    [
        ({**LAMP, "colour": "red"}, "unknown field: Lamp.colour"),
        ({"id": "a"}, "missing field: Lamp.watts"),
        ({"watts": 40}, "missing field: Thing.id"),
        ({**LAMP, "name": None}, "null: Thing.name"),
        ({**LAMP, "fame": 101}, "wrong value: Thing.fame"),
        (None, "null: get-all-lamps 200[]"),
    ],
)
def test_an_answer_out_of_line_is_found(edition: Edition, lamp: Any, found: str) -> None:
    assert answered(edition, answer=json.dumps([lamp]).encode()) == [found]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"status": 204, "answer": b"", "answer_type": ""}, "status not described: 204 empty"),
        ({"answer": b"", "answer_type": ""}, "no body where one is described: 200"),
        ({"answer_type": "text/html"}, "wrong content type: 200 text/html"),
        ({"answer": b"[{"}, "not JSON: 200"),
    ],
)
def test_an_answer_of_another_kind_is_found(edition: Edition, changes: dict[str, Any], found: str) -> None:
    assert answered(edition, **changes) == [found]


def test_an_answer_described_as_empty_must_be_empty(edition: Edition) -> None:
    assert answered(edition, **light({}), status=204, answer=b"") == []
    assert answered(edition, **light({}), status=204) == [
        "a body where none is described: 204 application/json"
    ]


def test_a_refusal_nobody_described_still_has_the_shape_of_a_refusal(edition: Edition) -> None:
    right = {"status": 418, "answer": b'{"error":{"status":418,"message":"Teapot"}}'}
    assert answered(edition, **right) == ["status not described: 418 application/json"]
    wrong = {"status": 418, "answer": b'{"error":"Teapot"}'}
    assert answered(edition, **wrong) == [
        "status not described: 418 application/json",
        "wrong value: error.error",
    ]


def test_what_was_left_out_on_request_is_not_missed(edition: Edition) -> None:
    part = (("type", "oil"), ("fields", "watts"))
    assert answered(edition, query=part, answer=json.dumps([{"watts": 40}]).encode()) == []
