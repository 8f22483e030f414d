"""Playing, pausing, skipping, queueing: an answer says what the player showed, never what was hoped."""

import pytest

from tests.tools.door import Door, House
from tests.tools.shelves import playlist, tracks

pytestmark = pytest.mark.anyio


async def test_playback_says_what_plays_where_and_from_what(ada: Door) -> None:
    await ada.ask("play", uris=tracks(ada.house, 1))
    text = await ada.ask("get_playback")
    first, second = text.splitlines()
    assert first.startswith("playing: ")
    assert tracks(ada.house, 1)[0] in first
    assert second.startswith("device: ")
    assert "shuffle off" in second
    assert "repeat off" in second


async def test_nothing_playing_is_an_answer(house: House) -> None:
    async with house.door("dorothea") as dorothea:
        assert await dorothea.ask("get_playback") == "Nothing is playing, and no device is active."


async def test_the_queue_is_shown_when_asked_for(house: House) -> None:
    async with house.door("farid") as farid:
        text = await farid.ask("get_queue")
    assert "\nnext:\n" in text
    assert text.split("next:\n")[1].count("(spotify:") >= 1


async def test_devices_are_listed_with_what_they_can_do(ada: Door) -> None:
    rows = await ada.rows("list_devices")
    assert rows[0] == ["name", "type", "state", "volume", "id"]
    states = {row[0]: row[2] for row in rows[1:]}
    assert states["Car"] == "restricted"
    assert "active" in states.values() or "idle" in states.values()


async def test_no_devices_is_an_answer(house: House) -> None:
    async with house.door("dorothea") as dorothea:
        assert "No device has Spotify open." in await dorothea.ask("list_devices")


# --- play ---------------------------------------------------------------------------------------------------


async def test_tracks_are_played_in_order_and_the_answer_was_seen(ada: Door) -> None:
    wanted = tracks(ada.house, 3)
    text = await ada.ask("play", uris=wanted)
    assert text.startswith("playing: ")
    assert wanted[0] in text
    assert ada.house.clock.waited, "a player shows a change a little later"


async def test_play_starts_where_it_is_told_to(ada: Door) -> None:
    wanted = tracks(ada.house, 3)
    assert wanted[2] in await ada.ask("play", uris=wanted, start="3")
    refused = await ada.refused("play", uris=wanted, start=4)
    assert refused.startswith("`start` is 4, but there are only 3 uris.")


async def test_an_album_is_played_as_what_it_is(ada: Door) -> None:
    album = next(iter(ada.house.world.catalogue.albums))
    text = await ada.ask("play", uris=f"https://open.spotify.com/album/{album}")
    assert f"from: spotify:album:{album}" in text


@pytest.mark.parametrize(("kind", "place"), [("track", "best match: "), ("artist", "from: spotify:artist:")])
async def test_words_play_the_best_match_and_say_which(ada: Door, kind: str, place: str) -> None:
    text = await ada.ask("play", query="Tin Lanterns", kind=kind)
    assert text.startswith("playing: ")
    assert place in text
    assert "best match: " in text


async def test_words_that_name_nothing_play_nothing(ada: Door) -> None:
    refused = await ada.refused("play", query="qzxqzx vvwvvw")
    assert refused.startswith("Nothing was found for 'qzxqzx vvwvvw'.")
    assert refused.endswith("[not_found]")
    assert not [request for request in await ada.house.requests() if request["method"] != "GET"]


async def test_without_an_active_device_the_best_idle_one_is_used(house: House) -> None:
    async with house.door("bram") as bram:
        text = await bram.ask("play", uris=tracks(house, 1))
    assert "device: Bram's phone" in text


async def test_a_device_is_found_by_name_whatever_its_case(ada: Door) -> None:
    text = await ada.ask("play", uris=tracks(ada.house, 1), device="kitchen SPEAKER")
    assert "device: Kitchen speaker" in text


async def test_an_unknown_device_is_refused_with_those_there_are(ada: Door) -> None:
    refused = await ada.refused("play", uris=tracks(ada.house, 1), device="Bathroom")
    assert refused.startswith("No device is called 'Bathroom'; available: ")
    assert "Kitchen speaker" in refused
    assert refused.endswith("[device_not_found]")


async def test_a_device_that_takes_no_commands_is_refused_before_it_refuses(ada: Door) -> None:
    refused = await ada.refused("play", uris=tracks(ada.house, 1), device="Car")
    assert refused == "Car takes no commands from apps. Choose another device. [player_refused]"
    async with ada.house.door("bram") as bram:
        for name in ("Bram's phone", "Attic"):
            change = {"user": "bram", "devices": [{"name": name, "restricted": True}]}
            await ada.house.control("POST", "player", change)
        refused = await bram.refused("play", uris=tracks(ada.house, 1))
    assert refused.startswith("No device takes commands: Bram's phone, Attic refuse them.")


async def test_with_no_device_at_all_the_answer_says_what_to_do(house: House) -> None:
    async with house.door("dorothea") as dorothea:
        refused = await dorothea.refused("play", uris=tracks(house, 1))
    assert refused == (
        "No device has Spotify open. Open Spotify on a device, then call again. [no_active_device]"
    )


async def test_without_premium_the_answer_says_what_works_instead(house: House) -> None:
    async with house.door("chidi") as chidi:
        for tool, arguments in (
            ("play", {"uris": tracks(house, 1)}),
            ("pause", {}),
            ("skip", {}),
            ("add_to_queue", {"uris": tracks(house, 1)}),
        ):
            refused = await chidi.refused(tool, **arguments)
            assert refused.endswith("[premium_required]"), tool
            assert "Searching, the library and playlists work without Premium" in refused


async def test_resuming_plays_on_and_says_so(ada: Door) -> None:
    await ada.ask("play", uris=tracks(ada.house, 1))
    await ada.ask("pause")
    assert (await ada.ask("play")).startswith("playing: ")
    assert (await ada.ask("play")).startswith("Already playing.\nplaying: ")


async def test_mixed_orders_are_refused_before_anything_is_sent(ada: Door) -> None:
    album = f"spotify:album:{next(iter(ada.house.world.catalogue.albums))}"
    assert "Only one album" in await ada.refused("play", uris=[album, *tracks(ada.house, 1)])
    assert "not both" in await ada.refused("play", uris=tracks(ada.house, 1), query="x")
    assert "uris[1]: 'nonsense' is not" in await ada.refused("play", uris=[*tracks(ada.house, 1), "nonsense"])
    assert await ada.house.requests() == []


async def test_a_player_that_never_shows_the_change_is_not_called_playing(ada: Door) -> None:
    await ada.ask("play", uris=tracks(ada.house, 1))
    await ada.ask("pause")
    await ada.house.fault("status", "/v1/me/player/play", method="PUT", status=204)
    text = await ada.ask("play", uris=tracks(ada.house, 2)[1:])
    assert text.startswith("unconfirmed: sent to ")
    assert "paused: " in text
    assert sum(ada.house.clock.waited) < 10


async def test_a_lost_answer_to_play_is_settled_by_looking(ada: Door) -> None:
    await ada.house.fault("reset-after", "/v1/me/player/play", method="PUT")
    wanted = tracks(ada.house, 1)
    text = await ada.ask("play", uris=wanted)
    assert text.startswith("playing: ")
    assert wanted[0] in text


async def test_a_command_that_certainly_failed_says_so(ada: Door) -> None:
    await ada.house.fault("server-error", "/v1/me/player/play", method="PUT")
    refused = await ada.refused("play", uris=tracks(ada.house, 1))
    assert "[spotify_unavailable]" in refused or "[ambiguous]" in refused


async def test_when_the_player_cannot_be_read_afterwards_nothing_is_claimed(ada: Door) -> None:
    await ada.house.fault("server-error", "/v1/me/player", method="GET")
    text = await ada.ask("play", uris=tracks(ada.house, 1))
    assert text.startswith("unconfirmed: sent to ")
    assert "The player could not be read: " in text


# --- pause and skip -----------------------------------------------------------------------------------------


async def test_pausing_stops_and_pausing_again_is_no_error(ada: Door) -> None:
    await ada.ask("play", uris=tracks(ada.house, 1))
    assert (await ada.ask("pause")).startswith("paused: ")
    assert (await ada.ask("pause")).startswith("Already paused.\npaused: ")


async def test_pausing_nothing_is_no_error(house: House) -> None:
    async with house.door("dorothea") as dorothea:
        assert await dorothea.ask("pause") == "Already paused."


async def test_skipping_says_what_plays_then(ada: Door) -> None:
    wanted = tracks(ada.house, 3)
    await ada.ask("play", uris=wanted)
    assert wanted[1] in await ada.ask("skip")
    assert wanted[2] in await ada.ask("skip", to="NEXT")
    assert wanted[1] in await ada.ask("skip", to="previous")
    assert (await ada.refused("skip", to="back")).startswith("`to` must be one of 'next', 'previous'")


async def test_skipping_with_nothing_active_is_refused(house: House) -> None:
    async with house.door("dorothea") as dorothea:
        assert (await dorothea.refused("skip")).endswith("[no_active_device]")


async def test_a_lost_answer_to_skip_is_settled_by_looking_and_never_sent_twice(ada: Door) -> None:
    wanted = tracks(ada.house, 3)
    await ada.ask("play", uris=wanted)
    await ada.house.fault("reset-after", "/v1/me/player/next", method="POST")
    await ada.house.forget_requests()
    assert wanted[1] in await ada.ask("skip")
    sent = [request for request in await ada.house.requests() if request["method"] == "POST"]
    assert len(sent) == 1


async def test_a_lost_answer_to_a_skip_that_never_shows_is_ambiguous(ada: Door) -> None:
    await ada.ask("play", uris=tracks(ada.house, 3))
    await ada.house.fault("reset-before", "/v1/me/player/next", method="POST")
    refused = await ada.refused("skip")
    assert refused.endswith("[ambiguous]")
    assert "Look with get_playback" in refused


# --- the queue ----------------------------------------------------------------------------------------------


async def test_queued_items_are_seen_in_the_queue(ada: Door) -> None:
    wanted = tracks(ada.house, 4)
    await ada.ask("play", uris=wanted[:1])
    assert await ada.ask("add_to_queue", uris=wanted[1:]) == "verified: 3 items queued."
    text = await ada.ask("get_queue")
    places = [text.index(uri) for uri in wanted[1:]]
    assert places == sorted(places)


async def test_the_same_item_queued_twice_counts_twice(ada: Door) -> None:
    (wanted,) = tracks(ada.house, 1)
    await ada.ask("play", uris=[wanted])
    assert await ada.ask("add_to_queue", uris=[wanted, wanted]) == "verified: 2 items queued."


async def test_a_queue_that_breaks_off_says_exactly_what_is_in_it(ada: Door) -> None:
    wanted = tracks(ada.house, 5)
    await ada.ask("play", uris=wanted[:1])
    await ada.house.fault(
        "status", "/v1/me/player/queue", method="POST", skip=2, status=403, body="Forbidden"
    )
    text = await ada.ask("add_to_queue", uris=wanted[1:])
    assert text.startswith("partial: the first 2 of 4 queued. ")
    assert f"not queued: {wanted[3]} {wanted[4]}" in text
    assert "ambiguous" not in text


async def test_a_lost_answer_in_the_queue_is_settled_by_looking(ada: Door) -> None:
    wanted = tracks(ada.house, 4)
    await ada.ask("play", uris=wanted[:1])
    await ada.house.fault("reset-after", "/v1/me/player/queue", method="POST", skip=1)
    text = await ada.ask("add_to_queue", uris=wanted[1:])
    assert text.startswith("partial: the first 2 of 3 queued. ")
    assert f"not queued: {wanted[3]}" in text


async def test_a_lost_answer_that_does_not_show_stays_open(ada: Door) -> None:
    wanted = tracks(ada.house, 4)
    await ada.ask("play", uris=wanted[:1])
    await ada.house.fault("reset-before", "/v1/me/player/queue", method="POST", skip=1)
    text = await ada.ask("add_to_queue", uris=wanted[1:])
    assert text.startswith("partial: the first 1 of 3 queued. ")
    assert f"ambiguous: {wanted[2]} may have been queued" in text
    assert f"not queued: {wanted[3]}" in text


async def test_only_tracks_and_episodes_can_be_queued(ada: Door) -> None:
    album = f"spotify:album:{next(iter(ada.house.world.catalogue.albums))}"
    refused = await ada.refused("add_to_queue", uris=[*tracks(ada.house, 1), album])
    assert refused.startswith("uris[1] is of kind album; here it must be track or episode.")
    assert await ada.house.requests() == []


async def test_nothing_and_too_much_are_not_queued(ada: Door) -> None:
    assert (await ada.refused("add_to_queue")).startswith("Nothing to queue: give uris or songs.")
    refused = await ada.refused("add_to_queue", uris=tracks(ada.house, 30), songs=["Miro - Blue"] * 21)
    assert refused.startswith("At most 50 items are queued in one call.")
    assert await ada.house.requests() == []


async def test_an_idle_device_shuffles_as_well(house: House) -> None:
    async with house.door("bram") as bram:
        text = await bram.ask("play", uris=playlist(house, "Fietsen"), device="Attic", shuffle=True)
    assert "device: Attic" in text
    assert "shuffle on" in text
    state = house.world.people["bram"].player.current(house.clock())
    assert (state.playing, state.shuffle) == (True, True)


async def test_a_start_counts_in_what_words_name(ada: Door) -> None:
    text = await ada.ask("play", query="Harbour Songs", kind="album", start=2)
    assert text.startswith("playing: Nine Bells - Tin Lanterns")


async def test_a_client_that_may_only_look_cannot_play(house: House) -> None:
    async with house.door("ada", level="look") as ada:
        for tool, arguments in (("play", {}), ("pause", {}), ("skip", {}), ("add_to_queue", {"uris": "x"})):
            refused = await ada.refused(tool, **arguments)
            assert refused.startswith(f"{tool} needs the permission 'playback'; this client was given: read.")
            assert refused.endswith("Sign-in link: https://auxcord.example/ [not_permitted]")
        assert await ada.house.requests() == []
