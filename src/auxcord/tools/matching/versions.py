"""Which recording of a song a title speaks of: live, a remix, a karaoke track, or the song itself."""

from __future__ import annotations

import re
from enum import Enum
from typing import Final


class Version(Enum):
    """A kind of recording; the value tells whether it is another recording than the song's own."""

    LIVE = "live", True
    ACOUSTIC = "acoustic", True
    REMIX = "remix", True
    DEMO = "demo", True
    INSTRUMENTAL = "instrumental", True
    KARAOKE = "karaoke", True
    COVER = "cover", True
    SPED_UP = "sped up", True
    SLOWED = "slowed", True
    EXTENDED = "extended", True
    EDIT = "edit", True
    REMASTER = "remaster", False
    EDITION = "edition", False
    UPLOAD = "upload", False

    @property
    def is_another_recording(self) -> bool:
        """Whether somebody who asked for the song would notice the difference."""
        return self.value[1]


_SIGNS: Final[tuple[tuple[Version, re.Pattern[str]], ...]] = tuple(
    (version, re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE))
    for version, pattern in (
        (Version.LIVE, r"live(?! forever| wire| and let)|unplugged|in concert|mtv unplugged|ao vivo|en vivo"),
        (Version.ACOUSTIC, r"acoustic|akustisk|akustik|acustica|acústico|stripped"),
        (Version.REMIX, r"(?:re)?mix(?:ed)?|rework|bootleg|mashup|vip|dub(?: version)?"),
        (Version.DEMO, r"demo(?:s| version)?|sketch version|rough mix"),
        (Version.INSTRUMENTAL, r"instrumental|backing track"),
        (Version.KARAOKE, r"karaoke|in the style of|originally performed by|made famous by|sing-?along"),
        (Version.COVER, r"cover(?:ed by| version)?|tribute(?: to)?"),
        (Version.SPED_UP, r"sped[- ]up|nightcore"),
        (Version.SLOWED, r"slowed(?: down)?|reverb"),
        (Version.EXTENDED, r"extended|12\" (?:mix|version)|club mix"),
        (Version.EDIT, r"(?:radio|single|short|album) (?:edit|cut)|edit"),
        (Version.REMASTER, r"(?:\d{4} )?(?:digital(?:ly)? )?re-?master(?:ed)?(?: \d{4})?|mono|stereo"),
        (
            Version.EDITION,
            r"deluxe|bonus|anniversary|expanded|(?:album|single|original) version|explicit|clean|from \".*",
        ),
        (
            Version.UPLOAD,
            r"official|lyrics?(?: video)?|hq|hd|4k|audio|video|visuali[sz]er",
        ),
    )
)
_REMIX: Final = Version.REMIX


def versions_in(text: str) -> frozenset[Version]:
    """Return the kinds of recording a suffix or a bracket speaks of; none if it is part of the name."""
    found = {version for version, sign in _SIGNS if sign.search(text)}
    if Version.EXTENDED in found or Version.DEMO in found:
        found.discard(_REMIX)  # an extended mix and a rough mix are nobody's remix
    if any(version.is_another_recording for version in found):
        found -= {Version.UPLOAD}
    return frozenset(found)
