"""The dashboard and the alerts ask for what there is: metrics, labels and label values that are declared."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml

from auxcord.audit import Event
from auxcord.errors import AuxcordError
from auxcord.telemetry.exposition import PROCESS
from auxcord.telemetry.metrics import DECLARED

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "auxcord.json"
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
FUNCTIONS = {
    "sum", "max", "min", "by", "rate", "increase", "histogram_quantile", "topk", "time", "label_values",
}  # fmt: skip
TARGET_LABELS = {"instance", "job"}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_WORD = re.compile(r"[a-zA-Z_:][\w:]*")
_SELECTOR = re.compile(r"([a-z]\w*)\s*\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_GROUPING = re.compile(r"\bby\s*\(([^)]*)\)")


class Asked(NamedTuple):
    """What an expression asks for."""

    metrics: set[str]
    labels: dict[str, set[str]]
    values: list[tuple[str, str, str]]
    grouped: set[str]


def told() -> dict[str, set[str]]:
    """Every series there is, with its labels."""
    series: dict[str, set[str]] = {name: set() for name in PROCESS}
    for instrument in DECLARED:
        labels = set(instrument.labels)
        if instrument.kind == "histogram":
            series[f"{instrument.name}_bucket"] = labels | {"le"}
            series[f"{instrument.name}_count"] = series[f"{instrument.name}_sum"] = labels
        else:
            series[instrument.name] = labels
    return series


def asked(expression: str) -> Asked:
    """Read a PromQL expression of the kind that is used here."""
    selectors = dict(_SELECTOR.findall(_shielded(expression)))
    values = [
        (name, label, value)
        for name, inside in _SELECTOR.findall(expression)
        for label, _, value in _MATCHER.findall(inside)
    ]
    labels = {
        name: {label for label, *_ in _MATCHER.findall(inside)}
        for name, inside in _SELECTOR.findall(expression)
    }
    grouped = {word.strip() for inside in _GROUPING.findall(expression) for word in inside.split(",")}
    bare = _GROUPING.sub("", re.sub(r"\{[^}]*\}|\[[^]]*\]", "", _STRING.sub('""', expression)))
    words = set(_WORD.findall(re.sub(r"\b\d[\w.]*", "", bare)))
    assert selectors.keys() <= words
    return Asked(words - FUNCTIONS, labels, values, grouped)


def _shielded(expression: str) -> str:
    return _STRING.sub('""', expression)


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression of both files, by where it stands."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


def rules() -> list[dict[str, Any]]:
    """Every alert."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [*chain.from_iterable(group["rules"] for group in groups)]


ALL = [*expressions()]


@pytest.mark.parametrize(
    ("where", "expression"), ALL, ids=[f"{where}-{n}" for n, (where, _) in enumerate(ALL)]
)
def test_an_expression_asks_only_for_what_is_declared(where: str, expression: str) -> None:
    series, wanted = told(), asked(expression)
    assert wanted.metrics, where
    assert wanted.metrics <= series.keys()
    for name, labels in wanted.labels.items():
        assert labels <= series[name] | TARGET_LABELS
    everywhere = set.union(*(series[name] for name in wanted.metrics))
    assert wanted.grouped <= everywhere | TARGET_LABELS
    if "histogram_quantile" in expression:
        assert "le" in wanted.grouped


def test_every_value_that_is_asked_for_exists() -> None:
    codes = {cls.code for cls in _errors(AuxcordError)} | {"internal_error", "ok", "asked"}
    known = {
        "outcome": codes,
        "event": {event.value for event in Event},
        "status": {"2xx", "4xx", "5xx", "304", "429", "no_answer", "not_sent", "cut"},
        "state": {"active", "reauthorization_required", "not_admitted", "not_linked", "unreadable"},
        "key": {"newest", "older", "missing"},
    }
    seen = 0
    for where, expression in ALL:
        for _, label, value in asked(expression).values:
            if label in TARGET_LABELS:
                continue
            seen += 1
            for part in value.split("|"):
                assert any(re.fullmatch(part, word) for word in known[label]), (where, label, part)
    assert seen > 8


def test_every_metric_is_on_the_dashboard() -> None:
    shown = set[str]().union(*(asked(expression).metrics for _, expression in ALL))
    for instrument in DECLARED:
        names = {instrument.name, f"{instrument.name}_bucket"}
        assert names & shown, f"{instrument.name} is on no panel"


def test_a_renamed_metric_or_label_is_noticed() -> None:
    assert not asked("sum(rate(auxcord_server_calls_total[5m]))").metrics <= told().keys()
    wanted = asked('max by (name) (auxcord_vault_data_keys_wrapped{kind="older"}) > 0')
    assert wanted.metrics == {"auxcord_vault_data_keys_wrapped"}
    assert wanted.labels["auxcord_vault_data_keys_wrapped"] == {"kind"}
    assert wanted.grouped == {"name"}


def test_alerts_say_what_is_wrong_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 10
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["description"].endswith((".", "`"))
        labels = asked(rule["expr"]).grouped | set().union(*(told()[n] for n in asked(rule["expr"]).metrics))
        text = " ".join(rule["annotations"].values())
        assert set(re.findall(r"\$labels\.(\w+)", text)) <= labels | TARGET_LABELS


def test_panels_have_titles_and_places_of_their_own() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    titles = [panel["title"] for panel in panels]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(titles) == len(set(titles))
    assert len(places) == len(set(places))


def _errors(cls: type[AuxcordError]) -> Iterator[type[AuxcordError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _errors(child)
