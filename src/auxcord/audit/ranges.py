"""Numbers of lines, written shortly: `3-5,9`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def written(numbers: Iterable[int]) -> str:
    """Write ascending numbers as ranges."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def read(text: str) -> Iterator[range]:
    """Read what `written` wrote.

    Raises:
        ValueError: It is something else.
    """
    for span in text.split(",") if text else ():
        first, _, last = span.partition("-")
        yield range(int(first), int(last or first) + 1)
