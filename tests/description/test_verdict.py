"""What is declared passes, what is not is told, and a declaration nothing needs is told as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from scripts.description.client_driver import ClientRun
from scripts.description.corrections import CORRECTIONS, Correction
from scripts.description.differences import Difference, Finding, Kind
from scripts.description.edition import Edition
from scripts.description.facts import NARROWED, PROFILES
from scripts.description.runs import Run, scope_complaints
from scripts.description.verdict import Verdict

from tests.description.lamps import lamps

if TYPE_CHECKING:
    from scripts.description.facts import Profile

NULL_NAME = Difference("answer", Kind.NULL, "Thing.name")
DECLARED = Correction("answer", Kind.NULL, ("Thing.name",), "Lamps are often nameless.")


def found(
    difference: Difference = NULL_NAME, operation: str = "get-a-lamp", profile: str = "extended"
) -> Finding:
    return Finding(operation, profile, "success", difference)


def judged(*findings: Finding, corrections: tuple[Correction, ...] = (DECLARED,)) -> list[str]:
    """What the verdict says about these findings and corrections (about coverage it says much more)."""
    edition = Edition(lamps(), "extended")
    run = Run(cast("Profile", "extended"), edition, ClientRun([], [], []), list(findings))
    problems = Verdict(lamps(), [run], corrections).problems()
    return [problem for problem in problems if problem.startswith(("undeclared", "dead correction"))]


def test_a_declared_difference_is_no_problem() -> None:
    assert judged(found()) == []


def test_an_undeclared_difference_is_told_with_where_it_was_seen() -> None:
    (problem,) = judged(found(), found(Difference("answer", Kind.NULL, "Thing.id")))
    assert problem == "undeclared: get-a-lamp [extended] success: answer: null: Thing.id"


def test_the_same_difference_in_many_answers_is_told_once() -> None:
    other = Difference("answer", Kind.NULL, "Thing.id")
    (problem,) = judged(found(), found(other), found(other, "get-all-lamps"))
    assert problem.endswith("2 in all, at Thing.id, in get-a-lamp, get-all-lamps")


def test_another_kind_of_difference_at_the_same_place_is_not_covered() -> None:
    assert judged(found(), found(NULL_NAME._replace(kind=Kind.VALUE)))
    assert judged(found(), found(NULL_NAME._replace(side="request")))


def test_a_correction_that_matches_nothing_is_dead() -> None:
    assert judged() == ["dead correction (answer: null: Thing.name): place Thing.name matches nothing"]


def test_a_part_of_a_correction_that_matches_nothing_is_dead() -> None:
    wide = Correction(
        "answer",
        Kind.NULL,
        ("Thing.name", "Thing.id"),
        "Too much is said here.",
        operations=("get-a-lamp", "light"),
        profiles=("development", "extended"),
    )
    assert [problem.partition("): ")[2] for problem in judged(found(), corrections=(wide,))] == [
        "place Thing.id matches nothing",
        "operation light matches nothing",
        "profile development matches nothing",
    ]


def test_a_correction_holds_only_for_its_operations_and_access_modes() -> None:
    narrow = Correction(
        "answer", Kind.NULL, ("Thing.name",), "Only there.", operations=("light",), profiles=("development",)
    )
    inside = found(operation="light", profile="development")
    assert judged(inside, corrections=(narrow,)) == []
    assert judged(inside, found(operation="light"), corrections=(narrow,))
    assert judged(inside, found(profile="development"), corrections=(narrow,))


def test_every_declaration_has_a_reason() -> None:
    for each in (*CORRECTIONS, *NARROWED):
        assert each.reason.endswith(".")


def test_declarations_name_only_known_access_modes() -> None:
    for correction in CORRECTIONS:
        assert set(correction.profiles or ()) <= set(PROFILES)


def test_an_operation_nobody_asked_for_is_a_problem() -> None:
    run = Run(cast("Profile", "extended"), Edition(lamps(), "extended"), ClientRun([], ["catalog.lamp"], []))
    problems = list(Verdict(lamps(), [run], ()).problems())
    assert "get-a-lamp [extended]: no 200 was seen" in problems
    assert "the simulator has no get-a-lamp" in problems
    assert "get-a-lamp [extended]: no method of the client uses it" in problems
    assert "client [extended]: nobody calls catalog.lamp" in problems


def test_an_operation_closed_to_an_app_must_be_seen_to_be_closed() -> None:
    run = Run(cast("Profile", "development"), Edition(lamps(), "development"), ClientRun([], [], []))
    problems = list(Verdict(lamps(), [run], ()).problems())
    assert "get-all-lamps [development]: was not seen to be closed" in problems


def test_facts_that_nothing_puts_to_the_test_are_dead() -> None:
    run = Run(cast("Profile", "development"), Edition(lamps(), "development"), ClientRun([], [], []))
    problems = list(Verdict(lamps(), [run], ()).problems())
    assert "dead fact: TrackObject.name is required already, or unknown" in problems
    assert "dead fact: TrackObject.popularity cannot be removed, it is not there" in problems
    assert "dead fact: no PlaylistObject with primary_color was seen" in problems
    assert "dead fact: no valid request had a query parameter market" in problems


def test_scopes_only_one_side_knows_are_told() -> None:
    told = scope_complaints(lamps())
    assert "the description knows the scope lamp-read, our client does not" in told
    assert "our client knows the scope user-library-read, the description does not" in told
