"""Arguments as models write them: one item for a list, text for a number, a link for a URI."""

# No postponed annotations: pydantic resolves them at run time.
import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from auxcord.errors import InputError
from auxcord.spotify.uris import Kind, SpotifyUri, parse

MAX_URIS: Final = 10_000
"""As many items as a Spotify playlist holds."""
MAX_TEXT: Final = 300
MAX_LINES: Final = 100
"""Songs that are looked for by name in one call."""
_NO_JSON: Final = (ValueError, RecursionError)
"""What reading a text raises that only looks like JSON; the second when it is nested too deeply."""


def as_list(value: Any) -> Any:
    """Make a list of what a model wrote: a list, one item, JSON in text, or items parted by commas or lines.

    An object stands for its `uri` or `id`, as models copy objects from elsewhere.
    """
    if isinstance(value, str):
        value = _parted(value)
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return value
    return [item.get("uri") or item.get("id") if isinstance(item, dict) else item for item in value]


def _parted(text: str) -> Any:
    if text.lstrip().startswith(("[", "{")):
        with suppress(*_NO_JSON):
            return json.loads(text)
    return text.replace(",", " ").split()


def as_lines(value: Any) -> Any:
    """Make a list of what a model wrote: a list, one text with line breaks, or objects with names."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        with suppress(*_NO_JSON):
            value = json.loads(value)
    if isinstance(value, str):
        value = value.splitlines()
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return value
    return [line for item in value if (line := _line(item)) != ""]


def _line(item: Any) -> Any:
    if isinstance(item, str):
        return item.strip()
    if not isinstance(item, dict):
        return item
    title = item.get("title") or item.get("track") or item.get("name") or item.get("song")
    artist = item.get("artist") or item.get("artists")
    artist = ", ".join(map(str, artist)) if isinstance(artist, list) else artist
    return " - ".join(str(part) for part in (artist, title) if part)


def _as_word(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _as_kind(value: Any) -> Any:
    word = _as_word(value)
    if not isinstance(word, str):
        return word
    return {"podcast": "show", "song": "track"}.get(word.removesuffix("s"), word.removesuffix("s"))


def _as_kinds(value: Any) -> Any:
    kind = _as_kind(value)
    return f"{kind}s" if isinstance(kind, str) else kind


AsList = BeforeValidator(as_list)
AsLines = BeforeValidator(as_lines)
"""Lines of text, one song each."""
AsWord = BeforeValidator(_as_word)
"""A choice from a few words, however it is written."""
AsKind = BeforeValidator(_as_kind)
"""A kind of thing, in the singular: `Songs` is `track`."""
AsKinds = BeforeValidator(_as_kinds)
"""A kind of thing, in the plural: `podcast` is `shows`."""

PLAYABLE: Final = (Kind.TRACK, Kind.EPISODE)
"""What queues and playlists are made of."""

MANY: Final = 50
"""Things that are taken away at once without asking the person."""

Confirm = Annotated[str, Field(max_length=300)]
"""The word of an answer that asked for a confirmation."""

Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Lines = Annotated[
    Sequence[Annotated[str, Field(max_length=MAX_TEXT)]],
    AsLines,
    Field(max_length=MAX_LINES, description="One song each: artist - title"),
]
Uris = Annotated[list[str], AsList, Field(min_length=1, max_length=MAX_URIS)]
Cursor = Annotated[str | None, Field(max_length=500)]
"""From the end of the last answer; the server's instructions say so once for all tools."""


def clamped(name: str, value: int, most: int, least: int = 1) -> tuple[int, str]:
    """Bring a number into its range; the second value tells that it was changed, or is empty."""
    kept = max(least, min(value, most))
    return kept, "" if kept == value else f"note: {name} was set to {kept}, the nearest allowed value."


def named(
    texts: Sequence[str],
    *,
    argument: str = "uris",
    kinds: Collection[Kind] = tuple(Kind),
    default: Kind = Kind.TRACK,
) -> list[SpotifyUri]:
    """Understand URIs, links and bare ids; all or none, so that a change never starts on half an order.

    Args:
        texts: What the model wrote.
        argument: How the argument is called, for the sentence.
        kinds: The kinds that make sense here.
        default: The kind a bare id stands for.

    Raises:
        InputError: One of them names nothing, or a kind that makes no sense here; the sentence says which.
    """
    uris = []
    for place, text in enumerate(texts):
        try:
            uri = parse(text, default)
        except InputError as error:
            raise InputError(f"{argument}[{place}]: {error}", advice=error.advice) from None
        if uri.type not in kinds:
            wanted = " or ".join(kinds)
            raise InputError(f"{argument}[{place}] is of kind {uri.type.value}; here it must be {wanted}.")
        uris.append(uri)
    return uris
