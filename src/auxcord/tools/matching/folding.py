"""Reducing names to what can be compared: case, diacritics, scripts, articles and punctuation aside."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from auxcord.tools.matching.romanising import romanised

MEMORY: Final = 1024
"""So many names, and pairs of names, are remembered: what a few lines and their candidates need."""
_LETTERS: Final = str.maketrans({
    "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ð": "d", "ß": "ss",
    "\u0131": "i", "ħ": "h", "ŋ": "ng",
})  # fmt: skip
_SPELT_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
_LOOSE: Final = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        ("shch", "sh"), ("kh|ch", "h"), ("ts|tz|cz", "c"), ("zh", "z"), ("sh", "s"), ("ph", "f"), ("w", "v"),
        ("[yj]", "i"), ("ii+", "i"), ("ou|oo|uu", "o"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
_APOSTROPHES: Final = re.compile("['\u2019\u2018`\u00b4\u02bc]")
_AND: Final = re.compile(r"\s*[&+]\s*|\s+(?:and|und|og|och|et)\s+")
_NO_WORD: Final = re.compile(r"[^\w]+|_+")
_ARTICLE: Final = re.compile(r"^(?:the|a|an|los|las|les|die|der|das)\s+(?=\S)")


@lru_cache(maxsize=MEMORY)
def fold(text: str) -> str:
    """Reduce a name to lower-case words in Latin letters: `Ödet & Vågor` is `odet and vagor`."""
    return _words(_plain(romanised(text.casefold())))


@lru_cache(maxsize=MEMORY)
def spellings(text: str) -> tuple[str, ...]:
    """Return the ways a name may be typed: folded, with umlauts spelt out, and loosely romanised."""
    folded = fold(text)
    cased = unicodedata.normalize("NFC", text.casefold())
    spelt_out = _words(_plain(romanised(cased.translate(_SPELT_OUT))))
    is_foreign = any(letter.isalpha() and not _is_latin(letter) for letter in cased)
    return tuple(dict.fromkeys((folded, spelt_out, loose(folded)) if is_foreign else (folded, spelt_out)))


@lru_cache(maxsize=MEMORY)
def loose(folded: str) -> str:
    """Reduce further what romanisations disagree about: kh and h, y and j, doubled letters."""
    for pattern, plain in _LOOSE:
        folded = pattern.sub(plain, folded)
    return folded


def without_article(folded: str) -> str:
    """Drop a leading article from a folded name."""
    return _ARTICLE.sub("", folded)


def _words(plain: str) -> str:
    plain = _AND.sub(" and ", _APOSTROPHES.sub("", plain))
    return " ".join(_NO_WORD.sub(" ", plain).split())


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LETTERS)


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"
