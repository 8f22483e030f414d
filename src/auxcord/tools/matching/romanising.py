"""Writing Cyrillic, Greek, Japanese kana and Hangul in Latin letters, roughly as people type them."""

from __future__ import annotations

import unicodedata
from typing import Final


def _pairs(table: str) -> dict[str, str]:
    """Read `letter sound` pairs; a letter alone stands for no sound."""
    return {pair[0]: pair[1:] for pair in table.split()}


def _sounds(table: str) -> tuple[str, ...]:
    """Read sounds in their order; a hyphen stands for none."""
    return tuple(sound.strip("-") for sound in table.split())


_CYRILLIC: Final = _pairs("""
    аa бb вv гg дd еe ёe жzh зz иi йy кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya
    іi їyi єye ґg јj љlj њnj ћc ђdj џdz ўu
""")  # noqa: RUF001  these letters are the point
_GREEK: Final = _pairs("""
    αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo
""")  # noqa: RUF001
_KANA: Final = _pairs("""
    あa いi うu えe おo かka きki くku けke こko さsa しshi すsu せse そso たta ちchi つtsu てte とto
    なna にni ぬnu ねne のno はha ひhi ふfu へhe ほho まma みmi むmu めme もmo やya ゆyu よyo
    らra りri るru れre ろro わwa をo んn がga ぎgi ぐgu げge ごgo ざza じji ずzu ぜze ぞzo
    だda ぢji づzu でde どdo ばba びbi ぶbu べbe ぼbo ぱpa ぴpi ぷpu ぺpe ぽpo ゔvu ー
""")
_SMALL_KANA: Final = _pairs("ゃya ゅyu ょyo ぁa ぃi ぅu ぇe ぉo")
_FIRST: Final = _sounds("g kk n d tt r m b pp s ss - j jj ch k t p h")
_MIDDLE: Final = _sounds("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_LAST: Final = _sounds("- k k k n n n t l k m l l l p l m p p t t ng t t k t p t")
_KATAKANA_TO_HIRAGANA: Final = 0x60


def romanised(text: str) -> str:
    """Write a lower-case text in Latin letters as far as its script has a sound for each letter."""
    if text.isascii():
        return text
    return _kana("".join(map(_letter, unicodedata.normalize("NFC", text))))


def _letter(letter: str) -> str:
    if letter in _CYRILLIC:
        return _CYRILLIC[letter]
    bare = unicodedata.normalize("NFD", letter)[0]
    if bare in _GREEK:
        return _GREEK[bare]
    if "가" <= letter <= "힣":
        return _syllable(ord(letter) - ord("가"))
    return chr(ord(letter) - _KATAKANA_TO_HIRAGANA) if "ァ" <= letter <= "ヴ" else letter


def _syllable(number: int) -> str:
    """Write one syllable of Hangul, which Unicode counts first, middle, last."""
    return _FIRST[number // 588] + _MIDDLE[number % 588 // 28] + _LAST[number % 28]


def _kana(text: str) -> str:
    written: list[str] = []
    is_doubled = False
    for letter in text:
        if letter == "っ":
            is_doubled = True
        elif letter in _SMALL_KANA and written and written[-1].endswith("i"):
            written[-1] = _contracted(written[-1], _SMALL_KANA[letter])
        else:
            sound = _KANA.get(letter, _SMALL_KANA.get(letter, letter))
            written.append(sound[:1] + sound if is_doubled else sound)
            is_doubled = False
    return "".join(written)


def _contracted(before: str, small: str) -> str:
    """Join two kana to one sound: shi and ya are sha, ki and yo are kyo."""
    stem = before[:-1]
    return stem + (small.removeprefix("y") if stem.endswith(("sh", "ch", "j")) else small)
