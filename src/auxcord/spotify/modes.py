"""What kind of Spotify app this is: learnt from answers, because Spotify tells nobody.

Three kinds exist: `extended` quota, `development` mode under the rules of February 2026, and older apps in
development mode that still have most of what those rules took. What an app may do is found out by asking
and noted, fact by fact, since Spotify closes things unevenly; the mode is only the name for what was found. A
fact that answers contradict is asked for again.

Sources: developer.spotify.com/documentation/web-api, references/changes/february-2026 and tutorials/
february-2026-migration-guide; the blog post of 2024-11-27 on the first closures.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec
import structlog

from auxcord.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

log = structlog.get_logger(__name__)


class Mode(StrEnum):
    """What Spotify lets an app do."""

    UNKNOWN = "unknown"
    EXTENDED = "extended"
    DEVELOPMENT = "development"
    LEGACY = "legacy-development"


SEVERAL = "several things by one request"
FIFTY_FOUND = "fifty results of a search at once"
FIFTY_ALBUMS = "fifty albums of an artist at once"
OLD_ITEMS = "get-playlists-tracks"
"""Facts about an app; all others are named by the operation they are about, in Spotify's own words."""

REPLACEABLE = frozenset({SEVERAL, FIFTY_FOUND, FIFTY_ALBUMS})
"""What can be had another way, with more requests. It is not even tried where the mode says it is closed."""

CLOSED_IN_2024 = frozenset(
    {
        "get-an-artists-related-artists",
        "get-recommendations",
        "get-recommendation-genres",
        "get-several-audio-features",
        "get-featured-playlists",
        "get-a-categories-playlists",
    }
)
"""Closed since 2024-11-27 to all but apps with extended quota; everything else here went in February 2026."""

_FIELDS = "fields removed in 2026"
_LIMITS = "limits of development mode"

_HOUR = 3600.0
_DAY = 24 * _HOUR
_FIRST_PAUSE = 60.0


class Finding(msgspec.Struct, frozen=True):
    """What was found about one thing.

    Attributes:
        open: Whether the app may have it.
        at: Unix seconds when that was found.
        refusals: How often in a row it was refused.
    """

    open: bool
    at: float
    refusals: int = 0


class _Notes(msgspec.Struct, frozen=True):
    findings: dict[str, Finding]


class Notebook(Protocol):
    """Where what was found about one Spotify app outlives the process."""

    async def read(self) -> bytes | None:
        """Return what was written last."""

    async def write(self, notes: bytes) -> None:
        """Keep this instead."""


class Access:
    """What the process's Spotify app may do, as far as it is known.

    Args:
        notebook: Keeps it across restarts; nothing is kept when omitted.
        clock: Unix seconds.
    """

    def __init__(self, notebook: Notebook | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self._notebook = notebook
        self._clock = clock
        self._findings: dict[str, Finding] = {}
        self._trying: set[str] = set()
        self._told = Mode.UNKNOWN
        self._contradicted_at = 0.0
        self.is_unwritten = False

    def __repr__(self) -> str:
        return f"Access(mode={self.mode.value!r})"

    @property
    def mode(self) -> Mode:
        """The name for what was found."""
        since_2026, since_2024 = self._since_2026, self._newest(CLOSED_IN_2024)
        if since_2024 is not None and since_2024.open:
            return Mode.EXTENDED
        if since_2026 is None:
            return Mode.DEVELOPMENT if self._lacks_fields else Mode.UNKNOWN
        if not since_2026.open:
            return Mode.DEVELOPMENT
        if since_2024 is not None and since_2024.at >= since_2026.at:
            return Mode.LEGACY
        return Mode.LEGACY if self._has_limits else Mode.UNKNOWN

    @property
    def is_older(self) -> bool:
        """Whether the rules of 2026 are known not to hold for the app."""
        return self._since_2026 is not None and self._since_2026.open

    @property
    def is_blank(self) -> bool:
        """Whether nothing is known yet about what the rules of 2026 took."""
        return self._since_2026 is None and _FIELDS not in self._findings

    def may(self, name: str) -> bool:
        """Whether to ask Spotify for something: it is open, or nobody knows, or it is time to look again."""
        finding = self._findings.get(name)
        if finding is not None and finding.open:
            return True
        if name in REPLACEABLE and name in self._trying:
            return False  # one request finds out for everybody; the others take the other way meanwhile
        if finding is not None:
            return self._is_due(finding)
        if name not in REPLACEABLE:
            return True
        like_it = self._since_2026
        return not self._lacks_fields if like_it is None else like_it.open or self._is_due(like_it)

    def knows(self, name: str) -> bool:
        """Whether something is known to be open."""
        finding = self._findings.get(name)
        return finding is not None and finding.open

    @contextmanager
    def trying(self, name: str) -> Iterator[None]:
        """Ask for something that may be refused."""
        self._trying.add(name)
        try:
            yield
        finally:
            self._trying.discard(name)

    async def found(self, name: str, *, open_: bool) -> None:
        """Note that Spotify gave something, or refused it for what the app is."""
        known = self._findings.get(name)
        if open_ and known is not None and known.open:
            return
        if open_ and name not in CLOSED_IN_2024:
            self._contradicted_at = self._clock()
        refusals = 0 if open_ else 1 + (known.refusals if known is not None else 0)
        self._note(name, Finding(open_, self._clock(), refusals))
        await self.write()

    def saw_fields(self, *, older: bool) -> None:
        """Note whether an answer had the fields that apps under the rules of 2026 do not get.

        Some apps get them with some things only; that counts as getting them.
        """
        if older:
            self._contradicted_at = self._clock()
        elif 0 <= self._clock() - self._contradicted_at < _HOUR:
            return
        known = self._findings.get(_FIELDS)
        if known is None or known.open != older:
            self._note(_FIELDS, Finding(older, self._clock()))

    def met_limits(self) -> None:
        """Note that a limit was met which only apps in development mode have: quota, allow-list, owner."""
        if not self._has_limits:
            self._note(_LIMITS, Finding(open=False, at=self._clock()))

    async def load(self) -> None:
        """Remember what was known when the process ended; what cannot be read is learnt again."""
        notes = None if self._notebook is None else await self._notebook.read()
        if notes is None:
            return
        try:
            self._findings = msgspec.json.decode(notes, type=_Notes).findings | self._findings
        except msgspec.MsgspecError:
            log.warning("what was known about the Spotify app cannot be read and is learnt again")
        self._told = self.mode

    async def write(self) -> None:
        """Write down what is new. A failure is not the caller's problem: it is written with the next news."""
        self.is_unwritten = False
        if self._told is not self.mode:
            self._told = self.mode
            log.info("spotify access mode", mode=self.mode.value)
        if self._notebook is None:
            return
        try:
            await self._notebook.write(msgspec.json.encode(_Notes(self._findings)))
        except StoreUnavailableError:
            self.is_unwritten = True

    @property
    def _since_2026(self) -> Finding | None:
        return self._newest(name for name in self._findings if name not in _CLUES | CLOSED_IN_2024)

    @property
    def _has_limits(self) -> bool:
        limits = self._findings.get(_LIMITS)
        return limits is not None and 0 <= self._clock() - limits.at < _DAY

    @property
    def _lacks_fields(self) -> bool:
        fields = self._findings.get(_FIELDS)
        return fields is not None and not fields.open

    def _newest(self, names: Iterable[str]) -> Finding | None:
        found = [self._findings[name] for name in names if name in self._findings]
        return max(found, key=lambda finding: finding.at, default=None)

    def _is_due(self, refused: Finding) -> bool:
        """Whether to ask again for what was refused: once a day, and sooner when answers say otherwise.

        Where answers go on contradicting the refusal, it is put to the test less and less often.
        """
        age = self._clock() - refused.at
        if not 0 <= age < _DAY:
            return True
        pause: float = _FIRST_PAUSE * 4 ** min(refused.refusals - 1, 6)
        return self._contradicted_at > refused.at and age >= pause

    def _note(self, name: str, finding: Finding) -> None:
        self._findings[name] = finding
        self.is_unwritten = True


_CLUES = frozenset({_FIELDS, _LIMITS})
