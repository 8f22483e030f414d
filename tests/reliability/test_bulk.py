"""Long jobs: how many requests they take, how long by the simulated clock, and how they go on after a cut."""

from __future__ import annotations

import asyncio
import itertools
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from auxcord.errors import QuotaExceededError, RateLimitedError, SpotifyError
from auxcord.tools.paging import AT_ONCE, stretch
from tests.reliability.lab import PROFILES, Lab, rows_of
from tests.reliability.playlist_edits import HUNDRED
from tests.reliability.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from auxcord.simulator.settings import Profile
    from auxcord.spotify.models import Page, PlaylistItem, SavedTrack

LATENCY = 0.05
SAVED = 10_000
WANTED = 1_000
WINDOW = 30.0
"""Seconds within which the client starts no more requests than its pace allows."""
_CALM = 25 * 3600.0
"""Seconds after which no limit is left."""


# --- Listing ------------------------------------------------------------------------------------------------


async def patient(lab: Lab, limit: int, offset: int) -> Page[SavedTrack]:
    """Read a page; when the pace is used up, wait as long as the client says and ask again."""
    while True:
        try:
            return await lab.client.library.tracks(limit, offset)
        except QuotaExceededError:
            raise
        except RateLimitedError as error:
            await asyncio.sleep(error.retry_after or 1.0)


async def listed(profile: Profile, per_window: int) -> tuple[int, float]:
    """List everything saved: how many requests were sent, and how long it took."""
    async with Lab.opened(profile, latency=LATENCY, per_window=per_window) as lab:
        shelf = lab.person.library["track"]
        others = (key for key in lab.simulation.world.catalogue.tracks if key not in shelf)
        for key in itertools.islice(others, SAVED - len(shelf)):
            shelf.add(key, lab.now())
        start = lab.now()
        part = await stretch(partial(patient, lab), 0, SAVED)
        seconds = lab.now() - start
        assert part.is_last
        assert len(part.items) == SAVED
        assert [saved.track.id for saved in part.items if saved is not None] == list(shelf)
        return len(lab.wire.sent), seconds


def due(requests: int, per_window: int) -> float:
    """Seconds that so many requests must take: by their latency, a few at a time, or by the pace."""
    rounds = 1 + -(-(requests - 1) // AT_ONCE)  # the first one alone, because it says how many there are
    return max(rounds * LATENCY, (requests - 1) // per_window * WINDOW)


@pytest.mark.parametrize(
    ("profile", "per_window"),
    [*((profile, 600) for profile in PROFILES), ("development", 120), ("development", 60)],
)
def test_ten_thousand_saved_tracks_are_listed_as_fast_as_the_pace_allows(
    profile: Profile, per_window: int, record_property: Callable[[str, object], None]
) -> None:
    requests, seconds = run(listed(profile, per_window))
    least = due(requests, per_window)
    figures = {
        "longest, requests": requests,
        "longest, s": round(seconds, 2),
        "longest, s due": round(least, 2),
    }
    record_property(f"10,000 saved tracks, {per_window} requests in 30 s", figures)
    assert requests <= 200
    assert least - 0.001 <= seconds <= 1.3 * least


# --- Adding -------------------------------------------------------------------------------------------------


class Added(NamedTuple):
    """How adding a thousand went.

    Attributes:
        calls: How often the client was asked.
        writes: Requests to add that reached Spotify or should have.
        reads: Requests to look.
        told: What the client said at the cut, if there was one.
    """

    calls: int
    writes: int
    reads: int
    told: str = ""


async def _shown(lab: Lab, key: str) -> tuple[str, ...]:
    """The playlist as the client shows it."""

    async def page(limit: int, offset: int) -> Page[PlaylistItem]:
        return await lab.client.playlists.items(key, limit, offset)

    part = await stretch(page, 0, SAVED)
    return tuple(row.item.uri if row and row.item else "" for row in part.items)


async def added(profile: Profile, cut: int | None = None, fault: dict[str, Any] | None = None) -> Added:
    """Add a thousand tracks to a playlist of ten; where it is cut, look, and add what is missing."""
    async with Lab.opened(profile) as lab:
        songs = lab.sample.songs
        old, wanted = songs[-10:], songs[:WANTED]
        key = lab.playlist(old).id
        if fault is not None:
            await lab.control("POST", "/faults", method="POST", path="/v1/*", skip=cut, **fault)
        calls, told, shown = 0, "", old
        while len(shown) < len(old) + WANTED:
            calls += 1
            try:
                await lab.client.playlists.add(key, wanted[len(shown) - len(old) :])
            except SpotifyError as error:
                told = str(error)
            await lab.wire.settle()
            if told:
                await lab.control("DELETE", "/faults")
                await asyncio.sleep(_CALM)
            shown = await _shown(lab, key)
            assert shown == (*old, *wanted)[: len(shown)]
            assert calls <= 2
        assert rows_of(lab.simulation.world.playlists[key]) == shown == (*old, *wanted)
        methods = [sent.method for sent in lab.wire.sent]
        return Added(calls, methods.count("POST"), methods.count("GET"), told)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_thousand_tracks_are_added_by_ten_writes_and_read_back(
    profile: Profile, record_property: Callable[[str, object], None]
) -> None:
    found = run(added(profile))
    record_property("1,000 tracks added", {"writes": found.writes, "reads to verify": found.reads, "runs": 1})
    assert (found.calls, found.writes, found.told) == (1, 10, "")
    assert found.reads == 21


CUTS: dict[str, tuple[dict[str, Any], bool]] = {
    "lost on the way there": ({"kind": "reset-before", "times": 1}, False),
    "lost on the way back": ({"kind": "reset-after", "times": 1}, True),
    "answered too late": ({"kind": "latency", "seconds": 20, "times": 1}, True),
    "failing": ({"kind": "server-error", "times": 1}, False),
    "refused for an hour": ({"kind": "rate-limited", "retry_after": 3600}, False),
    "refused for the day": ({"kind": "quota", "retry_after": 48_925}, False),
}


@pytest.mark.parametrize("cut", range(WANTED // HUNDRED))
@pytest.mark.parametrize("why", CUTS)
def test_adding_goes_on_after_a_cut_at_any_request(
    cut: int, why: str, record_property: Callable[[str, object], None]
) -> None:
    fault, happened = CUTS[why]
    found = run(added("development", cut, fault))
    record_property("1,000 tracks added, with a cut", {"cuts": 1, "writes": found.writes})
    is_last = cut + happened == WANTED // HUNDRED
    assert found.calls == (1 if is_last else 2)
    assert found.writes == (10 if happened else 11)
    if cut:
        assert found.told.startswith(f"The first {cut * HUNDRED} of {WANTED} items are in place; then: ")
