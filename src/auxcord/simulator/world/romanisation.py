"""How Cyrillic and Greek words are typed on a Latin keyboard, so that search finds them that way too."""

from __future__ import annotations


def _table(sounds: str, letters: str) -> dict[str, str]:
    """Read one sound for each letter; a hyphen stands for none."""
    return dict(zip(letters, (sound.strip("-") for sound in sounds.split()), strict=True))


_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψω"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщъыьэюя"
_TABLES = (
    _table("a v g d e z i th i k l m n x o p r s s t y f ch ps o", _GREEK),
    _table("a v g d e z i th i k l m n ks o p r s s t y f h ps o", _GREEK),
    _table("a b g d e z h th i k l m n ks o p r s s t u f h ps w", _GREEK),
    _table("a b v g d e zh z i k l m n o p r s t u f kh ts ch sh shch - y - e yu ya", _CYRILLIC),
    _table("a b v g d e zh z i k l m n o p r s t u f h c ch sh sch - y - e ju ja", _CYRILLIC),
    _table("a b v g d e j z i k l m n o p r s t u f h ts ch sh sh - i - e iu ia", _CYRILLIC),
)


def romanisations(word: str) -> set[str]:
    """Return the ways a folded word is typed in Latin letters; none if it is written in them already."""
    if word.isascii():
        return set()
    found = {"".join(table.get(letter, letter) for letter in word) for table in _TABLES}
    return {typed for typed in found if typed.isascii()}
