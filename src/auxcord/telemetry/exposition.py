"""Writing the metrics down as Prometheus reads them. The only place that loads its library."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from auxcord.telemetry.instruments import SECONDS, Counter, Gauge, Timing
from auxcord.telemetry.metrics import DECLARED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from auxcord.telemetry.instruments import Durations

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
PROCESS: Final = {
    "process_resident_memory_bytes": "Memory of the process.",
    "process_virtual_memory_bytes": "Addresses the process has taken.",
    "process_start_time_seconds": "When the process started, in Unix time.",
    "process_cpu_seconds_total": "Time the process has computed.",
    "process_open_fds": "Files and connections it has open.",
    "process_max_fds": "How many it may have open.",
}
"""What prometheus-client itself tells of the process, where the system tells it."""


class _Declared(Collector):
    """Hands what was recorded to the library."""

    def collect(self) -> Iterator[Metric]:
        for instrument in DECLARED:
            if isinstance(instrument, Timing):
                yield _histogram(instrument)
            elif isinstance(instrument, (Counter, Gauge)):
                kind = CounterMetricFamily if instrument.kind == "counter" else GaugeMetricFamily
                family = kind(instrument.name, instrument.meaning, labels=instrument.labels)
                for labels, value in instrument.values.items():
                    family.add_metric(labels, value)
                yield family


def _histogram(timing: Timing) -> HistogramMetricFamily:
    family = HistogramMetricFamily(timing.name, timing.meaning, labels=timing.labels)
    for labels, durations in timing.values.items():
        family.add_metric(labels, buckets=_buckets(durations), sum_value=durations.total)
    return family


def _buckets(durations: Durations) -> list[tuple[str, float]]:
    bounds = [*(str(bound) for bound in SECONDS), "+Inf"]
    return list(zip(bounds, map(float, accumulate(durations.classes)), strict=True))


class Exposition:
    """This process's metrics as text."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Declared())
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        """Write them all down as they stand now."""
        return generate_latest(self._registry)
