"""What the person saved, follows, made and heard."""

import pytest

from tests.tools.door import Door, House, cursor

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "kind", ["tracks", "albums", "playlists", "artists", "shows", "episodes", "audiobooks"]
)
async def test_every_kind_is_listed_with_uris(ada: Door, kind: str) -> None:
    rows = await ada.rows("list_library", kind=kind)
    assert rows
    singular = kind.removesuffix("s")
    assert all(row[-1].startswith(f"spotify:{singular}:") for row in rows)


async def test_kinds_are_understood_as_models_write_them(ada: Door) -> None:
    for written in ("Track", " songs ", "podcast", "ARTISTS"):
        await ada.ask("list_library", kind=written)
    refused = await ada.refused("list_library", kind="films")
    assert refused.startswith("`kind` must be one of 'tracks', 'albums'")


async def test_a_large_library_is_read_to_the_end_in_few_requests(ada: Door) -> None:
    seen, more = [], None
    while True:
        text = await ada.ask("list_library", kind="tracks", limit=200, cursor=more)
        seen += [line.rsplit("|", 1)[1] for line in text.splitlines() if "|spotify:" in line]
        if "more: cursor=" not in text:
            break
        more = cursor(text)
    requests = await ada.house.requests()
    print(f"10,000 saved tracks: {len(requests)} requests")  # noqa: T201
    assert len(seen) == len(set(seen)) == 10_000
    assert len(requests) <= 200


async def test_followed_artists_are_read_to_the_end(ada: Door) -> None:
    seen, more = [], None
    while True:
        text = await ada.ask("list_library", kind="artists", limit=50, cursor=more)
        seen += [line.rsplit("|", 1)[1] for line in text.splitlines() if "|spotify:" in line]
        if "more: cursor=" not in text:
            break
        more = cursor(text)
    assert len(seen) == len(set(seen)) == 120


async def test_what_spotify_hides_is_counted_and_skipped(ada: Door) -> None:
    text = await ada.ask("list_library", kind="playlists")
    assert ", 1 of them hidden: name|owner|items|uri" in text.splitlines()[0]


async def test_an_empty_library_says_so(house: House) -> None:
    async with house.door("dorothea") as dorothea:
        assert await dorothea.ask("list_library", kind="albums") == "The library holds no albums."
        assert await dorothea.ask("list_library", kind="artists") == "The library holds no artists."


async def test_a_cursor_of_another_kind_is_refused(ada: Door) -> None:
    more = cursor(await ada.ask("list_library", kind="tracks"))
    assert "[invalid_input]" in await ada.refused("list_library", kind="albums", cursor=more)
    assert "[invalid_input]" in await ada.refused("list_library", kind="tracks", cursor="nonsense")


async def test_a_limit_out_of_range_is_changed_and_told(ada: Door) -> None:
    assert "limit was set to 200" in await ada.ask("list_library", kind="tracks", limit=9_999)
    assert "limit was set to 50" in await ada.ask("list_library", kind="artists", limit=200)
    assert "limit was set to 1" in await ada.ask("get_recently_played", limit=-3)


async def test_recent_plays_come_newest_first_and_to_the_end(ada: Door) -> None:
    text = await ada.ask("get_recently_played", limit=20)
    assert text.startswith("tracks: played at (UTC)|title|artists|uri\n")
    times = [line.split("|")[0] for line in text.splitlines()[1:21]]
    assert times == sorted(times, reverse=True)
    more = await ada.ask("get_recently_played", limit=50, cursor=cursor(text))
    assert len([line for line in more.splitlines() if "|spotify:track:" in line]) == 30
    assert "more:" not in more


async def test_no_plays_is_an_answer(house: House) -> None:
    async with house.door("dorothea") as dorothea:
        assert await dorothea.ask("get_recently_played") == "Nothing was played recently."


async def test_a_consent_without_the_scope_says_where_to_widen_it(house: House) -> None:
    async with house.door("ada", scopes=["user-read-private"]) as ada:
        for tool, arguments in (("list_library", {"kind": "tracks"}), ("get_recently_played", {})):
            refused = await ada.refused(tool, **arguments)
            assert refused.endswith("Sign-in link: https://auxcord.example/ [insufficient_scope]")
