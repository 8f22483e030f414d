"""Reading operations out of a description."""

from __future__ import annotations

import pytest
from scripts.description.document import Description
from scripts.description.schemas import DescriptionError

from tests.description.lamps import document, lamps


def test_every_method_of_every_path_is_an_operation() -> None:
    assert lamps().ids == ["get-a-lamp", "get-all-lamps", "light", "paint-a-lamp"]


def test_an_operation_can_be_reported_under_another_name() -> None:
    assert lamps().named("light").method == "PUT"


def test_a_fixed_path_goes_before_one_with_a_variable() -> None:
    found = lamps().find("GET", "/lamps/all")
    assert found is not None
    assert found.operation.id == "get-all-lamps"


def test_a_variable_is_decoded_and_ends_at_a_slash() -> None:
    found = lamps().find("GET", "/lamps/a%23b")
    assert found is not None
    assert found.variables == {"id": "a#b"}
    assert lamps().find("GET", "/lamps/a/b") is None


def test_an_unknown_method_or_path_belongs_to_no_operation() -> None:
    assert lamps().find("DELETE", "/lamps/all") is None
    assert lamps().find("GET", "/lamp") is None


def test_an_operation_knows_its_scopes_successes_and_limits() -> None:
    lamp, every = lamps().named("get-a-lamp"), lamps().named("get-all-lamps")
    assert lamp.scopes == ("lamp-read",)
    assert lamp.success == (200,)
    assert every.deprecated
    ids = every.query("ids")
    assert ids is not None
    assert ids.most == 3


def test_all_scopes_are_known_whether_or_not_an_operation_needs_them() -> None:
    assert lamps().scopes == {"lamp-read", "lamp-light"}


def test_another_version_of_openapi_is_refused() -> None:
    with pytest.raises(DescriptionError):
        Description({**document(), "openapi": "3.1.0"})
