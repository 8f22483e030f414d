"""Starting, stopping and skipping."""

# No postponed annotations: pydantic resolves them at run time.
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
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
    SpotifyError,
)
from auxcord.spotify.models import Device, Page, PlaybackState, SearchResults, Track
from auxcord.spotify.uris import Kind
from auxcord.tools.inputs import PLAYABLE, AsKind, AsList, AsWord, Text, named
from auxcord.tools.matching.folding import fold
from auxcord.tools.matching.judging import Certainty, judged
from auxcord.tools.matching.reading import read_line
from auxcord.tools.playback.player import COMMAND, chosen, commanded, is_on, seen, told
from auxcord.tools.shelves import called
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
    shuffle: bool | None = None

    def is_true(self, state: PlaybackState | None) -> bool:
        """Whether the player does what was ordered."""
        if state is None or not state.is_playing:
            return False
        if self.shuffle is not None and state.shuffle_state is not self.shuffle:
            return False
        if self.context:
            return state.context is not None and state.context.uri == self.context
        if not self.uris or state.item is None:
            return not self.uris
        return state.item.uri in self.uris if self.shuffle else state.item.uri == self.uris[self.start - 1]


_RESUME: Final = _Order()


@tool(
    title="Play",
    needs=Permission.PLAYBACK,
    scopes=[*COMMAND, "user-read-private", "playlist-read-private", "playlist-read-collaborative"],
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
    shuffle: bool | None = None,  # noqa: FBT001  named by JSON
) -> str:
    """Play URIs, or what words name: artist, song, album, an own playlist; with neither, resume.

    Picks the active device or an idle one, waits until it plays and says what plays. Needs Premium.
    """
    if uris and query:
        raise InputError("Give either uris or query, not both.")
    found = ""
    if query:
        order, found = await _meant_by(caller, query, kind)
        order = replace(order, start=start if order.context else 1)
    else:
        order = _ordered(uris, start)
    order = replace(order, shuffle=shuffle)
    target = chosen(await caller.spotify.playback.devices(), device)
    if order == _RESUME and target.is_active:
        state = await caller.spotify.playback.state()
        if state and state.is_playing:
            return lines("Already playing.", playback(state))
    doubt = await _begun(caller, order, target)
    sight = await seen(caller, lambda now: order.is_true(now) and is_on(now, target))
    return told(sight, doubt, f"sent to {clean(target.name)}", found)


async def _begun(caller: Caller, order: _Order, target: Device) -> SpotifyError | None:
    """Start, and shuffle if asked to: before it, where that works, so that the first is a random one too."""
    start = _start(caller, order, None if target.is_active else target.id)
    if order.shuffle is None:
        return await commanded(start)
    shuffle = partial(caller.spotify.playback.set_shuffle, order.shuffle)
    first, then = (shuffle, start) if target.is_active else (start, shuffle)
    doubt = await commanded(first)
    return await commanded(then) or doubt


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


async def _meant_by(caller: Caller, query: str, kind: PlayKind) -> tuple[_Order, str]:
    """Find what words name; of playlists, the person's own before other people's."""
    if kind == "playlist":
        own = await called(caller, query)
        if own is not None:
            return _Order(context=own.uri), f"playlist: {clean(own.name)} ({own.uri})"
    return await _searched(caller, query, kind)


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
