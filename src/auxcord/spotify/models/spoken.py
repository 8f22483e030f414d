"""Shows and their episodes, audiobooks and their chapters."""

from typing import ClassVar

from auxcord.spotify.models.shapes import Named, Page, Person


class ShowRef(Named, frozen=True, kw_only=True):
    """A show as named on its episode."""

    id: str
    total_episodes: int | None = None
    publisher: str | None = None


class Episode(Named, frozen=True, kw_only=True, tag_field="type", tag="episode"):
    """An episode of a show. `show` is None inside the show's own list of episodes."""

    type: ClassVar[str] = "episode"
    id: str | None = None
    description: str | None = None
    duration_ms: int | None = None
    explicit: bool | None = None
    is_playable: bool | None = None
    release_date: str | None = None
    show: ShowRef | None = None


class Show(Named, frozen=True, kw_only=True):
    """A podcast. `episodes` is the first page, and None in lists of shows."""

    id: str
    description: str | None = None
    explicit: bool | None = None
    total_episodes: int | None = None
    publisher: str | None = None
    episodes: Page[Episode] | None = None


class AudiobookRef(Named, frozen=True, kw_only=True):
    """An audiobook as named on its chapter."""

    id: str
    authors: tuple[Person, ...] = ()
    total_chapters: int | None = None


class Chapter(Named, frozen=True, kw_only=True):
    """A chapter of an audiobook."""

    id: str
    chapter_number: int | None = None
    description: str | None = None
    duration_ms: int | None = None
    explicit: bool | None = None
    is_playable: bool | None = None
    release_date: str | None = None
    audiobook: AudiobookRef | None = None


class Audiobook(Named, frozen=True, kw_only=True):
    """An audiobook; sold in some countries only. `chapters` is the first page, and None in lists."""

    id: str
    authors: tuple[Person, ...] = ()
    description: str | None = None
    explicit: bool | None = None
    total_chapters: int | None = None
    publisher: str | None = None
    chapters: Page[Chapter] | None = None
