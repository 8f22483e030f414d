"""Shows, episodes, audiobooks and chapters in JSON."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from auxcord.simulator.webapi.paging import page
from auxcord.simulator.webapi.shapes.links import identity, images
from auxcord.simulator.world.catalogue import AUDIOBOOK_MARKETS

if TYPE_CHECKING:
    from auxcord.simulator.webapi.call import Lens
    from auxcord.simulator.world.catalogue import Audiobook, Chapter, Episode, Show

CONTENTS = 50


def show_ref(lens: Lens, show: Show) -> dict[str, Any]:
    """Show a podcast in the short form."""
    shown = {
        **identity(lens, "show", show.id),
        "copyrights": [],
        "description": show.description,
        "explicit": show.explicit,
        "html_description": f"<p>{escape(show.description)}</p>",
        "images": images(show.id),
        "is_externally_hosted": show.externally_hosted,
        "languages": [show.language],
        "media_type": "audio",
        "name": show.name,
        "total_episodes": len(show.episodes),
    }
    if not lens.reduced:
        shown["available_markets"] = sorted(show.markets)
        shown["publisher"] = show.publisher
    return shown


def show(lens: Lens, show: Show) -> dict[str, Any]:
    """Show a podcast in full, with the first page of its episodes."""
    first = [episode_ref(lens, episode) for episode in show.episodes[:CONTENTS]]
    path = f"/shows/{show.id}/episodes"
    return {
        **show_ref(lens, show),
        "episodes": page(
            lens.base, path, first, total=len(show.episodes), limit=CONTENTS, offset=0, keep=_kept(lens)
        ),
    }


def episode_ref(lens: Lens, episode: Episode, *, external: bool = True) -> dict[str, Any]:
    """Show an episode in the short form.

    `external` says that the client can play what is hosted elsewhere.
    """
    shown = {
        **identity(lens, "episode", episode.id),
        "audio_preview_url": None,
        "description": episode.description,
        "duration_ms": episode.duration_ms,
        "explicit": episode.explicit,
        "html_description": f"<p>{escape(episode.description)}</p>",
        "images": images(episode.show.id),
        "is_externally_hosted": episode.externally_hosted,
        "is_playable": external or not episode.externally_hosted,
        "language": episode.show.language,
        "languages": [episode.show.language],
        "name": episode.name,
        "release_date": episode.date,
        "release_date_precision": "day",
    }
    _add_resume_point(lens, shown, episode.id, episode.duration_ms)
    return shown


def episode(lens: Lens, episode: Episode) -> dict[str, Any]:
    """Show an episode in full, with its show."""
    return {**episode_ref(lens, episode), "show": show_ref(lens, episode.show)}


def audiobook_ref(lens: Lens, book: Audiobook) -> dict[str, Any]:
    """Show an audiobook in the short form."""
    shown = {
        **identity(lens, "audiobook", book.id),
        "authors": [{"name": name} for name in book.authors],
        "copyrights": [{"text": f"{book.date[:4]} {book.publisher}", "type": "C"}],
        "description": book.description,
        "edition": book.edition,
        "explicit": book.explicit,
        "html_description": f"<p>{escape(book.description)}</p>",
        "images": images(book.id),
        "languages": [book.language],
        "media_type": "audio",
        "name": book.name,
        "narrators": [{"name": name} for name in book.narrators],
        "total_chapters": len(book.chapters),
    }
    if not lens.reduced:
        shown["available_markets"] = sorted(AUDIOBOOK_MARKETS)
        shown["publisher"] = book.publisher
    return shown


def audiobook(lens: Lens, book: Audiobook) -> dict[str, Any]:
    """Show an audiobook in full, with the first page of its chapters."""
    first = [chapter_ref(lens, chapter) for chapter in book.chapters[:CONTENTS]]
    path = f"/audiobooks/{book.id}/chapters"
    return {
        **audiobook_ref(lens, book),
        "chapters": page(
            lens.base, path, first, total=len(book.chapters), limit=CONTENTS, offset=0, keep=_kept(lens)
        ),
    }


def chapter_ref(lens: Lens, chapter: Chapter) -> dict[str, Any]:
    """Show a chapter in the short form; Spotify gives chapters the type episode."""
    shown = {
        **identity(lens, "episode", chapter.id, path="chapters"),
        "audio_preview_url": None,
        "chapter_number": chapter.number,
        "description": chapter.description,
        "duration_ms": chapter.duration_ms,
        "explicit": chapter.audiobook.explicit,
        "html_description": f"<p>{escape(chapter.description)}</p>",
        "images": images(chapter.audiobook.id),
        "is_playable": True,
        "languages": [chapter.audiobook.language],
        "name": chapter.name,
        "release_date": chapter.audiobook.date,
        "release_date_precision": "day",
    }
    if not lens.reduced:
        shown["available_markets"] = sorted(AUDIOBOOK_MARKETS)
    _add_resume_point(lens, shown, chapter.id, chapter.duration_ms)
    return shown


def chapter(lens: Lens, chapter: Chapter) -> dict[str, Any]:
    """Show a chapter in full, with its audiobook."""
    return {**chapter_ref(lens, chapter), "audiobook": audiobook_ref(lens, chapter.audiobook)}


def _kept(lens: Lens) -> dict[str, str] | None:
    return {"market": lens.market} if lens.market else None


def _add_resume_point(lens: Lens, shown: dict[str, Any], item_id: str, duration_ms: int) -> None:
    if lens.resume and lens.user is not None:
        position = lens.user.player.resume_points.get(item_id, 0)
        done = position >= duration_ms
        shown["resume_point"] = {"fully_played": done, "resume_position_ms": 0 if done else position}
