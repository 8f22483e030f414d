"""Jobs about playlists."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.jobs.job import job
from tests.jobs.searching import uris

if TYPE_CHECKING:
    from tests.jobs.stage import Listener


@job("Make a playlist of these fifty songs, then swap songs 3 and 7, then undo that")
async def fifty_songs_swapped_and_undone(ada: Listener) -> None:
    said = await ada.asks("create_playlist", name="Fifty", songs=ada.songs(50))
    assert "verified: 50 items added, all in place." in said
    made = ada.holds("Fifty")
    playlist = ada.playlists["Fifty"]
    assert playlist in said

    said = await ada.asks("reorder_playlist", playlist=playlist, action="swap", start=3, to=7)
    assert "verified: swapped" in said
    swapped = ada.holds("Fifty")
    assert (swapped[2], swapped[6]) == (made[6], made[2])

    said = await ada.asks("undo_playlist_change", playlist=playlist)
    assert "verified: the playlist has the 50 entries it had" in said
    assert ada.holds("Fifty") == made


@job("Make a playlist of these fifty songs")
async def fifty_songs(ada: Listener) -> None:
    songs = ada.songs(50)
    said = await ada.asks("create_playlist", name="Fifty", songs=songs)
    assert "verified: 50 items added, all in place." in said
    assert ada.names("Fifty") == [song.split(" - ", 1)[1] for song in songs]


@job("Clean the duplicates out of my 3,000-track playlist")
async def remove_duplicates(ada: Listener) -> None:
    before = ada.holds("Everything, twice")
    assert len(before) == 3_000
    said = await ada.confirms("reorder_playlist", playlist="Everything, twice", action="remove_duplicates")
    after = ada.holds("Everything, twice")
    assert after == list(dict.fromkeys(before))
    assert f"verified: {3_000 - len(after)} duplicates removed, {len(after):,} entries remain" in said


@job("Put these five songs at the top of Sunday slow")
async def five_at_the_top(ada: Listener) -> None:
    before, songs = ada.holds("Sunday slow"), ada.songs(5)
    said = await ada.asks("add_to_playlist", playlist="my Sunday slow playlist", songs=songs, position=1)
    assert "verified: 5 items added, all in place." in said
    assert ada.names("Sunday slow")[:5] == [song.split(" - ", 1)[1] for song in songs]
    assert ada.holds("Sunday slow")[5:] == before


@job("Add the album Harbour Songs to Untitled")
async def album_into_playlist(ada: Listener) -> None:
    album = uris(await ada.asks("search", query="Harbour Songs", types="album", limit=1), "album")
    said = await ada.asks("add_to_playlist", playlist="Untitled", uris=album)
    assert "verified: 6 items added, all in place." in said
    tracks = ada.album("Harbour Songs").tracks
    assert ada.holds("Untitled") == [f"spotify:track:{track.id}" for track in tracks]


@job("Put everything from Sunday slow and Kitchen table into one new playlist")
async def merge(ada: Listener) -> None:
    listed = await ada.asks("list_library", kind="playlists", limit=200)
    rows = [line.split("|") for line in listed.splitlines() if "|spotify:" in line]
    mine = {row[0]: row[-1] for row in rows}
    said = await ada.asks("create_playlist", name="Both", uris=[mine["Sunday slow"], mine["Kitchen table"]])
    both = ada.holds("Sunday slow") + ada.holds("Kitchen table")
    assert f"verified: {len(both)} items added, all in place." in said
    assert ada.holds("Both") == both


@job("Make a playlist of the fifty songs I played most this year")
async def most_played(ada: Listener) -> None:
    top = uris(await ada.asks("get_top_items", kind="tracks", period="year", limit=50), "track")
    said = await ada.asks("create_playlist", name="My year", uris=top)
    assert "verified: 50 items added, all in place." in said
    really = [f"spotify:track:{track.id}" for track in ada.person.top_tracks("long_term")]
    assert ada.holds("My year") == really[:50]


@job("Take the songs of whoever is in Kitchen table most out of it")
async def remove_an_artist(ada: Listener) -> None:
    listed = await ada.asks("get_playlist", playlist="Kitchen table")
    rows = [line.split("|") for line in listed.splitlines()]
    entries = [row for row in rows if len(row) == 4 and row[0].isdigit()]
    (most, _), *_ = Counter(row[2] for row in entries).most_common(1)
    gone = {row[3] for row in entries if row[2] == most}
    before = ada.holds("Kitchen table")
    said = await ada.asks("remove_from_playlist", playlist="Kitchen table", uris=sorted(gone))
    assert ada.holds("Kitchen table") == [uri for uri in before if uri not in gone]
    assert f"; {len(ada.holds('Kitchen table'))} remain." in said


@job("Sort Archive 60 by artist")
async def sort(ada: Listener) -> None:
    before = ada.holds("Archive 60")
    said = await ada.confirms("reorder_playlist", playlist="Archive 60", action="sort", by="artist")
    assert "verified: sorted by artist" in said
    assert sorted(ada.holds("Archive 60")) == sorted(before) != ada.holds("Archive 60")


@job("Rename Untitled to Long drives and show it on my profile")
async def rename(ada: Listener) -> None:
    said = await ada.asks("edit_playlist", playlist="Untitled", name="Long drives", public=True)
    assert "verified: the details are as asked." in said
    key = ada.playlists["Long drives"].rsplit(":", 1)[1]
    assert ada.simulation.world.playlists[key].public


@job("What kind of music is in Everything, twice?")
async def summary(ada: Listener) -> None:
    said = await ada.asks("get_playlist", playlist="Everything, twice", form="summary")
    assert "3,000 items" in said


@job("Delete my playlist Archive 60")
async def delete(ada: Listener) -> None:
    (found,) = uris(await ada.asks("get_playlist", playlist="Archive 60", form="summary"), "playlist")
    said = await ada.confirms("remove_from_library", uris=found)
    assert '"Archive 60" by Ada' in ada.answers[-2]
    assert "verified: 1 thing" in said
    assert "Archive 60" not in ada.playlists


ARRANGING = (
    fifty_songs,
    fifty_songs_swapped_and_undone,
    remove_duplicates,
    five_at_the_top,
    album_into_playlist,
    merge,
    most_played,
    remove_an_artist,
    sort,
    rename,
    summary,
    delete,
)
