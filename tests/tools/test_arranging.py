"""Reordering, cleaning up and undoing: the playlist really is so afterwards, and can be had back."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auxcord.tools.playlists.journal import LARGEST, MOST, Journal, packed
from auxcord.tools.playlists.reshaping import Plan, planned
from tests.tools.door import Door
from tests.tools.shelves import held, tracks, uri

pytestmark = pytest.mark.anyio


async def made(ada: Door, uris: Sequence[str], name: str = "Mine") -> str:
    """A new playlist with these entries; its URI."""
    return uri(await ada.ask("create_playlist", name=name, uris=list(uris)))


# --- reordering ---------------------------------------------------------------------------------------------


async def test_entries_are_moved_and_nothing_else_is(ada: Door) -> None:
    wanted = tracks(ada.house, 10)
    mine = await made(ada, wanted)
    text = await ada.ask("reorder_playlist", playlist=mine, action="move", start=9, length=2, to=2)
    assert text.endswith("verified: moved.")
    assert held(ada.house, mine) == [wanted[0], *wanted[8:10], *wanted[1:8]]


async def test_two_songs_are_swapped_without_losing_when_they_were_added(ada: Door) -> None:
    wanted = tracks(ada.house, 10)
    mine = await made(ada, wanted)
    text = await ada.ask("reorder_playlist", playlist=mine, action="swap", start=3, to=7)
    assert "dates" not in text
    wanted[2], wanted[6] = wanted[6], wanted[2]
    assert held(ada.house, mine) == wanted


async def test_a_playlist_is_sorted_both_ways(ada: Door) -> None:
    wanted = tracks(ada.house, 40)
    mine = await made(ada, wanted)
    found = ada.house.world.catalogue.tracks

    def length(one: str) -> int:
        return found[one[14:]].duration_ms

    await ada.ask("reorder_playlist", playlist=mine, action="sort", by="length")
    assert held(ada.house, mine) == sorted(wanted, key=length)
    await ada.ask("reorder_playlist", playlist=mine, action="sort", by="length", descending=True)
    assert held(ada.house, mine) == sorted(sorted(wanted, key=length), key=length, reverse=True)
    assert "so already" in await ada.ask(
        "reorder_playlist", playlist=mine, action="sort", by="length", descending=True
    )


@pytest.mark.parametrize("key", ["title", "artist", "album", "added"])
async def test_sorting_keeps_every_entry(ada: Door, key: str) -> None:
    wanted = tracks(ada.house, 30)
    mine = await made(ada, wanted)
    assert (
        "verified" in await ada.ask("reorder_playlist", playlist=mine, action="sort", by=key)
        or key == "added"
    )
    assert sorted(held(ada.house, mine)) == sorted(wanted)


async def test_shuffling_a_thousand_entries_takes_few_requests_and_keeps_every_entry(ada: Door) -> None:
    wanted = tracks(ada.house, 1_000)
    mine = await made(ada, wanted)
    await ada.house.forget_requests()
    text = await ada.confirmed("reorder_playlist", playlist=mine, action="shuffle")
    assert "verified: shuffled." in text
    assert "dates at which entries were added are new" in text
    now = held(ada.house, mine)
    assert now != wanted
    assert sorted(now) == sorted(wanted)
    assert len(await ada.house.requests()) <= 75


async def test_reversing_twice_is_where_it_began(ada: Door) -> None:
    wanted = tracks(ada.house, 120)
    mine = await made(ada, wanted)
    await ada.confirmed("reorder_playlist", playlist=mine, action="reverse")
    assert held(ada.house, mine) == wanted[::-1]
    await ada.confirmed("reorder_playlist", playlist=mine, action="reverse")
    assert held(ada.house, mine) == wanted


async def test_duplicates_go_and_the_first_of_each_stays_in_its_place(ada: Door) -> None:
    pool = tracks(ada.house, 40)
    wanted = [*pool, pool[3], *pool[10:14], pool[3]]
    mine = await made(ada, wanted)
    text = await ada.ask("reorder_playlist", playlist=mine, action="remove_duplicates")
    assert "verified: 6 duplicates removed, 40 entries remain." in text
    assert held(ada.house, mine) == pool


async def test_taking_many_duplicates_out_is_asked_first(ada: Door) -> None:
    pool = tracks(ada.house, 60)
    mine = await made(ada, [*pool, *pool])
    text = await ada.ask("reorder_playlist", playlist=mine, action="remove_duplicates")
    assert "Nothing was done. This would take 60 of 120 entries out of Mine." in text
    assert held(ada.house, mine) == [*pool, *pool]
    text = await ada.confirmed("reorder_playlist", playlist=mine, action="remove_duplicates")
    assert "verified: 60 duplicates removed, 60 entries remain." in text
    assert held(ada.house, mine) == pool


async def test_the_same_song_of_another_release_goes_only_when_asked_for(ada: Door) -> None:
    songs = [track for track in ada.house.world.catalogue.tracks.values() if track.name == "Low Water"]
    uris = [f"spotify:track:{track.id}" for track in songs]
    assert len(uris) > 1
    mine = await made(ada, uris)
    assert "by=title removes those too" in await ada.ask(
        "reorder_playlist", playlist=mine, action="remove_duplicates"
    )
    assert held(ada.house, mine) == uris
    await ada.ask("reorder_playlist", playlist=mine, action="remove_duplicates", by="title")
    assert held(ada.house, mine) == uris[:1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"action": "move"}, "`start` is missing"),
        ({"action": "move", "start": 1}, "`to` is missing"),
        ({"action": "swap", "start": 1, "to": 99}, "`to` is 99, but the playlist has only 5 entries"),
        ({"action": "sort"}, "`by` is missing"),
        ({"action": "dance"}, "action"),
    ],
)
async def test_an_order_that_makes_no_sense_changes_nothing(
    ada: Door, arguments: dict[str, object], says: str
) -> None:
    wanted = tracks(ada.house, 5)
    mine = await made(ada, wanted)
    assert says in await ada.refused("reorder_playlist", playlist=mine, **arguments)
    assert held(ada.house, mine) == wanted


async def test_reordering_that_breaks_off_says_so_and_can_be_taken_back(ada: Door) -> None:
    wanted = tracks(ada.house, 400)
    mine = await made(ada, wanted)
    await ada.house.fault("status", "*/items", method="POST", skip=1, status=400, body="No", times=1)
    text = await ada.confirmed("reorder_playlist", playlist=mine, action="shuffle")
    assert "partial: " in text
    assert "200 are missing" in text
    assert len(held(ada.house, mine)) == 200
    await ada.ask("undo_playlist_change", playlist=mine, even_if_changed=True)
    assert held(ada.house, mine) == wanted


# --- undoing ------------------------------------------------------------------------------------------------


async def test_every_kind_of_change_can_be_undone(ada: Door) -> None:
    wanted = tracks(ada.house, 40)
    mine = await made(ada, wanted)
    changes: list[tuple[str, dict[str, object]]] = [
        ("add_to_playlist", {"uris": tracks(ada.house, 5, start=100)}),
        ("add_to_playlist", {"uris": wanted[:3], "position": 10}),
        ("remove_from_playlist", {"uris": [wanted[5], wanted[30]]}),
        ("reorder_playlist", {"action": "shuffle"}),
        ("reorder_playlist", {"action": "swap", "start": 1, "to": 40}),
        ("edit_playlist", {"name": "Yours", "description": "None", "public": True}),
    ]
    for tool, arguments in changes:
        assert "verified" in await ada.ask(tool, playlist=mine, **arguments)
        text = await ada.ask("undo_playlist_change")
        assert text.startswith("undone: ")
        assert "verified" in text
        assert held(ada.house, mine) == wanted, tool
    found = ada.house.world.playlists[mine.rsplit(":", 1)[1]]
    assert (found.name, found.description, found.public) == ("Mine", "", False)


async def test_undoing_goes_back_step_by_step(ada: Door) -> None:
    wanted = tracks(ada.house, 8)
    mine = await made(ada, wanted)
    await ada.ask("reorder_playlist", playlist=mine, action="reverse")
    await ada.ask("remove_from_playlist", playlist=mine, uris=wanted[:2])
    assert "earlier changes that can be undone: 1" in await ada.ask("undo_playlist_change")
    assert held(ada.house, mine) == wanted[::-1]
    await ada.ask("undo_playlist_change")
    assert held(ada.house, mine) == wanted
    assert "no change to undo" in await ada.refused("undo_playlist_change")


async def test_what_others_changed_since_is_not_undone_unasked(ada: Door) -> None:
    wanted = tracks(ada.house, 8)
    mine = await made(ada, wanted)
    await ada.ask("reorder_playlist", playlist=mine, action="reverse")
    elsewhere = tracks(ada.house, 1, start=300)
    await ada.house.accounts.tokens(ada.user_id).current()
    client = ada.house.caller(ada.user_id, frozenset()).spotify
    await client.playlists.add(mine.rsplit(":", 1)[1], elsewhere)
    assert "was changed since" in await ada.refused("undo_playlist_change")
    assert held(ada.house, mine) == [*wanted[::-1], *elsewhere]
    await ada.ask("undo_playlist_change", even_if_changed=True)
    assert held(ada.house, mine) == wanted


async def test_after_a_day_nothing_can_be_undone(ada: Door) -> None:
    mine = await made(ada, tracks(ada.house, 3))
    await ada.ask("reorder_playlist", playlist=mine, action="reverse")
    ada.house.clock.now += 24 * 3600 + 1
    assert "no change to undo" in await ada.refused("undo_playlist_change")


async def test_the_journal_keeps_the_newest_changes_and_stays_small(ada: Door) -> None:
    house = ada.house
    journal = Journal(house.vault, ada.user_id, house.clock)
    longest = packed(tracks(house, 10_000))
    for number in range(MOST + 5):
        await journal.note("x" * 22, "Mine", f"change {number}", before=longest)
    kept = [change.what for change in await journal.changes()]
    assert kept == [f"change {number}" for number in range(MOST + 4, MOST + 4 - len(kept), -1)]
    record = await house.vault.get(ada.user_id, "playlist-changes")
    assert record is not None
    assert LARGEST / 2 < len(record.content) <= LARGEST
    for number in range(MOST + 5):
        await journal.note("x" * 22, "Mine", f"small change {number}", before=packed(tracks(house, 2)))
    assert len(await journal.changes()) == MOST


async def test_the_journal_goes_with_the_person(ada: Door) -> None:
    mine = await made(ada, tracks(ada.house, 3))
    await ada.ask("reorder_playlist", playlist=mine, action="reverse")
    assert await ada.house.vault.get(ada.user_id, "playlist-changes") is not None
    await ada.house.accounts.forget(ada.user_id)
    assert await ada.house.vault.get(ada.user_id, "playlist-changes") is None


# --- editing ------------------------------------------------------------------------------------------------


async def test_editing_nothing_is_refused(ada: Door) -> None:
    mine = await made(ada, [])
    assert "Nothing to change" in await ada.refused("edit_playlist", playlist=mine)


async def test_a_cover_must_be_a_jpeg(ada: Door) -> None:
    mine = await made(ada, [])
    assert "not base64" in await ada.refused("edit_playlist", playlist=mine, cover="#")
    assert "JPEG" in await ada.refused("edit_playlist", playlist=mine, cover="aGVsbG8=")
    assert "cover: sent" in await ada.ask("edit_playlist", playlist=mine, cover="/9j/4AAQSkZJRg==")


# --- planning -----------------------------------------------------------------------------------------------

ENTRIES = st.lists(st.sampled_from([f"spotify:track:{number:022d}" for number in range(9)]), max_size=14)


def carried_out(plan: Plan, current: Sequence[str]) -> list[str]:
    """What Spotify makes of a plan."""
    now = list(current)
    for move in plan.moves:
        stretch = now[move.start : move.start + move.length]
        del now[move.start : move.start + move.length]
        at = move.before - move.length if move.before > move.start else move.before
        now[at:at] = stretch
    now = [one for one in now if one not in plan.out]
    for run in plan.runs:
        now[run.place : run.place] = run.uris
    return now if plan.anew is None else list(plan.anew)


@given(current=ENTRIES, target=ENTRIES)
@settings(deadline=None)
def test_every_plan_leads_to_its_target(current: list[str], target: list[str]) -> None:
    assert carried_out(planned(current, target), current) == target


@given(current=ENTRIES, seed=st.integers())
@settings(deadline=None)
def test_plans_for_another_order_lead_there_too(current: list[str], seed: int) -> None:
    target = list(current)
    random.Random(seed).shuffle(target)
    assert carried_out(planned(current, target), current) == target


async def test_what_was_refused_needs_no_undoing(ada: Door) -> None:
    mine = await made(ada, tracks(ada.house, 3))
    await ada.house.fault("status", "/v1/playlists/*", "PUT", status=403, body="", times=1)
    await ada.refused("reorder_playlist", playlist=mine, action="reverse")
    assert "no change to undo" in await ada.refused("undo_playlist_change", playlist=mine)


async def test_an_order_that_shows_late_is_waited_for(ada: Door) -> None:
    await ada.house.control("POST", "settings", {"items_lag": 0.6})
    mine = await made(ada, tracks(ada.house, 4))
    for action in ("reverse", "move", "reverse"):
        ada.house.clock.now += 5
        text = await ada.ask("reorder_playlist", playlist=mine, action=action, start=1, to=3)
        assert "verified: " in text
    ada.house.clock.now += 5
    assert "verified: " in await ada.ask("undo_playlist_change", playlist=mine)


async def test_undoing_an_addition_that_never_arrived_takes_nothing_that_looks_the_same(ada: Door) -> None:
    song = tracks(ada.house, 1)
    mine = await made(ada, song * 2)
    await ada.house.fault("reset-before", "/v1/playlists/*/items", "POST")
    assert "partial: 0 of 1 " in await ada.ask("add_to_playlist", playlist=mine, uris=song, position=1)
    await ada.house.control("DELETE", "faults")
    assert "was changed since" in await ada.refused("undo_playlist_change", playlist=mine)
    assert held(ada.house, mine) == song * 2


async def test_half_an_addition_is_undone_without_asking(ada: Door) -> None:
    some = tracks(ada.house, 150)
    mine = await made(ada, some[:3])
    await ada.house.fault("status", "/v1/playlists/*/items", "POST", skip=1, times=1, status=403, body="")
    assert "partial: 100 of 150 " in await ada.ask("add_to_playlist", playlist=mine, uris=some)
    told = await ada.ask("undo_playlist_change", playlist=mine)
    assert "verified: what was added is out again; 3 entries remain." in told
    assert held(ada.house, mine) == some[:3]


async def test_half_an_order_is_undone_and_an_undoing_cut_short_goes_on(ada: Door) -> None:
    some = tracks(ada.house, 230)
    mine = await made(ada, some)
    word = (await ada.ask("reorder_playlist", playlist=mine, action="reverse")).rsplit("confirm=", 1)[1]
    fault = {"status": 403, "body": "", "skip": 1, "times": 1}
    await ada.house.fault("status", "/v1/playlists/*/items", "POST", **fault)
    told = await ada.ask("reorder_playlist", playlist=mine, action="reverse", confirm=word)
    assert "30 are missing; undo_playlist_change puts all back as it was." in told
    await ada.house.fault("status", "/v1/playlists/*/items", "POST", **fault)
    told = await ada.ask("undo_playlist_change", playlist=mine)
    assert told.startswith("not undone: reversed")
    assert told.endswith("Calling again goes on.")
    assert (await ada.ask("undo_playlist_change", playlist=mine)).startswith("undone: reversed")
    assert held(ada.house, mine) == some


async def test_details_that_cannot_be_read_back_are_not_said_to_be_refused(ada: Door) -> None:
    mine = await made(ada, tracks(ada.house, 1))
    await ada.house.fault("status", "/v1/playlists/*", "GET", skip=1, status=403, body="")
    told = await ada.ask("edit_playlist", playlist=mine, name="Renamed")
    assert "unconfirmed: Spotify accepted the change, but the details could not be read back." in told
