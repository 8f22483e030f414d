"""Starting, stopping and skipping."""

# No postponed annotations: pydantic resolves them at run time.
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import (
    DeviceNotFoundError,
    InputError,
    NoActiveDeviceError,
    NotFoundError,
    PlayerError,
    PremiumRequiredError,
)
from auxcord.spotify.models import Page, PlaybackState, SearchResults, Track
from auxcord.spotify.uris import Kind
from auxcord.tools.inputs import PLAYABLE, AsKind, AsList, AsWord, Text, named
from auxcord.tools.matching.folding import fold
from auxcord.tools.matching.judging import Certainty, judged
from auxcord.tools.matching.reading import read_line
from auxcord.tools.playback.player import COMMAND, chosen, commanded, is_on, seen, told
from auxcord.tools.toolset import tool
from auxcord.views import clean, lines, playback

PlayKind = Literal["any", "track", "artist", "album", "playlist"]
DeviceName = Annotated[Text, Field(description="Name or id")]

_CONTEXTS: Final = (Kind.ALBUM, Kind.ARTIST, Kind.PLAYLIST, Kind.SHOW, Kind.AUDIOBOOK)
_MOST: Final = 100
_CANDIDATES: Final = 10
_ASKING: Final = re.compile(
    r"^(?:play )?(?:me )?(?:some|something by|songs by|music by|anything by)\s+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Order:
    """What to play: items, or a context, or (neither) go on where it stopped."""

    uris: tuple[str, ...] = ()
    context: str | None = None
    start: int = 1

    def is_true(self, state: PlaybackState | None) -> bool:
        """Whether the player does what was ordered."""
        if state is None or not state.is_playing:
            return False
        if self.context:
            return state.context is not None and state.context.uri == self.context
        return not self.uris or (state.item is not None and state.item.uri == self.uris[self.start - 1])


_RESUME: Final = _Order()


@tool(
    title="Play",
    needs=Permission.PLAYBACK,
    scopes=[*COMMAND, "user-read-private"],
    idempotent=True,
    premium=True,
)
async def play(
    caller: Caller,
    uris: Annotated[
        tuple[str, ...],
        AsList,
        Field(
            max_length=_MOST,
            description="Tracks/episodes, or one album, artist, playlist or show",
            json_schema_extra={"maxItems": _MOST},
        ),
    ] = (),
    query: Annotated[Text | None, Field(description="Words, instead of uris")] = None,
    kind: Annotated[PlayKind, AsKind, Field(description="What query names")] = "any",
    start: Annotated[int, Field(ge=1, description="Begin at this position")] = 1,
    device: DeviceName | None = None,
) -> str:
    """Play URIs, or what words name: an artist, a song, an album; with neither, resume.

    Picks the active device or an idle one, waits until it plays and says what plays. Needs Premium.
    """
    if uris and query:
        raise InputError("Give either uris or query, not both.")
    found = ""
    if query:
        order, found = await _searched(caller, query, kind)
    else:
        order = _ordered(uris, start)
    target = chosen(await caller.spotify.playback.devices(), device)
    if order == _RESUME and target.is_active:
        state = await caller.spotify.playback.state()
        if state and state.is_playing:
            return lines("Already playing.", playback(state))
    doubt = await commanded(_start(caller, order, None if target.is_active else target.id))
    sight = await seen(caller, lambda now: order.is_true(now) and is_on(now, target))
    return told(sight, doubt, f"sent to {clean(target.name)}", found)


def _ordered(texts: Sequence[str], start: int) -> _Order:
    uris = named(texts, kinds=(*PLAYABLE, Kind.CHAPTER, *_CONTEXTS))
    contexts = [str(uri) for uri in uris if uri.type in _CONTEXTS]
    if contexts and len(uris) > 1:
        advice = "Play one album, artist, playlist or show, or give tracks and episodes only."
        raise InputError("Only one album, artist, playlist or show can be played at a time.", advice=advice)
    if contexts:
        return _Order(context=contexts[0], start=start)
    if uris and start > len(uris):
        raise InputError(f"`start` is {start}, but there are only {len(uris)} uris.")
    return _Order(uris=tuple(str(uri) for uri in uris), start=start)


async def _searched(caller: Caller, query: str, kind: PlayKind) -> tuple[_Order, str]:
    kinds: list[str] = ["artist", "track", "album"] if kind == "any" else [kind]
    wanted = _ASKING.sub("", query).strip() or query
    words = read_line(wanted).words or wanted
    results = await caller.spotify.catalog.search(words, kinds, limit=_CANDIDATES)
    best = _meant(wanted, [item for name in kinds for item in _page(results, name)])
    if best is None:
        what = "Nothing" if kind == "any" else f"No {kind}"
        raise NotFoundError(
            f"{what} was found for {clean(wanted)!r}.", advice="Try other words, or search first."
        )
    order = _Order(uris=(best.uri,)) if isinstance(best, Track) else _Order(context=best.uri)
    return order, f"best match: {clean(best.name)} ({best.uri})"


def _page(results: SearchResults, kind: str) -> Sequence[Any]:
    page: Page[Any] | None = getattr(results, f"{kind}s")
    return page.present if page is not None else ()


def _meant(words: str, found: Sequence[Any]) -> Any:
    """Choose what the words name: what is called just so, artists before songs; else the first song."""
    called = next((item for item in found if fold(item.name) == fold(words)), None)
    if called is not None:
        return called
    songs = [item for item in found if isinstance(item, Track)]
    verdicts = judged(read_line(words).readings, songs)
    if verdicts and verdicts[0].certainty >= Certainty.LIKELY:
        return verdicts[0].track
    return next(iter(songs or found), None)


def _start(caller: Caller, order: _Order, device_id: str | None) -> Callable[[], Awaitable[None]]:
    return partial(
        caller.spotify.playback.play,
        device_id=device_id,
        context_uri=order.context,
        uris=list(order.uris) or None,
        offset={"position": order.start - 1} if order.start > 1 else None,
    )


@tool(title="Pause", needs=Permission.PLAYBACK, scopes=COMMAND, idempotent=True, premium=True)
async def pause(caller: Caller) -> str:
    """Stop the music where it is; play without arguments resumes it. Needs Premium."""
    before = await caller.spotify.playback.state()
    if before is None or not before.is_playing:
        return lines("Already paused.", playback(before) if before else [])
    try:
        doubt = await commanded(caller.spotify.playback.pause)
    except (PremiumRequiredError, NoActiveDeviceError, DeviceNotFoundError):
        raise
    except PlayerError:
        # The player refuses to pause what was paused in the meantime.
        state = await caller.spotify.playback.state()
        if state is not None and state.is_playing:
            raise
        return lines("Already paused.", playback(state) if state else [])
    sight = await seen(caller, lambda now: now is None or not now.is_playing)
    return told(sight, doubt, "pause was sent")


@tool(title="Skip", needs=Permission.PLAYBACK, scopes=COMMAND, premium=True)
async def skip(
    caller: Caller,
    to: Annotated[Literal["next", "previous"], AsWord] = "next",
) -> str:
    """Go to the next or previous track, and say what plays then. Needs Premium."""
    before = await caller.spotify.playback.state()
    command = caller.spotify.playback.next if to == "next" else caller.spotify.playback.previous
    doubt = await commanded(command)
    sight = await seen(caller, lambda now: _has_moved(before, now))
    return told(sight, doubt, f"skip to {to} was sent")


def _has_moved(before: PlaybackState | None, now: PlaybackState | None) -> bool:
    """Another item, or the same one from its beginning."""
    if before is None or before.item is None or now is None or now.item is None:
        return before != now
    return now.item.uri != before.item.uri or (now.progress_ms or 0) < (before.progress_ms or 0)
