"""Changing playlists: in order, and every claim about a change was read back."""

import pytest

from tests.tools.door import Door, House
from tests.tools.shelves import held, playlist, tracks, uri

pytestmark = pytest.mark.anyio


# --- creating -----------------------------------------------------------------------------------------------


async def test_a_new_playlist_is_hidden_unless_told_otherwise(ada: Door) -> None:
    text = await ada.ask("create_playlist", name="Mine", description="Two words")
    assert text == f"created: Mine ({uri(text)}), not shown on the profile"
    made = ada.house.world.playlists[uri(text).rsplit(":", 1)[1]]
    assert (made.public, made.collaborative, made.description) == (False, False, "Two words")
    assert "shown on the profile" in await ada.ask("create_playlist", name="Ours", public=True)


async def test_a_new_playlist_holds_what_it_was_given_in_order(ada: Door) -> None:
    wanted = tracks(ada.house, 250)
    await ada.house.control("POST", "settings", {"items_lag": 0.6})
    text = await ada.ask("create_playlist", name="Long", uris=wanted)
    assert text.endswith("verified: 250 items added, all in place.")
    assert held(ada.house, uri(text)) == wanted
    writes = [request for request in await ada.house.requests() if request["method"] == "POST"]
    assert len(writes) == 4


async def test_ten_thousand_items_fit_in_one_call(ada: Door) -> None:
    wanted = tracks(ada.house, 10_000)
    text = await ada.ask("create_playlist", name="Everything", uris=wanted)
    assert text.endswith("verified: 10,000 items added, all in place.")
    requests = await ada.house.requests()
    print(f"10,000 items: {len(requests)} requests")  # noqa: T201
    assert held(ada.house, uri(text)) == wanted
    assert "at most 10,000" in await ada.refused("create_playlist", name="More", uris=[*wanted, wanted[0]])


async def test_one_wrong_item_creates_nothing(ada: Door) -> None:
    artist = f"spotify:artist:{next(iter(ada.house.world.catalogue.artists))}"
    for wrong, says in ((artist, "uris[1] is of kind artist"), ("nonsense", "uris[1]: 'nonsense' is not")):
        refused = await ada.refused("create_playlist", name="Never", uris=[*tracks(ada.house, 1), wrong])
        assert refused.startswith(says)
    assert await ada.house.requests() == []


async def test_albums_and_playlists_stand_for_what_is_in_them(ada: Door) -> None:
    albums = ada.house.world.catalogue.albums.values()
    album = next(found for found in albums if found.name == "Harbour Songs")
    (single,) = tracks(ada.house, 1, start=500)
    tapes = playlist(ada.house, "Tapes and transfers")
    text = await ada.ask("create_playlist", name="All", uris=[f"spotify:album:{album.id}", single, tapes])
    addable = [uri for uri in held(ada.house, tapes) if not uri.startswith("spotify:local:")]
    shown = [uri for uri in addable if ada.house.world.catalogue.playable("track", uri.rsplit(":", 1)[1])]
    wanted = [*(f"spotify:track:{track.id}" for track in album.tracks), single, *shown]
    assert held(ada.house, uri(text)) == wanted
    assert f"{len(wanted)} items added" in text or f"added: {len(wanted)} items" in text


async def test_a_playlist_that_cannot_be_read_is_not_half_copied(ada: Door) -> None:
    theirs = playlist(ada.house, "Fietsen")
    refused = await ada.refused("create_playlist", name="Never", uris=[*tracks(ada.house, 1), theirs])
    assert refused.endswith("[spotify_forbidden]")
    many = [playlist(ada.house, "Sunday slow")] * 51
    assert "At most 50 albums and playlists" in await ada.refused("create_playlist", name="Never", uris=many)
    assert all(found.name != "Never" for found in ada.house.world.playlists.values())


async def test_filling_that_breaks_off_says_exactly_what_is_missing(ada: Door) -> None:
    wanted = tracks(ada.house, 210)
    await ada.house.fault("status", "*/items", method="POST", skip=2, status=400, body="No")
    text = await ada.ask("create_playlist", name="Half", uris=wanted)
    assert "created: Half" in text
    assert "partial: 200 of 210 items are in the playlist." in text
    assert f"not added: {' '.join(wanted[200:])}" in text
    assert held(ada.house, uri(text)) == wanted[:200]


async def test_a_long_remainder_is_named_by_its_ends(ada: Door) -> None:
    wanted = tracks(ada.house, 300)
    await ada.house.fault("status", "*/items", method="POST", skip=1, status=400, body="No")
    text = await ada.ask("create_playlist", name="Third", uris=wanted)
    assert f"not added: 200 items of the list, from {wanted[100]} to {wanted[299]}" in text


async def test_a_lost_answer_while_filling_is_settled_by_looking(ada: Door) -> None:
    wanted = tracks(ada.house, 150)
    await ada.house.fault("reset-after", "*/items", method="POST", skip=1)
    text = await ada.ask("create_playlist", name="Lost", uris=wanted)
    assert text.endswith("verified: 150 items added, all in place.")
    assert held(ada.house, uri(text)) == wanted


async def test_an_addition_that_never_arrived_is_not_repeated_but_reported(ada: Door) -> None:
    wanted = tracks(ada.house, 110)
    await ada.house.fault("reset-before", "*/items", method="POST", skip=1)
    text = await ada.ask("create_playlist", name="Lost", uris=wanted)
    assert "partial: 100 of 110 items are in the playlist." in text
    assert f"may still appear, so look with get_playlist before adding them again: {wanted[100]}" in text
    assert held(ada.house, uri(text)) == wanted[:100]
    writes = [request for request in await ada.house.requests() if request["method"] == "POST"]
    assert len(writes) == 3


async def test_a_lost_answer_to_creating_is_ambiguous_and_says_what_is_there(ada: Door) -> None:
    await ada.house.fault("reset-after", "/v1/me/playlists", method="POST")
    refused = await ada.refused("create_playlist", name="Perhaps", uris=tracks(ada.house, 2))
    assert "An empty playlist of that name is there: spotify:playlist:" in refused
    assert refused.endswith("fill it with add_to_playlist instead of creating another. [ambiguous]")
    made = [found for found in ada.house.world.playlists.values() if found.name == "Perhaps"]
    assert len(made) == 1


async def test_a_creation_that_never_arrived_is_ambiguous_and_made_once_at_most(ada: Door) -> None:
    await ada.house.fault("reset-before", "/v1/me/playlists", method="POST")
    refused = await ada.refused("create_playlist", name="Perhaps")
    assert "No empty playlist of that name is there yet" in refused
    assert refused.endswith("[ambiguous]")


async def test_when_it_cannot_be_read_back_nothing_is_claimed(ada: Door) -> None:
    await ada.house.fault("server-error", "*/items", method="GET")
    text = await ada.ask("create_playlist", name="Dark", uris=tracks(ada.house, 3))
    assert "unconfirmed: Spotify accepted 3 of 3 items, but the playlist could not be read back." in text
    assert "may still appear, so look with get_playlist before adding them again: " in text


# --- adding -------------------------------------------------------------------------------------------------


async def test_items_are_added_at_the_end_or_where_told(ada: Door) -> None:
    target = playlist(ada.house, "Sunday slow")
    before, (one, two, three) = held(ada.house, target), tracks(ada.house, 3)
    text = await ada.ask("add_to_playlist", playlist=target, uris=one)
    assert text == f"playlist: Sunday slow ({target})\nverified: 1 item added, all in place."
    await ada.ask("add_to_playlist", playlist="Sunday slow", uris=f"{two}, {three}", position="1")
    assert held(ada.house, target) == [two, three, *before, one]


@pytest.mark.parametrize("said", ['my "Sunday slow" playlist', "the sunday slow", "Sunday Slow playlist"])
async def test_a_playlist_is_found_by_what_people_call_it(ada: Door, said: str) -> None:
    (one,) = tracks(ada.house, 1)
    assert "playlist: Sunday slow (" in await ada.ask("add_to_playlist", playlist=said, uris=one)


async def test_a_change_that_shows_late_is_waited_for(ada: Door) -> None:
    await ada.house.control("POST", "settings", {"items_lag": 0.9})
    text = await ada.ask("add_to_playlist", playlist="Sunday slow", uris=tracks(ada.house, 3))
    assert "verified: 3 items added" in text
    await ada.house.control("POST", "settings", {"items_lag": 60.0})
    text = await ada.ask("add_to_playlist", playlist="Kitchen table", uris=tracks(ada.house, 3))
    assert "unconfirmed: 0 of 3 items are in the playlist." in text
    assert "may still appear" in text


async def test_what_stood_there_before_is_not_taken_for_what_was_added(ada: Door) -> None:
    first = held(ada.house, playlist(ada.house, "Sunday slow"))[0]
    await ada.house.control("POST", "settings", {"items_lag": 60.0})
    text = await ada.ask("add_to_playlist", playlist="Sunday slow", uris=first, position=1)
    assert "unconfirmed: 0 of 1 items are in the playlist." in text


async def test_additions_to_somebody_elses_playlist_are_refused_before_anything_is_sent(ada: Door) -> None:
    target = playlist(ada.house, "Fietsen")
    for tool in ("add_to_playlist", "remove_from_playlist"):
        refused = await ada.refused(tool, playlist=target, uris=tracks(ada.house, 1))
        assert refused == (
            "The playlist 'Fietsen' belongs to Bram de Lange; nothing was changed. Only its owner and "
            "collaborators can change it; create_playlist makes a new one. [spotify_forbidden]"
        )
    assert all(request["method"] == "GET" for request in await ada.house.requests())


async def test_collaborators_may_change_the_playlist(house: House) -> None:
    target, wanted = playlist(house, "Kitchen table"), tracks(house, 1)
    async with house.door("bram") as bram:
        assert "verified: 1 item added" in await bram.ask("add_to_playlist", playlist=target, uris=wanted)
    assert held(house, target)[-1:] == wanted


async def test_an_addition_refused_at_once_is_a_plain_error(ada: Door) -> None:
    await ada.house.fault("status", "*/items", method="POST", status=403, body="Forbidden")
    refused = await ada.refused("add_to_playlist", playlist="Sunday slow", uris=tracks(ada.house, 1))
    assert refused.endswith("[spotify_forbidden]")


async def test_more_than_a_playlist_holds_is_refused_beforehand(ada: Door) -> None:
    refused = await ada.refused(
        "add_to_playlist", playlist="Everything, twice", uris=tracks(ada.house, 7_500)
    )
    assert refused.startswith("A playlist holds 10,000 items; this one has 3,000 already.")


async def test_a_private_grant_cannot_change_a_public_playlist_and_says_how_to(house: House) -> None:
    scopes = ["user-read-private", "playlist-read-private", "playlist-modify-private"]
    async with house.door("ada", scopes=scopes) as ada:
        refused = await ada.refused("add_to_playlist", playlist="Sunday slow", uris=tracks(house, 1))
    assert refused.endswith("Sign-in link: https://auxcord.example/ [insufficient_scope]")


# --- removing -----------------------------------------------------------------------------------------------


async def test_every_occurrence_is_removed_and_the_rest_keeps_its_order(ada: Door) -> None:
    target = playlist(ada.house, "Sunday slow")
    rest, (gone, other) = held(ada.house, target), tracks(ada.house, 2)
    await ada.ask("add_to_playlist", playlist=target, uris=gone, position=3)
    await ada.ask("add_to_playlist", playlist=target, uris=[gone, other, gone])
    text = await ada.ask("remove_from_playlist", playlist=target, uris=[gone, other, gone])
    assert text.endswith("verified: 2 items removed (4 entries); 28 remain.")
    assert held(ada.house, target) == rest


async def test_removing_what_is_not_there_changes_nothing_and_says_so(ada: Door) -> None:
    (absent,) = tracks(ada.house, 1)
    text = await ada.ask("remove_from_playlist", playlist="Sunday slow", uris=absent)
    assert text.endswith(f"Nothing to remove.\nnot in it: {absent}")
    assert all(request["method"] == "GET" for request in await ada.house.requests())


async def test_a_removal_that_breaks_off_says_exactly_what_is_left(ada: Door) -> None:
    wanted = tracks(ada.house, 105)
    target = uri(await ada.ask("create_playlist", name="Fading", uris=wanted))
    await ada.house.fault("status", "*/items", method="DELETE", skip=1, status=400, body="No")
    text = await ada.confirmed("remove_from_playlist", playlist=target, uris=wanted)
    assert "partial: 100 of 105 items removed; 5 entries remain." in text
    assert f"still in it: {' '.join(wanted[100:])}" in text
    assert held(ada.house, target) == wanted[100:]


async def test_a_lost_answer_to_a_removal_is_settled_by_looking(ada: Door) -> None:
    target = playlist(ada.house, "Sunday slow")
    gone = held(ada.house, target)[0]
    await ada.house.fault("reset-after", "*/items", method="DELETE")
    text = await ada.ask("remove_from_playlist", playlist=target, uris=gone)
    assert text.endswith("verified: 1 item removed (1 entry); 27 remain.")


async def test_a_removal_that_did_not_happen_is_an_error(ada: Door) -> None:
    target = playlist(ada.house, "Sunday slow")
    before = held(ada.house, target)
    await ada.house.fault("server-error", "*/items", method="DELETE")
    refused = await ada.refused("remove_from_playlist", playlist=target, uris=before[0])
    assert refused.endswith("[spotify_unavailable]")
    assert held(ada.house, target) == before


async def test_a_removal_that_cannot_be_read_back_is_not_called_done(ada: Door) -> None:
    target = playlist(ada.house, "Sunday slow")
    gone = held(ada.house, target)[0]
    await ada.house.fault("server-error", "*/items", method="GET", skip=1)
    text = await ada.ask("remove_from_playlist", playlist=target, uris=gone)
    assert "unconfirmed: Spotify removed 1 of 1 items, but the playlist could not be read back." in text


async def test_a_client_that_may_not_edit_cannot_change_anything(house: House) -> None:
    async with house.door("ada", level="control") as ada:
        for tool, arguments in (
            ("create_playlist", {"name": "x"}),
            ("add_to_playlist", {"playlist": "x", "uris": "y"}),
            ("remove_from_playlist", {"playlist": "x", "uris": "y"}),
        ):
            refused = await ada.refused(tool, **arguments)
            assert refused.startswith(
                f"{tool} needs the permission 'edit'; this client was given: playback, read."
            )
            assert refused.endswith("Sign-in link: https://auxcord.example/ [not_permitted]")
        assert await ada.house.requests() == []
