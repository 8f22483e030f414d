"""Shapes that occur inside everything else: names with a URI, images, pages.

The modules of this package leave annotations unquoted: msgspec reads them at run time. Fields without a
default are the ones without which an answer is useless; all others may be missing, null or malformed.
"""

from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class ExternalUrls(Struct, frozen=True, kw_only=True):
    """Where a thing can be opened outside the API."""

    spotify: str | None = None


class Image(Struct, frozen=True, kw_only=True):
    """One size of a picture; sizes are in pixels. Links to pictures last less than a day."""

    url: str
    height: int | None = None
    width: int | None = None


class Restrictions(Struct, frozen=True, kw_only=True):
    """Why something cannot be played: `market`, `product`, `explicit`, or a newer word."""

    reason: str | None = None


class Copyright(Struct, frozen=True, kw_only=True):
    """Who owns a recording: `type` is C (the work) or P (the performance)."""

    text: str | None = None
    type: str | None = None


class ExternalIds(Struct, frozen=True, kw_only=True):
    """What the rest of the music industry calls it."""

    isrc: str | None = None
    ean: str | None = None
    upc: str | None = None


class Person(Struct, frozen=True, kw_only=True):
    """An author or a narrator."""

    name: str


class Named(Struct, frozen=True, kw_only=True):
    """A thing in Spotify's catalogue."""

    uri: str
    name: str
    external_urls: ExternalUrls | None = None

    @property
    def link(self) -> str | None:
        """The web address a person can open."""
        return self.external_urls.spotify if self.external_urls else None


class Page(Struct, Generic[T], frozen=True, kw_only=True):
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


class Cursors(Struct, frozen=True, kw_only=True):
    """Where a list by cursor goes on."""

    after: str | None = None
    before: str | None = None


class CursorPage(Struct, Generic[T], frozen=True, kw_only=True):
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
