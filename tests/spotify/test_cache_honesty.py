"""With the cache on, everything reads as it does with the cache off: random sequences against two worlds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import anyio
import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from auxcord.errors import AuxcordError
from auxcord.spotify.cache import Cache
from auxcord.spotify.client import SpotifyClient
from tests.spotify.simulated import World

PROFILES = ("development", "legacy-development", "extended")
PEOPLE = ("ada", "bram")
"""Ada reads and changes; Bram only reads, and nothing that Ada changes: nobody is told of others' changes."""


class Side(NamedTuple):
    """One world, and what its people hold in their hands."""

    world: World
    clients: dict[str, SpotifyClient]
    playlists: list[str]
    tracks: list[str]
    others: list[str]
    cache: Cache | None


async def opened(profile: str, *, cached: bool) -> Side:
    world = World(profile)
    await world.control("POST", "/settings", items_lag=0.6, snapshot_lag=0.6)
    cache = Cache(clock=world.clock) if cached else None
    clients = {}
    for person in PEOPLE:
        shelf = cache.shelf(person) if cache else None
        clients[person] = SpotifyClient(world.transport, await world.signed_in(person), shelf)
    names = ("Sunday slow", "Walking & listening", "Untitled", "Archive 03")
    known = {one.name: one.id for one in world.world.playlists.values()}
    tracks = [f"spotify:track:{key}" for key in list(world.world.catalogue.tracks)[:8]]
    kinds = ("artist", "album", "episode", "audiobook")  # shows come shorter in company: see test_access.py
    things = {kind: list(getattr(world.world.catalogue, f"{kind}s"))[:2] for kind in kinds}
    others = [f"spotify:{kind}:{key}" for kind, keys in things.items() for key in keys]
    return Side(world, clients, [known[name] for name in names], tracks, others, cache)


class Hand(NamedTuple):
    """What a step has to work with."""

    spotify: SpotifyClient
    tracks: list[str]
    others: list[str]
    playlists: list[str]
    number: int


Call = Callable[[Hand], Awaitable[Any]]
READS: list[Call] = [
    lambda h: h.spotify.library.tracks(5, h.number),
    lambda h: h.spotify.library.contains(h.tracks[h.number :]),
    lambda h: h.spotify.library.artists(3),
    lambda h: h.spotify.playlists.mine(50),
    lambda h: h.spotify.playlists.get(h.playlists[h.number % 4]),
    lambda h: h.spotify.playlists.items(h.playlists[h.number % 4], 50),
    lambda h: h.spotify.playlists.cover(h.playlists[h.number % 4]),
    lambda h: h.spotify.catalog.search("slow", ["playlist", "track"], limit=5 + 10 * (h.number % 3)),
    lambda h: h.spotify.catalog.many(
        [*h.tracks[h.number :], f"spotify:playlist:{h.playlists[h.number % 4]}"]
    ),
    lambda h: h.spotify.catalog.track(h.tracks[h.number].rsplit(":", 1)[1]),
    lambda h: h.spotify.playback.state(),
    lambda h: h.spotify.playback.devices(),
    lambda h: h.spotify.playback.queue(),
    lambda h: h.spotify.history.top_tracks(limit=3),
    lambda h: h.spotify.browse.markets(),
    lambda h: h.spotify.catalog.many([*h.others[h.number :], *h.tracks[: h.number]]),
    lambda h: h.spotify.catalog.item(h.others[h.number]),
]
WRITES: list[Call] = [
    lambda h: h.spotify.library.save(h.tracks[: h.number]) if h.number else h.spotify.library.save(h.tracks),
    lambda h: h.spotify.library.remove(h.tracks[h.number :]),
    lambda h: h.spotify.library.save([f"spotify:playlist:{h.playlists[h.number % 4]}"]),
    lambda h: h.spotify.library.remove([f"spotify:playlist:{h.playlists[h.number % 4]}"]),
    lambda h: h.spotify.playlists.create(f"Slow {h.number}", public=False),
    lambda h: h.spotify.playlists.change_details(h.playlists[h.number % 4], name=f"Slow {h.number}"),
    lambda h: h.spotify.playlists.add(h.playlists[h.number % 4], h.tracks[h.number :], 0),
    lambda h: h.spotify.playlists.remove(h.playlists[h.number % 4], h.tracks[: h.number] or h.tracks),
    lambda h: h.spotify.playlists.replace(h.playlists[h.number % 4], h.tracks[: h.number]),
    lambda h: h.spotify.playlists.reorder(h.playlists[h.number % 4], range_start=0, insert_before=h.number),
    lambda h: h.spotify.playback.set_volume(h.number),
    lambda h: h.spotify.playback.set_shuffle(h.number % 2 == 0),
    lambda h: h.spotify.playback.set_repeat("context" if h.number % 2 else "off"),
    lambda h: h.spotify.playback.add_to_queue(h.tracks[h.number]),
]
NUMBERS = st.integers(0, 7)
PAUSES = st.sampled_from([0.0, 0.0, 0.3, 0.7, 1.0, 4.9, 6.0, 400.0])
HIS: list[Call] = [READS[0], READS[1], READS[2], READS[9], READS[10], READS[11], READS[13]]
changes = st.lists(st.tuples(st.sampled_from(WRITES), NUMBERS, PAUSES), max_size=8)


def looks(reads: list[Call]) -> st.SearchStrategy[list[tuple[Call, int]]]:
    """A few things to look at."""
    return st.lists(st.tuples(st.sampled_from(reads), NUMBERS), min_size=1, max_size=3)


async def outcome(side: Side, person: str, call: Call, number: int) -> Any:
    try:
        return plain(await call(Hand(side.clients[person], side.tracks, side.others, side.playlists, number)))
    except AuxcordError as error:
        return type(error).__name__, str(error)


def plain(value: Any) -> Any:
    """What was answered, without what moves by itself: snapshot ids, and how far a song has played."""
    if isinstance(value, dict):
        moving = {"snapshot_id", "progress_ms", "timestamp"}
        return {key: plain(inner) for key, inner in value.items() if key not in moving}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return plain(msgspec.to_builtins(value)) if isinstance(value, msgspec.Struct) else value


async def compare(profile: str, steps: list[Any]) -> Side:
    with_cache, without = await opened(profile, cached=True), await opened(profile, cached=False)
    for person, call, number, pause in steps:
        seen = [await outcome(side, person, call, number) for side in (with_cache, without)]
        assert seen[0] == seen[1], (person, number)
        for side in (with_cache, without):
            side.world.clock.now += pause
    asked = [len(await side.world.requests()) for side in (with_cache, without)]
    for side in (with_cache, without):
        await side.world.http.aclose()
    assert asked[0] <= asked[1]
    return with_cache


def looking(look: Any, his: Any, changes: Any) -> list[Any]:
    """Look at the same few things before and after every change, and again after a pause."""
    glances = [("ada", call, number, 0.0) for call, number in look]
    glances += [("bram", call, number, 0.0) for call, number in his]
    steps = [*glances]
    for change, number, pause in changes:
        steps += [("ada", change, number, 0.0), *glances, (*glances[0][:3], pause), *glances]
    return steps


@settings(max_examples=40, deadline=None, phases=[Phase.generate, Phase.shrink])
@given(st.sampled_from(PROFILES), looks(READS), looks(HIS), changes)
def test_random_reading_and_changing_shows_the_same_with_and_without_the_cache(
    profile: str, look: Any, his: Any, changes: Any
) -> None:
    anyio.run(compare, profile, looking(look, his, changes))


def test_the_comparison_does_meet_the_cache() -> None:
    steps = [(person, call, 3, 0.0) for call in (*READS, *READS) for person in PEOPLE]
    side = anyio.run(compare, "development", steps)
    assert side.cache is not None
    assert side.cache.status().hits >= len(READS)
