"""Saving, removing and checking, top items, opening things, and the player's settings."""

import pytest

from tests.tools.door import Door, House
from tests.tools.shelves import tracks

pytestmark = pytest.mark.anyio


def one_of_each(house: House) -> list[str]:
    found = house.world.catalogue
    kinds = {
        "album": found.albums, "artist": found.artists, "show": found.shows, "audiobook": found.audiobooks,
    }  # fmt: skip
    return [f"spotify:{kind}:{list(things)[3]}" for kind, things in kinds.items()]


async def unsaved(ada: Door, count: int) -> list[str]:
    """Tracks the person has not saved."""
    wanted = tracks(ada.house, count, start=500)
    for start in range(0, count, 50):
        await ada.ask("remove_from_library", uris=wanted[start : start + 50])
    await ada.house.forget_requests()
    return wanted


async def test_mixed_things_are_saved_checked_and_removed(ada: Door) -> None:
    wanted = [*await unsaved(ada, 100), *one_of_each(ada.house)]
    await ada.confirmed("remove_from_library", uris=wanted)
    assert "0 of 104" in await ada.ask("check_library", uris=wanted)
    assert await ada.ask("save_to_library", uris=wanted) == "verified: 104 things saved."
    assert "saved or followed: 104 of 104 things" in await ada.ask("check_library", uris=wanted)
    assert await ada.ask("save_to_library", uris=wanted) == "Nothing to do: 104 things were saved already."
    text = await ada.ask("remove_from_library", uris=wanted[:50])
    assert text == "verified: 50 things removed."
    assert "54 of 104" in await ada.ask("check_library", uris=wanted)


async def test_saving_that_breaks_off_says_exactly_what_is_missing(ada: Door) -> None:
    wanted = await unsaved(ada, 90)
    await ada.house.fault("status", "/v1/me/library", method="PUT", skip=1, status=400, body="No")
    text = await ada.ask("save_to_library", uris=wanted)
    assert "partial: 40 of 90 things saved." in text
    assert f"not saved: {' '.join(wanted[40:])}" in text


async def test_saving_that_fails_at_once_is_a_failure(ada: Door) -> None:
    await ada.house.fault("status", "/v1/me/library", method="PUT", status=400, body="No", times=9)
    assert "[spotify_bad_request]" in await ada.refused(
        "save_to_library", uris=tracks(ada.house, 3, start=500)
    )


async def test_a_lost_answer_while_saving_is_settled_by_looking(ada: Door) -> None:
    wanted = await unsaved(ada, 3)
    await ada.house.fault("reset-after", "/v1/me/library", method="PUT", times=9)
    assert "verified" in await ada.ask("save_to_library", uris=wanted)


async def test_deleting_a_playlist_is_asked_first(ada: Door) -> None:
    made = await ada.ask("create_playlist", name="Gone soon")
    uri = made.split("(")[1].split(")")[0]
    text = await ada.ask("remove_from_library", uris=[uri])
    assert 'among them 1 playlist (own ones are deleted): "Gone soon" by Ada.' in text
    assert "Gone soon" in await ada.ask("list_library", kind="playlists")
    assert await ada.confirmed("remove_from_library", uris=[uri]) == "verified: 1 thing removed."
    assert "Gone soon" not in await ada.ask("list_library", kind="playlists")


async def test_a_chapter_cannot_be_saved(ada: Door) -> None:
    chapter = f"spotify:chapter:{next(iter(ada.house.world.catalogue.chapters))}"
    assert "kind chapter" in await ada.refused("save_to_library", uris=[chapter])


@pytest.mark.parametrize("kind", ["tracks", "artists"])
@pytest.mark.parametrize("period", ["4 weeks", "6 months", "year"])
async def test_what_was_played_most_is_listed_page_by_page(ada: Door, kind: str, period: str) -> None:
    text = await ada.ask("get_top_items", kind=kind, period=period, limit=5)
    assert text.startswith(f"{kind} 1-5 of ")
    cursor = text.rsplit("cursor=", 1)[1]
    more = await ada.ask("get_top_items", kind=kind, period=period, limit=5, cursor=cursor)
    assert more.startswith(f"{kind} 6-10 of ")
    assert not set(more.splitlines()[1:-1]) & set(text.splitlines()[1:-1])


async def test_each_thing_opens_with_what_it_contains(ada: Door) -> None:
    album, artist, show, audiobook = one_of_each(ada.house)
    for thing, kind in ((album, "tracks"), (artist, "albums"), (show, "episodes"), (audiobook, "chapters")):
        text = await ada.ask("open_item", uri=thing)
        assert thing in text
        assert f"\n{kind} 1-" in text


async def test_a_long_album_goes_on_with_its_cursor(ada: Door) -> None:
    album = next(one for one in ada.house.world.catalogue.albums.values() if len(one.tracks) == 120)
    text = await ada.ask("open_item", uri=f"https://open.spotify.com/intl-de/album/{album.id}?si=x")
    seen = text.count("spotify:track:")
    while "cursor=" in text:
        text = await ada.ask(
            "open_item", uri=f"spotify:album:{album.id}", cursor=text.rsplit("cursor=", 1)[1]
        )
        seen += text.count("spotify:track:")
    assert seen == 120


async def test_a_playlist_is_opened_by_another_tool(ada: Door) -> None:
    playlist = next(iter(ada.house.world.playlists))
    assert "kind playlist" in await ada.refused("open_item", uri=f"spotify:playlist:{playlist}")


async def test_volume_shuffle_and_repeat_are_set_together_and_seen(ada: Door) -> None:
    await ada.ask("play", uris=tracks(ada.house, 3))
    text = await ada.ask("set_playback", volume=30, shuffle=True, repeat="context")
    assert "volume 30" in text
    assert "shuffle on; repeat context" in text
    assert "Already so." in await ada.ask("set_playback", volume=30)


async def test_a_volume_out_of_range_is_brought_into_it_and_told(ada: Door) -> None:
    await ada.ask("play", uris=tracks(ada.house, 3))
    assert "note: volume was set to 100" in await ada.ask("set_playback", volume=150)


async def test_setting_nothing_is_refused(ada: Door) -> None:
    assert "Nothing to set" in await ada.refused("set_playback")


@pytest.mark.parametrize("position", [90, "90", "1:30", "0:01:30"])
async def test_a_position_is_understood_however_it_is_written(ada: Door, position: object) -> None:
    (long,) = [
        f"spotify:track:{track.id}"
        for track in ada.house.world.catalogue.tracks.values()
        if len(track.markets) > 60 and track.duration_ms > 200_000
    ][:1]
    await ada.ask("play", uris=[long])
    assert " at 1:3" in await ada.ask("seek", position=position)


async def test_nobody_can_seek_past_the_end(ada: Door) -> None:
    await ada.ask("play", uris=tracks(ada.house, 1))
    assert "long." in await ada.refused("seek", position="59:00")


async def test_playback_moves_to_another_device_and_is_seen_there(ada: Door) -> None:
    await ada.ask("play", uris=tracks(ada.house, 3))
    devices = [line.split("|") for line in (await ada.ask("list_devices")).splitlines()[1:]]
    (idle,) = [device[0] for device in devices if device[2] == "idle"][:1]
    assert f"device: {idle}" in await ada.ask("transfer_playback", device=idle.upper(), play=True)
    assert f"Already on {idle}." in await ada.ask("transfer_playback", device=idle)


@pytest.mark.parametrize("query", ["some Tin Lanterns", "Tin Lanterns", "play something by Tin Lanterns"])
async def test_an_artist_is_played_as_such_when_the_words_name_one(ada: Door, query: str) -> None:
    text = await ada.ask("play", query=query)
    assert "best match: Tin Lanterns (spotify:artist:" in text


async def test_a_song_is_played_when_the_words_name_artist_and_title(ada: Door) -> None:
    text = await ada.ask("play", query="Nine Bells by Tin Lanterns")
    assert "best match: Nine Bells (spotify:track:" in text


async def test_a_summary_of_a_long_playlist_is_short_and_true(ada: Door) -> None:
    wanted = tracks(ada.house, 1_200)
    made = await ada.ask("create_playlist", name="Long", uris=[*wanted, wanted[0]])
    text = await ada.ask("get_playlist", playlist=made.split("(")[1].split(")")[0], form="summary")
    assert "1,201 items, " in text
    assert "1 item more than once" in text
    assert len(text.encode()) <= 1_000


async def test_what_was_sent_before_a_refusal_is_called_set_only_if_the_player_shows_it(ada: Door) -> None:
    await ada.ask("play", uris=tracks(ada.house, 1))
    await ada.house.fault("reset-before", "/v1/me/player/volume", method="PUT", times=9)
    await ada.house.fault("status", "/v1/me/player/shuffle", method="PUT", status=403, body="", times=9)
    text = await ada.ask("set_playback", volume=3, shuffle=True)
    assert "partial: sent but not visible yet: volume; shuffle not set." in text
    await ada.house.control("DELETE", "faults")
    await ada.house.fault("status", "/v1/me/player/shuffle", method="PUT", status=403, body="", times=9)
    text = await ada.ask("set_playback", volume=4, shuffle=True)
    assert "partial: volume set; shuffle not set." in text
    assert "volume 4" in text
