"""Parts of a list that Spotify gives by fifty to some apps and by ten to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from auxcord.errors import BadRequestError
from auxcord.spotify.models import Page
from auxcord.spotify.together import together

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from auxcord.spotify.session import Session

T = TypeVar("T")
P = TypeVar("P")

TEN = 10
"""Entries that every app gets at once."""


async def spread(
    session: Session,
    fact: str,
    part: Callable[[int, int], Awaitable[P]],
    limit: int,
    offset: int,
    *,
    deepest: int | None = None,
    telling: bool = False,
) -> list[P]:
    """Read a part of a list, by one request where the app may, else by tens side by side.

    Args:
        session: Whose reading it is.
        fact: The name under which it is noted whether the app may.
        part: Reads a piece; takes a limit and an offset.
        limit: How many entries, 1 to 50.
        offset: How many to leave out.
        deepest: The last position at which the list can be read.
        telling: Whether any piece tells by itself what kind of app this is. Then nothing is tried that may be
            refused as long as nothing is known.
    """
    if limit <= TEN:
        return [await part(limit, offset)]
    refusal = None
    fits = deepest is None or offset + limit <= deepest
    if fits and session.access.may(fact) and not (telling and session.access.is_blank):
        try:
            with session.access.trying(fact):
                whole = await part(limit, offset)
        except BadRequestError as error:
            refusal = error
        else:
            await session.access.found(fact, open_=True)
            return [whole]
    spans = [(min(TEN, limit - start), offset + start) for start in range(0, limit, TEN)]
    if deepest is not None:
        spans = [span for span in spans if span[1] <= deepest]
    parts = await together(lambda span: part(*span), spans, width=session.width)
    if refusal is not None:
        # The same was given by tens: it was the number that Spotify did not like.
        await session.access.found(fact, open_=False)
    return parts


def joined(parts: Sequence[Page[T] | None], limit: int, offset: int) -> Page[T] | None:
    """The pieces as one page; None when there is none."""
    pages = [page for page in parts if page is not None]
    if not pages:
        return None
    return Page(
        items=[item for page in pages for item in page.items],
        total=pages[0].total,
        limit=limit,
        offset=offset,
        next=pages[-1].next,
        previous=pages[0].previous,
    )
