"""One person's way to Spotify: requests as them, answers as models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from auxcord.errors import InputError
from auxcord.spotify.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from auxcord.spotify.transport import TokenSource, Transport

T = TypeVar("T")

PAGE = 50
"""Entries Spotify gives in one page at most, unless a place says otherwise."""


class Session:
    """A transport and a person's tokens; what the domains are built on.

    Args:
        transport: Shared by everybody.
        tokens: The person's.
    """

    def __init__(self, transport: Transport, tokens: TokenSource) -> None:
        self._transport = transport
        self._tokens = tokens

    @property
    def width(self) -> int:
        """How many requests make sense side by side."""
        return self._transport.gate.concurrency

    async def get(self, shape: type[T], path: str, **params: str | int | bool | None) -> T:
        """Read something that must be there."""
        return decode(await self._transport.request(self._tokens, "GET", path, params=params), shape)

    async def get_any(self, shape: type[T], path: str, **params: str | int | bool | None) -> T | None:
        """Read something that may not be there: None when Spotify answers with nothing."""
        body = await self._transport.request(self._tokens, "GET", path, params=params)
        return None if body is None else decode(body, shape)

    async def follow(self, shape: type[T], address: str) -> T:
        """Read the next page by the link Spotify gave; it is followed within the API only."""
        return decode(await self._transport.request(self._tokens, "GET", address), shape)

    async def command(
        self, method: str, path: str, *, json: Any = None, **params: str | int | bool | None
    ) -> None:
        """Change something where success is all there is to know; any 2xx is one. POST is sent once."""
        await self._transport.request(
            self._tokens, method, path, params=params, json=json, needs_answer=False
        )

    async def upload(self, path: str, content: bytes, content_type: str) -> None:
        """Put a file in its place."""
        await self._transport.request(
            self._tokens, "PUT", path, content=content, content_type=content_type, needs_answer=False
        )

    async def write(
        self, method: str, path: str, json: Any, *, idempotent: bool, needs_answer: bool = False
    ) -> bytes | None:
        """Change something and return what Spotify says about it."""
        return await self._transport.request(
            self._tokens, method, path, json=json, idempotent=idempotent, needs_answer=needs_answer
        )


def checked_page(limit: int, offset: int, *, most: int = PAGE, deepest: int | None = None) -> None:
    """Refuse a part of a list that Spotify would refuse.

    Raises:
        InputError: `limit` is not 1 to `most`, or `offset` is negative or beyond `deepest`.
    """
    if not 1 <= limit <= most:
        raise InputError(f"The limit must be 1 to {most}, not {limit}.")
    if offset < 0 or (deepest is not None and offset > deepest):
        span = "0 or more" if deepest is None else f"0 to {deepest}"
        raise InputError(f"The offset must be {span}, not {offset}.")


def chunks(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The same things in parts of at most `size`, in order."""
    for start in range(0, len(things), size):
        yield things[start : start + size]
