"""Reading many things: several by one request where the app may, else one by one, side by side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from auxcord.errors import (
    AuxcordError,
    BadRequestError,
    EndpointClosedError,
    MalformedAnswerError,
    NotFoundError,
    RateLimitedError,
)
from auxcord.spotify.decoding import decode
from auxcord.spotify.models import Album, Artist, Audiobook, Chapter, Episode, Show, Track
from auxcord.spotify.modes import SEVERAL
from auxcord.spotify.session import chunks
from auxcord.spotify.together import together
from auxcord.spotify.uris import Kind, SpotifyUri, checked_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from auxcord.spotify.session import Session


class _Batch(NamedTuple):
    """How several things of a kind are read by one request.

    Attributes:
        shape: What each of them is.
        most: How many at once.
        whole: Whether each comes just as it would by itself.
    """

    shape: Any
    most: int
    whole: bool = True


_BATCHES: dict[Kind, _Batch] = {
    Kind.TRACK: _Batch(Track, 50),
    Kind.ALBUM: _Batch(Album, 20),
    Kind.ARTIST: _Batch(Artist, 50),
    Kind.SHOW: _Batch(Show, 50, whole=False),
    Kind.EPISODE: _Batch(Episode, 50),
    Kind.AUDIOBOOK: _Batch(Audiobook, 50),
    Kind.CHAPTER: _Batch(Chapter, 50),
}

_MISSING = "Spotify has no such thing, or not for this person."
_ALONE = {"market": None}
"""The parameters with which `Catalog.item` reads a thing by itself."""

_TOGETHER = {"market": None, "with others": True}
"""What stands for them where a thing comes shorter in company."""

_Outcomes = dict[SpotifyUri, Any]


async def read_each(
    session: Session,
    uris: Sequence[SpotifyUri],
    one: Callable[[SpotifyUri], Awaitable[Any]],
    *,
    hasty: bool,
) -> _Outcomes:
    """Read things of any kind; what each is, or the error that says why it cannot be read.

    Args:
        session: Whose reading it is.
        uris: Different ones.
        one: Reads one by itself.
        hasty: Raise the first failure that says more than that a thing does not exist.
    """
    outcomes = {uri: known for uri in uris if (known := _known(session, uri)) is not None}
    if session.access.may(SEVERAL):
        await _read_by_batches(session, [uri for uri in uris if uri not in outcomes], outcomes)
    _raise_first(outcomes, hasty=hasty)

    async def alone(uri: SpotifyUri) -> None:
        outcomes[uri] = await _outcome(partial(one, uri))
        _raise_first({uri: outcomes[uri]}, hasty=hasty)

    await together(alone, [uri for uri in uris if uri not in outcomes], width=session.width)
    return outcomes


def _known(session: Session, uri: SpotifyUri) -> Any:
    batch = _BATCHES.get(uri.type)
    if batch is None:
        return None
    known = session.known(_path(uri), **_ALONE)
    return known if known is not None or batch.whole else session.known(_path(uri), **_TOGETHER)


def _path(uri: SpotifyUri) -> str:
    return f"/{uri.type}s/{checked_id(uri.id)}"


async def _read_by_batches(session: Session, uris: Sequence[SpotifyUri], outcomes: _Outcomes) -> None:
    """Read what can be read several at once; what cannot is left out."""
    batches: list[Sequence[SpotifyUri]] = []
    for kind, batch in _BATCHES.items():
        named = [uri for uri in uris if uri.type is kind]
        batches += [part for part in chunks(named, batch.most) if len(part) > 1]
    if not batches:
        return
    read = partial(_read_batch, session, outcomes)
    if not session.access.knows(SEVERAL):
        first, *batches = batches
        with session.access.trying(SEVERAL):
            await read(first)
        if not session.access.knows(SEVERAL):
            return
    await together(read, batches, width=session.width)


async def _read_batch(session: Session, outcomes: _Outcomes, uris: Sequence[SpotifyUri]) -> None:
    kind = uris[0].type
    batch = _BATCHES[kind]
    ids = ",".join(checked_id(uri.id) for uri in uris)
    try:
        sizes, items = await session.read(partial(_items, batch.shape, len(uris)), f"/{kind}s", ids=ids)
    except (EndpointClosedError, NotFoundError):
        await session.access.found(SEVERAL, open_=False)
        return
    except (BadRequestError, MalformedAnswerError):
        return  # one of them spoils it for all; each is asked for by itself
    except RateLimitedError:
        # The quota of this kind of request may be used up; and some apps have been told to slow down at the
        # first request for what is closed to them. Each by itself is another kind of request.
        if not session.access.knows(SEVERAL):
            await session.access.found(SEVERAL, open_=False)
        return
    except AuxcordError as error:
        outcomes.update(dict.fromkeys(uris, error))
        return
    await session.access.found(SEVERAL, open_=True)
    for uri, item in zip(uris, items, strict=True):
        outcomes[uri] = item if item is not None else NotFoundError(_MISSING)
        if item is not None:
            params = _ALONE if batch.whole else _TOGETHER
            session.keep(item, sizes // len(uris), _path(uri), **params)
        session.saw(item)


def _items(shape: Any, count: int, body: bytes | None) -> tuple[int, list[Any]]:
    """The size of the answer, and what is in it: one list, in the order asked, with None for what is not."""
    answer = cast("dict[str, list[Any]]", decode(body, cast("Any", dict[str, list[shape | None]])))
    (items,) = answer.values() if len(answer) == 1 else ([],)
    if len(items) != count:
        raise MalformedAnswerError("Spotify did not answer for each of the things asked for.")
    return len(body or b""), items


async def _outcome(read: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await read()
    except AuxcordError as error:
        return error


def _raise_first(outcomes: _Outcomes, *, hasty: bool) -> None:
    for outcome in outcomes.values():
        if hasty and isinstance(outcome, AuxcordError) and not isinstance(outcome, NotFoundError):
            raise outcome
