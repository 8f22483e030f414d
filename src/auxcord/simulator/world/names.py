"""Invented names: artists, titles and albums in eleven languages and seven scripts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auxcord.simulator.identifiers import Dice

_WORDS = Path(__file__).with_name("vocabulary.json")

GENRES: tuple[str, ...] = (
    "ambient", "afrobeat", "alt-country", "anatolian rock", "art pop", "bedroom pop", "bluegrass",
    "bossa nova",
    "chamber pop", "chanson", "city pop", "classical", "dance pop", "darkwave", "downtempo", "drum and bass",
    "electronic", "emo", "fado", "folk", "funk", "garage rock", "hip hop", "house", "hyperpop", "indie rock",
    "j-pop", "jazz", "k-indie", "krautrock", "laiko", "lo-fi beats", "metal", "mpb", "neo soul",
    "nordic folk",
    "polish jazz", "post-punk", "post-rock", "power pop", "r&b", "reggae", "russian rock", "shoegaze",
    "singer-songwriter", "soul", "synthpop", "tarab", "techno", "trip hop",
)  # fmt: skip
_TITLE_STYLES = (
    "{a} {b}", "{a} {b}", "{a} {b}", "{b}", "The {b}", "{a} {b} (Part {n})", "{b} in {p}",
    "{a}, {a2}", "{b} & {b2}", "{p}",
)  # fmt: skip
_PLACES = (
    "Brackwater", "Nørregade", "Porto Velho do Mar", "Sankt Ylva", "Lower Fenimoor", "Château-Brume",
    "Kallio Nord",
    "Ravenna Street", "Łąkowo", "Thornley Junction", "Quay Nine", "Mistral-sur-Lac",
)  # fmt: skip
_LABELS = (
    "Kettle & Twine", "Low Tide Records", "Nachtfalter", "Paper Boat", "Rookby Sound", "Själö Musik",
    "Meridian Line",
    "Casa Azul Discos", "Polestar Audio", "Ferryman", "Unsigned",
)  # fmt: skip


@cache
def vocabulary() -> dict[str, dict[str, Any]]:
    """Load the word lists, by language."""
    words: dict[str, dict[str, Any]] = json.loads(_WORDS.read_text(encoding="utf-8"))
    return words


def pick_language(dice: Dice) -> str:
    """Choose the language an artist sings in."""
    words = vocabulary()
    return dice.choices(list(words), weights=[entry["weight"] for entry in words.values()])[0]


def artist_name(dice: Dice, language: str) -> str:
    """Invent a person's or a band's name."""
    words = vocabulary()[language]
    joiner: str = words["joiner"]
    if dice.chance(0.45):
        return f"{dice.choice(words['first'])}{joiner}{dice.choice(words['last'])}"
    name = f"{dice.choice(words['band_first'])}{joiner}{dice.choice(words['band_second'])}"
    return f"The {name}" if language == "english" and dice.chance(0.25) else name


def title(dice: Dice, language: str) -> str:
    """Invent a song or album title."""
    words = vocabulary()[language]
    if dice.chance(0.12):
        return str(dice.choice(words["title_whole"]))
    first, second = words["title_first"], words["title_second"]
    if language != "english":
        return f"{dice.choice(first)}{words['joiner']}{dice.choice(second)}"
    style = dice.choice(_TITLE_STYLES)
    return style.format(
        a=dice.choice(first),
        a2=dice.choice(first),
        b=dice.choice(second),
        b2=dice.choice(second),
        n=dice.randint(1, 3),
        p=dice.choice(_PLACES),
    )


def place(dice: Dice) -> str:
    """Invent a place to play live at."""
    return dice.choice(_PLACES)


def label(dice: Dice) -> str:
    """Invent a record label."""
    return dice.choice(_LABELS)
