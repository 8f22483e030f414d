"""What is counted while nobody looks, and what growth is left to anybody: none."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from auxcord.spotify.addresses import route_of
from auxcord.telemetry.exposition import Exposition
from auxcord.telemetry.instruments import MOST, OTHER, SECONDS, Counter, Gauge, Timing, recording
from auxcord.telemetry.metrics import CALLS_SECONDS, DECLARED
from tests.telemetry.monitor import Scrape

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def counting() -> Iterator[None]:
    """Record while the test runs."""
    recording.on = True
    try:
        yield
    finally:
        recording.on = False
        for instrument in DECLARED:
            instrument.forget()


def test_nothing_is_recorded_until_somebody_asks() -> None:
    counter, timing, gauge = Counter("a", "A."), Timing("b", "B."), Gauge("c", "C.")
    counter.add()
    timing.note(1.0)
    timing.since(recording.now())
    gauge.add()
    assert (counter.values, timing.values, gauge.values) == ({}, {}, {})


def test_one_persons_server_does_not_load_prometheus_or_the_exporters() -> None:
    code = (
        "import sys; import auxcord.cli.stdio, auxcord.server.assembly, auxcord.telemetry.traces as traces;"
        "assert not traces.is_on();"
        "print([n for n in sys.modules if n.startswith(('prometheus_client', 'opentelemetry.sdk'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_instrument_keeps_so_many_combinations_and_counts_the_rest_together(counting: None) -> None:
    counter, timing = Counter("a", "A.", ("x", "y")), Timing("b", "B.", ("x",))
    for number in range(MOST + 500):
        counter.add(str(number), "y")
        timing.note(0.1, str(number))
    assert len(counter.values) == len(timing.values) == MOST + 1
    assert counter.values[OTHER, OTHER] == 500
    assert sum(timing.values[OTHER,].classes) == 500
    assert sum(counter.values.values()) == MOST + 500


def test_durations_fall_into_the_class_whose_bound_they_do_not_exceed(counting: None) -> None:
    for seconds in (0.0, SECONDS[0], 0.3, SECONDS[-1], 1e9):
        CALLS_SECONDS.note(seconds, "search")
    page = Scrape(Exposition().text().decode())
    name = "auxcord_server_calls_seconds"
    assert page.value(f"{name}_bucket", tool="search", le=str(SECONDS[0])) == 2
    assert page.value(f"{name}_bucket", tool="search", le="0.25") == 2
    assert page.value(f"{name}_bucket", tool="search", le="0.5") == 3
    assert page.value(f"{name}_bucket", tool="search", le=str(SECONDS[-1])) == 4
    assert page.value(f"{name}_bucket", tool="search", le="+Inf") == 5
    assert page.value(f"{name}_count") == 5


def test_a_gauge_is_told_by_all_who_know_and_forgets_who_has_left(counting: None) -> None:
    gauge = Gauge("a", "A.", ("x",))
    with gauge.told_by(lambda: {("1",): 2.0}):
        with gauge.told_by(lambda: {("1",): 3.0, ("2",): 1.0}):
            assert gauge.values == {("1",): 5.0, ("2",): 1.0}
        assert gauge.values == {("1",): 2.0}
    assert gauge.values == {}


@pytest.mark.parametrize(
    ("family", "route"),
    [
        ("GET /me/player", "/me/player"),
        ("GET /playlists/*/items", "/playlists/*/items"),
        ("GET /browse/categories/*/playlists", "/browse/categories/*/playlists"),
        ("GET /me/4uLU6hMCjMI75M1A2tKUQC", "/me/*"),
        ("GET /me/someone@example.org", "/me/*"),
        ("GET /me/a_name/%2e%2e/x", "/me/*/*/x"),
        ("GET /me/" + "/".join("abcdefghij"), "/me/a/b/c/d"),
    ],
)
def test_a_route_is_plain_words_only(family: str, route: str) -> None:
    assert route_of(family) == route


def test_every_metric_is_named_by_the_rule_and_told_in_a_sentence() -> None:
    names = [instrument.name for instrument in DECLARED]
    assert len(names) == len(set(names)) > 30
    for instrument in DECLARED:
        brand, floor, noun, *event = instrument.name.split("_")
        assert brand == "auxcord"
        assert floor in {"server", "spotify", "accounts", "vault", "audit", "store"}
        assert noun
        assert event
        assert instrument.name.endswith("_total") == (instrument.kind == "counter")
        assert instrument.meaning.endswith(".")
        assert not {"user", "client", "id", "name", "address", "ip"} & set(instrument.labels)
