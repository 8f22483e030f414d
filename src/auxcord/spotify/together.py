"""Independent requests side by side, with results in the order they were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

A = TypeVar("A")
T = TypeVar("T")


async def together(call: Callable[[A], Awaitable[T]], each: Sequence[A], *, width: int) -> list[T]:
    """Call once for each argument, at most `width` at a time; the first failure ends it all.

    Args:
        call: What to do for one argument.
        each: The arguments.
        width: How many at a time.
    """
    results: dict[int, T] = {}
    failures: list[Exception] = []
    rest = iter(enumerate(each))

    async def work() -> None:
        for position, argument in rest:
            try:
                results[position] = await call(argument)
            except Exception as error:  # noqa: BLE001  # raised again below, outside the task group
                failures.append(error)
                group.cancel_scope.cancel()
                return

    if len(each) == 1:
        return [await call(each[0])]
    async with anyio.create_task_group() as group:
        for _ in range(min(width, len(each))):
            group.start_soon(work)
    if failures:
        raise failures[0]
    return [results[position] for position in range(len(each))]
