"""Somebody who scrapes: reads a page of metrics as Prometheus would."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import httpx2
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Sample(NamedTuple):
    """One line of a page."""

    name: str
    labels: Mapping[str, str]
    value: float


class Scrape:
    """What a page told.

    Attributes:
        text: The page.
        samples: Its lines.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples = [
            Sample(sample.name, sample.labels, sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        ]

    def value(self, name: str, **labels: str) -> float:
        """The sum of all lines with this name and these labels."""
        return sum(sample.value for sample in self._found(name, labels))

    def has(self, name: str, **labels: str) -> bool:
        """Whether there is such a line."""
        return any(True for _ in self._found(name, labels))

    def _found(self, name: str, labels: Mapping[str, str]) -> Iterator[Sample]:
        for sample in self.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                yield sample


async def scrape(port: int, *, host: str = "127.0.0.1") -> Scrape:
    """Read the page of a process on this machine."""
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        answer = await http.get(f"http://127.0.0.1:{port}/metrics", headers={"Host": f"{host}:{port}"})
    assert answer.status_code == 200, answer.text
    return Scrape(answer.text)
