"""One person's way to Spotify: requests as them, answers as models."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from auxcord.errors import InputError
from auxcord.spotify.decoding import decode
from auxcord.spotify.lifetimes import rule_for, touched_by
from auxcord.spotify.models import Artist, Track

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from auxcord.spotify.cache import Shelf
    from auxcord.spotify.lifetimes import Rule
    from auxcord.spotify.modes import Access
    from auxcord.spotify.tokens import TokenSource
    from auxcord.spotify.transport import Fetched, Transport

T = TypeVar("T")

PAGE = 50
"""Entries Spotify gives in one page at most, unless a place says otherwise."""


class Session:
    """A transport and a person's tokens; what the domains are built on.

    Args:
        transport: Shared by everybody.
        tokens: The person's.
        shelf: What is kept for the person; None to keep nothing.
    """

    def __init__(self, transport: Transport, tokens: TokenSource, shelf: Shelf | None = None) -> None:
        self._transport = transport
        self._tokens = tokens
        self._shelf = shelf

    @property
    def access(self) -> Access:
        """What the app may do."""
        return self._transport.access

    @property
    def width(self) -> int:
        """How many requests make sense side by side."""
        return self._transport.gate.concurrency

    async def get(self, shape: type[T], path: str, **params: str | int | bool | None) -> T:
        """Read something that must be there. What is returned is shared: it must not be changed."""
        return await self.read(partial(_required, shape), path, **params)

    async def get_any(self, shape: type[T], path: str, **params: str | int | bool | None) -> T | None:
        """Read something that may not be there: None when Spotify answers with nothing."""
        return await self.read(partial(_optional, shape), path, **params)

    async def read(
        self, make: Callable[[bytes | None], T], path: str, **params: str | int | bool | None
    ) -> T:
        """Read something: `make` makes a model of what Spotify sends, unless it was read a moment ago.

        Each path is always read by the same `make`, and its parameters are always named in the same order.
        """
        shelf, rule = self._place(path)
        fetch = partial(self._fetch, path, params)
        if shelf is None or rule is None:
            return make((await fetch(None)).body)
        key = (path, *params.items())
        known = shelf.find(rule.topic, key)
        if known is not None:
            value: T = known.value
            return value
        return await shelf.read(rule, key, fetch, make)

    def known(self, path: str, **params: str | int | bool | None) -> Any:
        """What `read` would return without asking Spotify; None when it would have to ask."""
        shelf, rule = self._place(path)
        if shelf is None or rule is None:
            return None
        found = shelf.find(rule.topic, (path, *params.items()))
        return None if found is None else found.value

    def keep(self, value: object, weight: int, path: str, **params: str | int | bool | None) -> None:
        """Let `read` return this, which came as a part of something larger; `weight` is its size in bytes."""
        shelf, rule = self._place(path)
        if shelf is not None and rule is not None:
            shelf.put(rule, (path, *params.items()), value, weight=weight)

    def saw(self, item: object) -> None:
        """Learn from a track or artist in full what kind of app this is."""
        if isinstance(item, (Track, Artist)):
            self.access.saw_fields(older=item.popularity is not None)

    async def follow(self, shape: type[T], address: str) -> T:
        """Read the next page by the link Spotify gave; it is followed within the API only."""
        return decode(await self._transport.request(self._tokens, "GET", address), shape)

    async def command(
        self, method: str, path: str, *, json: Any = None, **params: str | int | bool | None
    ) -> None:
        """Change something where success is all there is to know; any 2xx is one. POST is sent once."""
        await self._change(method, path, params=params, json=json, needs_answer=False)

    async def upload(self, path: str, content: bytes, content_type: str) -> None:
        """Put a file in its place."""
        await self._change("PUT", path, content=content, content_type=content_type, needs_answer=False)

    async def write(
        self, method: str, path: str, json: Any, *, idempotent: bool, needs_answer: bool = False
    ) -> bytes | None:
        """Change something and return what Spotify says about it."""
        return await self._change(method, path, json=json, idempotent=idempotent, needs_answer=needs_answer)

    def _place(self, path: str) -> tuple[Shelf | None, Rule | None]:
        shelf = self._shelf
        if shelf is None or shelf.is_closed:
            return None, None
        rule = rule_for(path)
        return (shelf.commons if rule is not None and rule.shared else shelf), rule

    async def _fetch(
        self, path: str, params: dict[str, str | int | bool | None], etag: str | None
    ) -> Fetched:
        if self.access.is_unwritten:
            await self.access.write()
        return await self._transport.fetch(self._tokens, path, params=params, etag=etag)

    async def _change(self, method: str, path: str, **request: Any) -> bytes | None:
        if self._shelf is None:
            return await self._transport.request(self._tokens, method, path, **request)
        with self._shelf.changing(touched_by(path)):
            return await self._transport.request(self._tokens, method, path, **request)


def _required(shape: type[T], body: bytes | None) -> T:
    return decode(body, shape)


def _optional(shape: type[T], body: bytes | None) -> T | None:
    return None if body is None else decode(body, shape)


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
