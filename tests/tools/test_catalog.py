"""Finding and looking up."""

import pytest

from tests.tools.door import Door, House, cursor

pytestmark = pytest.mark.anyio

UNKNOWN = "spotify:track:0000000000000000000000"


async def test_a_search_gives_rows_with_uris(ada: Door) -> None:
    text = await ada.ask("search", query="Nine Bells")
    head, *rows = text.splitlines()
    assert head.startswith("tracks 1-7 of 7")
    assert head.endswith(": title|artists|album|m:ss|uri")
    columns = rows[0].split("|")
    assert len(columns) == 5
    assert columns[0].startswith("Nine Bells")
    assert columns[4].startswith("spotify:track:")


async def test_all_seven_types_can_be_searched_at_once(ada: Door) -> None:
    types = ["track", "album", "artist", "playlist", "show", "episode", "audiobook"]
    text = await ada.ask("search", query="slow", types=types, limit=3)
    for kind in types[:-1]:
        assert f"{kind}s 1-" in text, kind
    assert "\nno audiobooks\n" in text
    assert "audiobooks 1-" in await ada.ask("search", query="harbour", types=types, limit=3)


async def test_fifty_results_come_in_one_answer_around_spotifys_ten(ada: Door) -> None:
    rows = await ada.rows("search", query="a", limit=50)
    assert len(rows) == 50
    requests = await ada.house.requests()
    assert len(requests) == 5
    assert all("limit=10" in request["query"] for request in requests)


async def test_types_are_understood_as_models_write_them(ada: Door) -> None:
    text = await ada.ask("search", query="harbour", types="Songs, artists", limit="2")
    assert text.startswith("tracks 1-2 of")
    assert "\nartists 1-" in text


async def test_a_limit_out_of_range_is_changed_and_told(ada: Door) -> None:
    text = await ada.ask("search", query="a", limit=500)
    assert "note: limit was set to 50, the nearest allowed value." in text
    text = await ada.ask("search", query="a", limit=0)
    assert "note: limit was set to 1" in text


async def test_paging_goes_on_where_it_stopped_until_there_is_no_more(ada: Door) -> None:
    query = {"query": "harbour", "types": ["album"], "limit": 20}
    text = await ada.ask("search", **query)
    seen = [line.rsplit("|", 1)[1] for line in text.splitlines() if "|spotify:" in line]
    while "more: cursor=" in text:
        text = await ada.ask("search", **query, cursor=cursor(text))
        seen += [line.rsplit("|", 1)[1] for line in text.splitlines() if "|spotify:" in line]
    total = int(text.split(" of ")[1].split(":")[0].replace(",", ""))
    assert len(seen) == len(set(seen)) == total


async def test_a_cursor_of_another_search_is_refused(ada: Door) -> None:
    text = await ada.ask("search", query="a")
    refused = await ada.refused("search", query="b", cursor=cursor(text))
    assert refused.startswith("This cursor has expired or belongs to another list.")
    assert refused.endswith("[invalid_input]")


async def test_another_persons_cursor_is_refused(house: House) -> None:
    async with house.door("ada") as ada:
        mine = cursor(await ada.ask("search", query="a"))
    async with house.door("bram") as bram:
        assert "[invalid_input]" in await bram.refused("search", query="a", cursor=mine)


async def test_a_search_that_finds_nothing_says_so_and_what_to_try(ada: Door) -> None:
    text = await ada.ask("search", query="qzxqzx vvwvvw", types=["track", "album"])
    assert text == ("Nothing was found for 'qzxqzx vvwvvw' (track, album). Try fewer words, or other types.")


async def test_a_search_needs_words(ada: Door) -> None:
    assert (await ada.refused("search", query="")).startswith("`query` is too short")
    assert "[invalid_input]" in await ada.refused("search", query="   ")
    assert (await ada.refused("search", query="a", types=["song", "film"])).startswith(
        "`types[1]` must be one of"
    )


async def test_quotes_and_odd_letters_in_a_search_do_no_harm(ada: Door) -> None:
    for query in ("Cartographer's Daughter", '"Nine Bells"', "夜", "a & b = c?d#e%", "\u202eodd", "😀"):
        await ada.ask("search", query=query)


async def test_things_of_all_kinds_are_looked_up_together(ada: Door) -> None:
    catalogue = ada.house.world.catalogue
    uris = [
        f"spotify:{kind}:{next(iter(pool))}"
        for kind, pool in (
            ("track", catalogue.tracks),
            ("album", catalogue.albums),
            ("artist", catalogue.artists),
            ("show", catalogue.shows),
            ("episode", catalogue.episodes),
            ("audiobook", catalogue.audiobooks),
        )
    ]
    text = await ada.ask("get_items", uris=uris)
    for uri in uris:
        assert f"|{uri}" in text


async def test_what_does_not_exist_gets_a_line_and_the_rest_its_rows(ada: Door) -> None:
    track = next(iter(ada.house.world.catalogue.tracks))
    text = await ada.ask(
        "get_items", uris=[UNKNOWN, f"https://open.spotify.com/intl-de/track/{track}?si=x", "nonsense"]
    )
    assert f"|spotify:track:{track}" in text
    assert f"not found: {UNKNOWN}" in text
    assert "not usable: 'nonsense' is not a Spotify URI or link." in text


async def test_one_unknown_item_is_an_answer_not_a_crash(ada: Door) -> None:
    assert await ada.ask("get_items", uris=UNKNOWN) == f"not found: {UNKNOWN}"


async def test_fifty_items_are_read_side_by_side_and_stay_in_order(ada: Door) -> None:
    ids = list(ada.house.world.catalogue.tracks)[:50]
    for requests in (51, 50):  # the first call of all also asks what kind of app this is
        await ada.house.forget_requests()
        rows = await ada.rows("get_items", uris=ids)
        assert [row[-1].rsplit(":", 1)[1] for row in rows] == ids
        assert len(await ada.house.requests()) == requests
    refused = await ada.refused("get_items", uris=[*ids, UNKNOWN])
    assert refused.startswith("`uris` is too long: at most 50.")


async def test_nothing_usable_is_an_error(ada: Door) -> None:
    assert "[invalid_input]" in await ada.refused("get_items", uris=["nonsense"])


async def test_spotify_down_is_said_plainly_and_may_be_retried(ada: Door) -> None:
    await ada.house.fault("server-error", "/v1/*", status=503)
    for tool, arguments in (("search", {"query": "a"}), ("get_items", {"uris": [UNKNOWN]})):
        refused = await ada.refused(tool, **arguments)
        assert refused.endswith("[spotify_unavailable]")
        assert "Try again in a moment." in refused


async def test_one_flaky_refusal_of_a_good_token_goes_unnoticed(ada: Door) -> None:
    await ada.house.fault("unauthorized", "/v1/search", times=1)
    assert (await ada.ask("search", query="a")).startswith("tracks 1-10")


async def test_a_token_that_stays_refused_is_an_error_to_act_on(ada: Door) -> None:
    await ada.house.fault("unauthorized", "/v1/search")
    refused = await ada.refused("search", query="a")
    assert refused.endswith(("[spotify_token_refused]", "[reauthorization_required]"))


async def test_a_quota_that_is_used_up_says_when_it_is_free_again(ada: Door) -> None:
    await ada.house.fault("quota", "/v1/search", retry_after=3_600)
    refused = await ada.refused("search", query="a")
    assert "Come back in 3600 s. [spotify_quota_exceeded]" in refused


async def test_garbage_from_spotify_is_no_answer(ada: Door) -> None:
    await ada.house.fault("garbage", "/v1/search", body="<html>oops</html>")
    assert (await ada.refused("search", query="a")).endswith("[spotify_answer_malformed]")
