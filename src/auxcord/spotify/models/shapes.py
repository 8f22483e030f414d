"""Shapes that occur inside everything else: names with a URI, pages.

The modules of this package leave annotations unquoted: msgspec reads them at run time. Fields without a
default are the ones without which an answer is useless; all others may be missing, null or malformed.
"""

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Part(Struct, frozen=True, gc=False):
    """A part of an answer. Parts never make a circle, so the garbage collector need not look at them."""


class Image(Part, frozen=True, kw_only=True):
    """One size of a picture; sizes are in pixels. Links to pictures last less than a day."""

    url: str
    height: int | None = None
    width: int | None = None


class Person(Part, frozen=True, kw_only=True):
    """An author or a narrator."""

    name: str


class Named(Part, frozen=True, kw_only=True):
    """A thing in Spotify's catalogue."""

    uri: str
    name: str


class Page(Part, Generic[T], frozen=True, kw_only=True):
    """A part of a list, by position. Entries may be None: things that went away, or may not be seen.

    Pages are kept and shared: `items` must not be changed.
    """

    items: list[T | None]
    total: int
    limit: int = 0
    offset: int = 0
    next: str | None = None
    previous: str | None = None

    @property
    def present(self) -> list[T]:
        """The entries that are there."""
        return [item for item in self.items if item is not None]


class Cursors(Part, frozen=True, kw_only=True):
    """Where a list by cursor goes on."""

    after: str | None = None
    before: str | None = None


class CursorPage(Part, Generic[T], frozen=True, kw_only=True):
    """A part of a list, by cursor. `cursors` is None at the end of it."""

    items: list[T | None]
    next: str | None = None
    cursors: Cursors | None = None
    limit: int | None = None
    total: int | None = None

    @property
    def present(self) -> list[T]:
        """The entries that are there."""
        return [item for item in self.items if item is not None]
