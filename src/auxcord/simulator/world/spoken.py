"""How podcasts and audiobooks are made up."""

from __future__ import annotations

from datetime import date, timedelta

from auxcord.simulator.identifiers import Dice, new_id
from auxcord.simulator.world import names
from auxcord.simulator.world.catalogue import (
    EVERYWHERE,
    MARKETS,
    Audiobook,
    Catalogue,
    Chapter,
    Episode,
    Show,
)

_SHOW_NAMES = (
    "The Harbour Hour", "Lanterns & Ledgers", "Two Gardeners Talking", "Weather for Beginners", "Déjà Écouté",
    "Nattens radio", "A History of Doors", "The Slow Interview", "Kleine Pause", "Code & Kettle",
    "Ficção Lenta",
    "The Tin Lanterns Fan Podcast", "Ночной эфир", "深夜ラジオ通信", "Nine Bells: A Mystery", "Paper Boats",
)  # fmt: skip
_SUBJECTS = (
    "the ferry",
    "bees",
    "lost letters",
    "a lighthouse",
    "old maps",
    "night trains",
    "salt",
    "bridges",
    "snow",
)
_BOOK_NAMES = (
    "The Cartographer's Daughter", "Salt and Signal", "Nine Winters", "A Short Guide to Long Rivers",
    "The Quiet Engine",
    "Letters to a Lighthouse", "The Orchard Ledger", "Under Thornley Junction", "The Ferryman's Almanac",
    "Paper Harbour", "Every Borrowed Window", "The Weather Makers",
)  # fmt: skip
_EPOCH = date(2026, 10, 25)


def make_spoken(seed: int, catalogue: Catalogue) -> None:
    """Fill a catalogue with podcasts and audiobooks."""
    for number, name in enumerate(_SHOW_NAMES):
        _show(Dice(f"{seed}:show:{number}"), catalogue, new_id(seed, "show", number), name, number)
    for number, name in enumerate(_BOOK_NAMES):
        _book(Dice(f"{seed}:book:{number}"), catalogue, new_id(seed, "audiobook", number), name)


def _language(name: str) -> str:
    if any("\u0400" <= letter <= "\u04ff" for letter in name):
        return "ru"
    if any("\u3040" <= letter <= "\u9fff" for letter in name):
        return "ja"
    return {"Déjà Écouté": "fr", "Nattens radio": "sv", "Kleine Pause": "de", "Ficção Lenta": "pt"}.get(
        name, "en"
    )


def _show(dice: Dice, catalogue: Catalogue, show_id: str, name: str, number: int) -> None:
    show = Show(
        id=show_id,
        name=name,
        publisher=f"{names.label(dice)} Audio",
        description=f"Conversations about {dice.choice(_SUBJECTS)} & {dice.choice(_SUBJECTS)}.",
        language=_language(name),
        explicit=dice.chance(0.1),
        externally_hosted=None if number == 3 else dice.chance(0.2),
        markets=EVERYWHERE if number not in {5, 11} else frozenset(MARKETS[: len(MARKETS) // 2]),
    )
    catalogue.shows[show.id] = show
    count = 137 if number == 0 else dice.randint(1, 60)
    for back in range(count):
        subject = dice.choice(_SUBJECTS)
        episode = Episode(
            id=new_id(show_id, back),
            name=f"{count - back}. On {subject}",
            description=f"This week: {subject}. Notes & links at <the usual place>.",
            duration_ms=dice.randint(9 * 60_000, 95 * 60_000),
            explicit=show.explicit and dice.chance(0.5),
            date=(_EPOCH - timedelta(days=7 * back + number)).isoformat(),
            show=show,
            externally_hosted=bool(show.externally_hosted),
        )
        show.episodes.append(episode)
        catalogue.episodes[episode.id] = episode


def _book(dice: Dice, catalogue: Catalogue, book_id: str, name: str) -> None:
    book = Audiobook(
        id=book_id,
        name=name,
        authors=tuple(names.artist_name(dice, "english") for _ in range(dice.randint(1, 2))),
        narrators=(names.artist_name(dice, "english"),),
        publisher=f"{names.label(dice)} Books",
        description=f"A novel about {dice.choice(_SUBJECTS)} and {dice.choice(_SUBJECTS)}.",
        language="en",
        edition=dice.choice(("Unabridged", "Abridged")),
        explicit=False,
        date=f"{dice.randint(1998, 2025)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}",
    )
    catalogue.audiobooks[book.id] = book
    for number in range(1, dice.randint(8, 64) + 1):
        chapter = Chapter(
            id=new_id(book_id, number),
            name=f"Chapter {number}: {dice.choice(_SUBJECTS).capitalize()}",
            number=number,
            description=f"Chapter {number} of {name}.",
            duration_ms=dice.randint(4 * 60_000, 55 * 60_000),
            audiobook=book,
        )
        book.chapters.append(chapter)
        catalogue.chapters[chapter.id] = chapter
