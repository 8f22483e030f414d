"""Jobs about the library, and about what the person listens to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.jobs.job import job
from tests.jobs.searching import uris

if TYPE_CHECKING:
    from tests.jobs.stage import Listener


@job("I like this one, save it")
async def save_what_plays(ada: Listener) -> None:
    await ada.plays_already("Low Water")
    (song,) = uris(await ada.asks("get_playback"), "track")[:1]
    said = await ada.asks("save_to_library", uris=song)
    assert said.startswith("verified: 1 thing saved.")
    assert song in ada.saved("track")


@job("Follow Miro and save the album Água Clara")
async def follow_and_save(ada: Listener) -> None:
    miro = uris(await ada.asks("search", query="Miro", types="artist", limit=2), "artist")[0]
    album = uris(await ada.asks("search", query="Água Clara", types="album", limit=1), "album")[0]
    said = await ada.asks("save_to_library", uris=[miro, album])
    assert said.startswith("verified: 2 things saved.")
    assert miro in ada.saved("artist")
    assert album in ada.saved("album")


@job("Show me the last hundred songs I liked")
async def newest_likes(ada: Listener) -> None:
    said = await ada.asks("list_library", kind="tracks", limit=100)
    assert uris(said, "track") == ada.saved("track")[:100]


@job("Which songs of Harbour Songs have I saved?")
async def which_are_saved(ada: Listener) -> None:
    found = await ada.asks("search", query="Harbour Songs", types="album", limit=1)
    tracks = uris(await ada.asks("open_item", uri=uris(found, "album")[0]), "track")
    said = await ada.asks("check_library", uris=tracks)
    saved = set(ada.saved("track")) & set(tracks)
    assert saved
    assert all(track in said for track in saved)


@job("Unfollow all my podcasts")
async def unfollow_podcasts(ada: Listener) -> None:
    shows = uris(await ada.asks("list_library", kind="shows"), "show")
    said = await ada.asks("remove_from_library", uris=shows)
    assert said.startswith(f"verified: {len(shows)} things")
    assert ada.saved("show") == []


@job("What did I listen to last?")
async def recently(ada: Listener) -> None:
    said = await ada.asks("get_recently_played")
    assert len(uris(said, "track")) == 20


@job("Who were my favourite artists in the last four weeks?")
async def favourites(ada: Listener) -> None:
    said = await ada.asks("get_top_items", kind="artists", period="4 weeks", limit=10)
    really = [f"spotify:artist:{artist.id}" for artist in ada.person.top_artists("short_term")]
    assert uris(said, "artist") == really[:10]


@job("Whose account is this, and what may you do?")
async def account(ada: Listener) -> None:
    said = await ada.asks("get_account")
    assert said.startswith("account: Ada")
    assert "Spotify right now: works" in said
    assert "this client may: read, playback, edit" in said


KEEPING = (
    save_what_plays,
    follow_and_save,
    newest_likes,
    which_are_saved,
    unfollow_podcasts,
    recently,
    favourites,
    account,
)
