"""Many requests for one answer: around Spotify's page sizes, side by side, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from auxcord.errors import AuxcordError, QuotaExceededError, RateLimitedError
from auxcord.spotify.together import together

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from auxcord.caller import Caller
    from auxcord.spotify.models import Page

T = TypeVar("T")
A = TypeVar("A")

PAGE: Final = 50
"""Items Spotify gives per request, at most."""
AT_ONCE: Final = 8
"""Requests one call has under way, at most; the pace itself is set below."""
_LONGEST_WAIT: Final = 35.0
"""Seconds: a little more than the window in which Spotify counts requests."""


async def side_by_side(
    do: Callable[[A], Awaitable[T]], each: Sequence[A], *, width: int = AT_ONCE
) -> list[T | AuxcordError]:
    """Do something for each, a few at a time; results and refusals in the order of `each`."""

    async def one(item: A) -> T | AuxcordError:
        try:
            return await do(item)
        except AuxcordError as error:
            return error

    return await together(one, each, width=width)


async def unhurried(caller: Caller, do: Callable[[], Awaitable[T]], *, rounds: int) -> T:
    """Do one request of a long job: when the app's pace is used up, wait until it goes on, `rounds` times.

    Raises:
        RateLimitedError: It still does not go on, or not within about half a minute; nothing was changed.
    """
    while True:
        try:
            return await do()
        except QuotaExceededError:
            raise
        except RateLimitedError as error:
            wait = 1.0 if error.retry_after is None else error.retry_after
            if not rounds or wait > _LONGEST_WAIT:
                raise
        rounds -= 1
        await caller.sleep(wait)


@dataclass(frozen=True, slots=True)
class Stretch(Generic[T]):
    """A stretch of a longer list.

    Args:
        items: What Spotify gave, None where it shows nothing (counted all the same).
        offset: Where the stretch begins, from 0.
        total: How long the whole list is.
    """

    items: list[T | None]
    offset: int
    total: int

    @property
    def end(self) -> int:
        """Where the next stretch begins."""
        return self.offset + len(self.items)

    @property
    def is_last(self) -> bool:
        """Nothing comes after this stretch."""
        return not self.items or self.end >= self.total


async def stretch(
    fetch: Callable[[int, int], Awaitable[Page[T]]],
    offset: int,
    limit: int,
    progress: Callable[[int, int], Awaitable[None]] | None = None,
) -> Stretch[T]:
    """Read `limit` items from `offset` on, page by page.

    Args:
        fetch: Takes a limit and an offset.
        offset: From 0.
        limit: How many.
        progress: Told how many pages of how many are read, if there are several.

    Raises:
        AuxcordError: A page could not be read; half a stretch is not given out as a whole one.
    """
    first = await fetch(min(limit, PAGE), offset)
    items = list(first.items)
    wanted = range(offset + PAGE, min(offset + limit, first.total), PAGE)
    end, finished = offset + limit, 1

    async def one(start: int) -> Page[T]:
        nonlocal finished
        page = await fetch(min(PAGE, end - start), start)
        finished += 1
        if progress is not None:
            await progress(finished, 1 + len(wanted))
        return page

    for page in await together(one, wanted, width=AT_ONCE):
        items.extend(page.items)
    return Stretch(items, offset, first.total)
