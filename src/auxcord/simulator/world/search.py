"""Finding things by words: case and diacritics do not matter, field filters do, the order is stable.

A document is found when every word of the query begins one of its words (the whole word for all but the
last). Cyrillic and Greek words are found in Latin letters as well.
When nothing has all the words, documents with at least half of them are found, as fuzzy as the real thing.
Ranking: how much of the query was found and where (name before artist before album), then popularity.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from auxcord.simulator.world.romanisation import romanisations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Doc = TypeVar("Doc")
NAME, ARTIST, ALBUM = 8, 4, 1
FILTERS = frozenset({"artist", "album", "track", "year", "genre", "isrc", "upc", "tag"})

_LETTERS = str.maketrans({
    "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ð": "d",
    "\u0131": "i",  # Turkish dotless i
})  # fmt: skip
_APOSTROPHES = re.compile("['\u2018\u2019]")
_WORD = re.compile(r"\w+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_FILTER = re.compile(r"(?<!\w)(artist|album|track|year|genre|isrc|upc|tag):", re.IGNORECASE)
_YEARS = re.compile(r"(\d{4})(?:-(\d{4}))?")


def fold(text: str) -> str:
    """Reduce a text to what search compares: no case, no diacritics, compatibility forms unified."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LETTERS)


def words(text: str) -> list[str]:
    """Split a text into folded words; scripts without spaces become overlapping pairs of letters."""
    found: list[str] = []
    for word in _WORD.findall(_APOSTROPHES.sub("", fold(text))):
        if len(word) > 2 and _CJK.search(word):
            found.extend(word[place : place + 2] for place in range(len(word) - 1))
        else:
            found.append(word)
    return found


def _typed(text: str) -> Iterator[str]:
    """Go through all words a text is found by: its own, and what foreign letters sound like."""
    for word in words(text):
        yield word
        yield from sorted(romanisations(word))


class Query(NamedTuple):
    """A search split into free words and field filters."""

    free: tuple[str, ...]
    filters: Mapping[str, str]
    text: str

    def years(self) -> tuple[int, int] | None:
        """Give the first and last year of a `year:` filter."""
        match = _YEARS.fullmatch(self.filters.get("year", "").strip())
        return (int(match[1]), int(match[2] or match[1])) if match else None


def parse_query(text: str) -> Query:
    """Split `q` into words and filters; a filter's value runs to the next filter, or is quoted."""
    filters: dict[str, str] = {}
    free = []
    pieces = _FILTER.split(text)
    free.append(pieces[0])
    for field, value in zip(pieces[1::2], pieces[2::2], strict=True):
        stripped = value.strip()
        if stripped.startswith('"') and '"' in stripped[1:]:
            inside, _, after = stripped[1:].partition('"')
            filters[field.lower()] = inside
            free.append(after)
        else:
            filters[field.lower()] = stripped
    rest = " ".join(free)
    return Query(tuple(words(rest)), filters, fold(rest).strip())


class WordIndex(Generic[Doc]):
    """An inverted index over documents with names; documents may be added and removed."""

    def __init__(self) -> None:
        self._postings: dict[str, dict[int, int]] = {}
        self._docs: dict[int, tuple[Doc, int, str]] = {}
        self._next = 0
        self._sorted: list[str] | None = None
        self._numbers: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._docs)

    def add(self, doc: Doc, popularity: int, fields: Iterable[tuple[int, str]]) -> None:
        """Index a document; the first field is its name."""
        number, self._next = self._next, self._next + 1
        name = ""
        for place, (weight, text) in enumerate(fields):
            if place == 0:
                name = fold(text)
            for word in _typed(text):
                posting = self._postings.get(word)
                if posting is None:
                    posting = self._postings[word] = {}
                    self._sorted = None
                posting[number] = max(weight, posting.get(number, 0))
        self._docs[number] = (doc, popularity, name)
        self._numbers[id(doc)] = number

    def remove(self, doc: Doc) -> None:
        """Forget a document; its words stay in the vocabulary and find nothing."""
        number = self._numbers.pop(id(doc), None)
        if number is not None:
            del self._docs[number]

    def ranked(self) -> Iterator[Doc]:
        """Go through all documents, most popular first."""
        for number in sorted(self._docs, key=lambda n: (-self._docs[n][1], n)):
            yield self._docs[number][0]

    def find(self, query: Query) -> list[Doc]:
        """Find documents for the free words of a query, best first."""
        if not query.free:
            return []
        scores: dict[int, int] = {}
        hits: dict[int, int] = {}
        unique = list(dict.fromkeys(query.free))
        for word in unique:
            for number, weight in self._matches(word, prefix=word == query.free[-1]).items():
                scores[number] = scores.get(number, 0) + weight
                hits[number] = hits.get(number, 0) + 1
        wanted = len(unique)
        chosen = [n for n, count in hits.items() if count == wanted and n in self._docs]
        if not chosen:
            least = (wanted + 1) // 2 if wanted > 1 else 2
            chosen = [n for n, count in hits.items() if count >= least and n in self._docs]
        return [self._docs[n][0] for n in sorted(chosen, key=lambda n: self._rank(n, scores[n], query))]

    def _rank(self, number: int, score: int, query: Query) -> tuple[int, int, int]:
        _, popularity, name = self._docs[number]
        bonus = 40 if name == query.text else 12 if name.startswith(query.text) else 0
        return (-(score * 5 + bonus), -popularity, number)

    def _matches(self, word: str, *, prefix: bool) -> Mapping[int, int]:
        exact = self._postings.get(word, {})
        if not prefix or len(word) < 2:
            return exact
        if self._sorted is None:
            self._sorted = sorted(self._postings)
        found: dict[int, int] = {}
        for place in range(bisect_left(self._sorted, word), len(self._sorted)):
            candidate = self._sorted[place]
            if not candidate.startswith(word):
                break
            for number, weight in self._postings[candidate].items():
                closeness = weight if candidate == word else max(1, weight - 1)
                if closeness > found.get(number, 0):
                    found[number] = closeness
        return found


def has_words(text: str, wanted: str) -> bool:
    """Tell whether a text contains all the words of a filter's value."""
    return set(words(wanted)) <= set(words(text))
