"""Shows, episodes, audiobooks and chapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auxcord.simulator.webapi.answers import found, not_found
from auxcord.simulator.webapi.operation import Operation
from auxcord.simulator.webapi.paging import page
from auxcord.simulator.webapi.shapes import spoken
from auxcord.simulator.world.catalogue import AUDIOBOOK_MARKETS

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call
    from auxcord.simulator.world.catalogue import Audiobook, Chapter, Episode, Show


def show_for(call: Call, show_id: str) -> Show | None:
    """Find a show that the listener's country has; without a country there are none."""
    show = call.catalogue.shows.get(show_id)
    return show if show is not None and call.country in show.markets else None


def episode_for(call: Call, episode_id: str) -> Episode | None:
    """Find an episode of a show that the listener's country has."""
    episode = call.catalogue.episodes.get(episode_id)
    return episode if episode is not None and call.country in episode.show.markets else None


def audiobook_for(call: Call, book_id: str) -> Audiobook | None:
    """Find an audiobook; only a few countries have any."""
    return call.catalogue.audiobooks.get(book_id) if call.country in AUDIOBOOK_MARKETS else None


def chapter_for(call: Call, chapter_id: str) -> Chapter | None:
    """Find a chapter of an audiobook."""
    return call.catalogue.chapters.get(chapter_id) if call.country in AUDIOBOOK_MARKETS else None


def get_show(call: Call) -> Response:
    """GET /shows/{id}."""
    show = show_for(call, call.id())
    if show is None:
        raise not_found()
    return found(spoken.show(call.lens, show))


def get_shows(call: Call) -> Response:
    """GET /shows."""
    shows = [show_for(call, key) for key in call.ids(50)]
    return found({"shows": [spoken.show_ref(call.lens, show) if show else None for show in shows]})


def get_show_episodes(call: Call) -> Response:
    """GET /shows/{id}/episodes."""
    show = show_for(call, call.id())
    if show is None:
        raise not_found()
    limit, offset = call.limit(), call.offset()
    shown = [spoken.episode_ref(call.lens, episode) for episode in show.episodes[offset : offset + limit]]
    path = f"/shows/{show.id}/episodes"
    return found(
        page(call.base, path, shown, total=len(show.episodes), limit=limit, offset=offset, keep=call.query)
    )


def get_episode(call: Call) -> Response:
    """GET /episodes/{id}."""
    episode = episode_for(call, call.id())
    if episode is None:
        raise not_found()
    return found(spoken.episode(call.lens, episode))


def get_episodes(call: Call) -> Response:
    """GET /episodes."""
    episodes = [episode_for(call, key) for key in call.ids(50)]
    return found(
        {"episodes": [spoken.episode(call.lens, episode) if episode else None for episode in episodes]}
    )


def get_audiobook(call: Call) -> Response:
    """GET /audiobooks/{id}."""
    book = audiobook_for(call, call.id())
    if book is None:
        raise not_found()
    return found(spoken.audiobook(call.lens, book))


def get_audiobooks(call: Call) -> Response:
    """GET /audiobooks."""
    books = [audiobook_for(call, key) for key in call.ids(50)]
    return found({"audiobooks": [spoken.audiobook(call.lens, book) if book else None for book in books]})


def get_audiobook_chapters(call: Call) -> Response:
    """GET /audiobooks/{id}/chapters."""
    book = audiobook_for(call, call.id())
    if book is None:
        raise not_found()
    limit, offset = call.limit(), call.offset()
    shown = [spoken.chapter_ref(call.lens, chapter) for chapter in book.chapters[offset : offset + limit]]
    path = f"/audiobooks/{book.id}/chapters"
    return found(
        page(call.base, path, shown, total=len(book.chapters), limit=limit, offset=offset, keep=call.query)
    )


def get_chapter(call: Call) -> Response:
    """GET /chapters/{id}."""
    chapter = chapter_for(call, call.id())
    if chapter is None:
        raise not_found()
    return found(spoken.chapter(call.lens, chapter))


def get_chapters(call: Call) -> Response:
    """GET /chapters."""
    chapters = [chapter_for(call, key) for key in call.ids(50)]
    return found(
        {"chapters": [spoken.chapter(call.lens, chapter) if chapter else None for chapter in chapters]}
    )


OPERATIONS = (
    Operation("GET", "/shows/{id}", "get-a-show", get_show, catalogue=True),
    Operation("GET", "/shows", "get-multiple-shows", get_shows, group="removed-2026", catalogue=True),
    Operation("GET", "/shows/{id}/episodes", "get-a-shows-episodes", get_show_episodes, catalogue=True),
    Operation("GET", "/episodes/{id}", "get-an-episode", get_episode, catalogue=True),
    Operation(
        "GET", "/episodes", "get-multiple-episodes", get_episodes, group="removed-2026", catalogue=True
    ),
    Operation("GET", "/audiobooks/{id}", "get-an-audiobook", get_audiobook, catalogue=True),
    Operation(
        "GET", "/audiobooks", "get-multiple-audiobooks", get_audiobooks, group="removed-2026", catalogue=True
    ),
    Operation(
        "GET", "/audiobooks/{id}/chapters", "get-audiobook-chapters", get_audiobook_chapters, catalogue=True
    ),
    Operation("GET", "/chapters/{id}", "get-a-chapter", get_chapter, catalogue=True),
    Operation("GET", "/chapters", "get-several-chapters", get_chapters, group="removed-2026", catalogue=True),
)
