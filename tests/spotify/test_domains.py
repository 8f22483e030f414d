"""Every domain, driven against the simulated Spotify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from auxcord import errors
from auxcord.spotify.models import Episode, Page, Playlist, SavedTrack, Track
from tests.spotify.simulated import held, songs

if TYPE_CHECKING:
    from auxcord.spotify.client import SpotifyClient
    from tests.spotify.simulated import World

pytestmark = pytest.mark.anyio


async def named(spotify: SpotifyClient, name: str) -> Playlist:
    """One of the person's playlists, by its name."""
    offset = 0
    while True:
        page = await spotify.playlists.mine(limit=50, offset=offset)
        for playlist in page.present:
            if playlist.name == name:
                return playlist
        offset += 50
        assert offset < page.total, f"no playlist {name}"


async def test_a_search_finds_every_kind_and_pages_by_tens(world: World, ada: SpotifyClient) -> None:
    kinds = ["track", "album", "artist", "playlist", "show", "episode", "audiobook"]
    results = await ada.catalog.search("the", kinds, limit=25)
    pages = {kind: getattr(results, f"{kind}s") for kind in kinds}
    assert all(page is not None for page in pages.values())
    assert len(pages["track"].items) == min(25, pages["track"].total)
    assert len({track.uri for track in pages["track"].present}) == len(pages["track"].present)
    asked = [entry for entry in await world.requests() if entry["path"] == "/v1/search"]
    assert len(asked) == 3


async def test_everything_found_can_be_looked_up_together(ada: SpotifyClient) -> None:
    kinds = ["track", "album", "artist", "show", "episode", "audiobook"]
    results = await ada.catalog.search("the", kinds, limit=2)
    uris = [item.uri for kind in kinds for item in getattr(results, f"{kind}s").present]
    missing = f"spotify:track:{'0' * 22}"
    items = await ada.catalog.many([missing, *uris, missing])
    assert items[0] is None
    assert items[-1] is None
    assert [item and item.uri for item in items[1:-1]] == uris


async def test_what_is_inside_things_is_listed(ada: SpotifyClient) -> None:
    results = await ada.catalog.search("the", ["album", "artist", "show", "audiobook"], limit=1)
    assert results.albums
    assert results.artists
    assert results.shows
    assert results.audiobooks
    album, artist = results.albums.present[0], results.artists.present[0]
    show, book = results.shows.present[0], results.audiobooks.present[0]
    full = await ada.catalog.album(album.id)
    assert full.tracks is not None
    tracks = await ada.catalog.album_tracks(album.id, limit=50)
    assert [track.uri for track in full.tracks.present][:50] == [track.uri for track in tracks.present]
    albums = await ada.catalog.artist_albums(artist.id, limit=30)
    assert len(albums.items) == min(30, albums.total)
    assert (
        await ada.catalog.artist_albums(artist.id, limit=5, include_groups=["single"])
    ).total <= albums.total
    episodes = await ada.catalog.show_episodes(show.id, limit=3)
    assert (await ada.catalog.episode(str(episodes.present[0].id))).show is not None
    chapters = await ada.catalog.audiobook_chapters(book.id, limit=3)
    assert (await ada.catalog.chapter(chapters.present[0].id)).chapter_number is not None


async def test_a_library_of_ten_thousand_is_read_to_its_end_in_two_hundred_requests(
    world: World, ada: SpotifyClient
) -> None:
    page = await ada.library.tracks(limit=50)
    seen = list(page.items)
    while page.next:
        page = await ada.follow(Page[SavedTrack], page.next)
        seen += page.items
    assert len(seen) == page.total == 10_000
    asked = [entry for entry in await world.requests() if entry["path"] == "/v1/me/tracks"]
    assert len(asked) == 200


async def test_the_other_shelves_are_listed(ada: SpotifyClient) -> None:
    for shelf in (ada.library.albums, ada.library.shows, ada.library.episodes, ada.library.audiobooks):
        page: Page[Any] = await shelf(limit=3)
        assert page.present
        assert page.total > 0
    first = await ada.library.artists(limit=50)
    assert first.cursors is not None
    second = await ada.library.artists(limit=50, after=first.cursors.after)
    assert first.total == 120
    assert {artist.id for artist in first.present}.isdisjoint({artist.id for artist in second.present})


async def test_saving_and_removing_a_hundred_things_shows(ada: SpotifyClient) -> None:
    found = await ada.catalog.search("a", ["track", "album", "artist"], limit=50)
    assert found.tracks
    assert found.albums
    assert found.artists
    uris = [item.uri for page in (found.tracks, found.albums, found.artists) for item in page.present]
    await ada.library.save(uris)
    assert await ada.library.contains(uris) == [True] * len(uris)
    await ada.library.remove(uris)
    assert await ada.library.contains(uris) == [False] * len(uris)


async def test_a_playlist_lives_from_creation_to_removal(world: World, ada: SpotifyClient) -> None:
    made = await ada.playlists.create("Road", public=False, description="for the road")
    assert made.name == "Road"
    wanted = [
        saved.track.uri for offset in (0, 50, 100) for saved in (await ada.library.tracks(50, offset)).present
    ]
    assert await ada.playlists.add(made.id, wanted)
    assert await held(ada, made.id) == wanted

    await ada.playlists.reorder(made.id, range_start=0, insert_before=len(wanted), range_length=2)
    wanted = [*wanted[2:], *wanted[:2]]
    assert await held(ada, made.id) == wanted

    await ada.playlists.remove(made.id, wanted[:120])
    assert await held(ada, made.id) == wanted[120:]

    await ada.playlists.replace(made.id, wanted)
    assert await held(ada, made.id) == wanted

    await ada.playlists.change_details(made.id, name="Road 2", description="longer")
    await ada.playlists.set_cover(made.id, b"\xff\xd8\xff\xe0" + b"\0" * 1000)
    again = await ada.playlists.get(made.id)
    assert (again.name, again.description, again.total) == ("Road 2", "longer", len(wanted))
    assert await ada.playlists.cover(made.id)

    await ada.playlists.replace(made.id, [])
    assert await held(ada, made.id) == []
    await ada.library.remove([made.uri])
    assert await ada.library.contains([made.uri]) == [False]


async def test_lists_of_playlists_hold_empty_places_and_foreign_ones_no_entries(ada: SpotifyClient) -> None:
    page = await ada.playlists.mine(limit=50)
    assert len(page.items) == 50
    foreign = await named(ada, "Fietsen")
    assert (await ada.playlists.get(foreign.id)).items is None
    with pytest.raises(errors.EndpointClosedError):
        await ada.playlists.items(foreign.id)


async def test_playlists_hold_files_of_ones_own_episodes_and_things_that_went_away(
    ada: SpotifyClient,
) -> None:
    tapes = await ada.playlists.items((await named(ada, "Tapes and transfers")).id, limit=50)
    local = [entry.item for entry in tapes.present if entry.is_local]
    assert local
    assert all(isinstance(item, Track) and item.id is None and item.uri for item in local)
    mixed = await ada.playlists.items((await named(ada, "Walking & listening")).id, limit=50)
    assert any(isinstance(entry.item, Episode) for entry in mixed.present)


@pytest.mark.parametrize("answers", ["documented", "opaque", "mixed"])
async def test_the_player_does_as_it_is_told(world: World, ada: SpotifyClient, answers: str) -> None:
    await world.control("POST", "/settings", player_answers=answers)
    devices = await ada.playback.devices()
    device = next(one for one in devices if one.supports_volume and not one.is_restricted and one.id)
    uris = await songs(ada, 3)

    async def settle() -> None:
        world.clock.now += 1

    await ada.playback.play(device_id=device.id, uris=uris)
    await settle()
    state = await ada.playback.state()
    assert state is not None
    assert state.is_playing
    assert state.device is not None
    assert state.device.id == device.id
    assert state.item is not None
    assert state.item.uri == uris[0]

    await ada.playback.next()
    await ada.playback.next()
    await ada.playback.previous()
    await settle()
    state = await ada.playback.state()
    assert state is not None
    assert state.item is not None
    assert state.item.uri == uris[1]

    await ada.playback.add_to_queue(uris[0])
    await ada.playback.seek(5_000)
    await ada.playback.set_volume(41)
    await ada.playback.set_shuffle(True)
    await ada.playback.set_repeat("track")
    await settle()
    state = await ada.playback.state()
    assert state is not None
    assert state.device is not None
    assert (state.device.volume_percent, state.shuffle_state, state.repeat_state) == (41, True, "track")
    assert state.progress_ms is not None
    assert state.progress_ms >= 5_000
    queue = await ada.playback.queue()
    assert uris[0] in [entry.uri for entry in queue.queue if entry]
    other = next(one for one in devices if one.id not in {device.id, None} and not one.is_restricted)
    await ada.playback.transfer(str(other.id), play=True)
    await settle()
    await ada.playback.pause()
    await settle()
    playing = await ada.playback.currently_playing()
    assert playing is None or not playing.is_playing


async def test_history_is_read_backwards_by_cursor(ada: SpotifyClient) -> None:
    first = await ada.history.recently_played(limit=20)
    assert len(first.present) == 20
    assert first.cursors is not None
    second = await ada.history.recently_played(limit=20, before=first.cursors.before)
    assert {play.played_at for play in first.present}.isdisjoint({play.played_at for play in second.present})
    tracks = await ada.history.top_tracks("long_term", limit=50)
    artists = await ada.history.top_artists("short_term", limit=10)
    assert len(tracks.present) == 50
    assert len(artists.present) == 10


@pytest.mark.parametrize("profile", ["development", "legacy-development", "extended"])
async def test_every_access_mode_is_read_alike(world: World, profile: str) -> None:
    await world.control("POST", "/apps", client_id="00000000000000000000000000000001", profile=profile)
    ada = await world.client("ada")
    assert (await ada.profile.me()).account_id
    results = await ada.catalog.search("the", ["track", "playlist"], limit=20)
    assert results.tracks
    assert results.tracks.present
    assert await held(ada, (await named(ada, "Sunday slow")).id)


@pytest.mark.parametrize("handle", ["bram", "dorothea", "emi", "farid"])
async def test_people_with_odd_names_and_empty_shelves_are_read_as_well(world: World, handle: str) -> None:
    spotify = await world.client(handle)
    assert (await spotify.profile.me()).name
    await spotify.playback.state()
    await spotify.playback.queue()
    await spotify.library.audiobooks()
    await spotify.history.recently_played()
    for playlist in (await spotify.playlists.mine(limit=50)).present:
        assert playlist.uri
