"""What a row of the fault matrix is: one way to use one method of the client, and what it does upstream."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from auxcord.spotify.client import SpotifyClient
    from tests.reliability.lab import Lab
    from tests.reliability.sample import Sample

Kind = Literal["read", "put", "post"]
"""A read; a change that may be asked for again; a change that does something more when it is."""

Call: TypeAlias = Callable[["SpotifyClient", "Lab"], Awaitable[Any]]
Prepare: TypeAlias = Callable[["Lab"], Awaitable[None]]
Step: TypeAlias = Callable[[Any, "Sample"], Any]

_COUNTED_TO = 4


@dataclass(frozen=True)
class Watch:
    """How often a change has happened, by what the simulated world looks like.

    Args:
        look: The part of the world that the change is about.
        steps: What each request of the change makes of it; together they are the change.
    """

    look: Callable[[Lab], Any]
    steps: tuple[Step, ...]

    def count(self, before: Any, after: Any, sample: Sample) -> str:
        """How often the change has happened: `0`, `1`, `2`; in part, such as `1/3`; or else `wrong`."""
        state = before
        if state == after:
            return "0"
        for done, step in enumerate(self.steps, 1):
            state = step(state, sample)
            if state == after:
                return "1" if done == len(self.steps) else f"{done}/{len(self.steps)}"
        for times in range(2, _COUNTED_TO):
            for step in self.steps:
                state = step(state, sample)
            if state == after:
                return str(times)
        return "wrong"


@dataclass(frozen=True)
class Row:
    """One way to use one method.

    Args:
        method: Its name, such as `catalog.album`.
        call: Makes the call.
        kind: What it does.
        watch: Counts what it did; for changes.
        prepare: What the world is like before.
        variant: Which way this is, where a method has several rows.
        requests: Requests it sends one after the other when all goes well.
        skip: How many of them go well before trouble begins.
        answer: Whether Spotify must say something (`must`), may (`may`), or need not (`no`).
        empty: Whether `{}` is a whole answer: nothing in it is required.
        lenient: Whether it needs no field of any of the things in the answer either.
        once: Whether Spotify refuses it when it has been done already.
        closed: The year in which Spotify closed it to some apps.
    """

    method: str
    call: Call
    kind: Kind = "read"
    watch: Watch | None = None
    prepare: Prepare | None = None
    variant: str = ""
    requests: int = 1
    skip: int = 0
    answer: Literal["must", "may", "no"] = "must"
    empty: bool = False
    lenient: bool = False
    once: bool = False
    closed: Literal[0, 2024, 2026] = 0

    @property
    def name(self) -> str:
        """What to call the row."""
        return f"{self.method} ({self.variant})" if self.variant else self.method

    def is_closed(self, profile: str) -> bool:
        """Whether Spotify closed it to apps of this access mode."""
        if profile == "extended" or not self.closed:
            return False
        return profile == "development" or self.closed == 2024


def public_methods(client: SpotifyClient) -> Iterator[str]:
    """The name of every public coroutine method of a client and its domains."""
    for place, owner in (("", client), *((f"{name}.", each) for name, each in vars(client).items())):
        if place.startswith("_"):
            continue
        for name, _ in inspect.getmembers(type(owner), inspect.iscoroutinefunction):
            if not name.startswith("_"):
                yield f"{place}{name}"
