"""Whoever shows Spotify's content to a person can link every thing back to where it is from."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastmcp import Client

from auxcord.caller import Permission
from auxcord.spotify.uris import parse
from auxcord.tools import TOOLSETS
from auxcord.tools.structured import structured
from tests.tools.door import Door, House
from tests.tools.shelves import playlist, tracks

pytestmark = pytest.mark.anyio

SHOWING = {spec.name: spec for toolset in TOOLSETS for spec in toolset if spec.shows}
WITHOUT_CONTENT = {"get_account", "connect_account", "disconnect_account", "list_devices"}
"""Tools that only need reading and show nothing of Spotify's."""
OF_NAMES_GIVEN = {"match_tracks", "check_library"}
"""Tools that say something about what the model has named; get_items shows it, with links."""


def test_every_tool_that_only_shows_things_can_be_asked_for_links() -> None:
    reading = {spec.name for toolset in TOOLSETS for spec in toolset if spec.needs is Permission.READ}
    assert set(SHOWING) == reading - WITHOUT_CONTENT - OF_NAMES_GIVEN
    assert all("links" in spec.bind().parameters["properties"] for spec in SHOWING.values())


def asked(house: House) -> Iterator[tuple[str, dict[str, Any]]]:
    catalogue = house.world.catalogue
    yield "search", {"query": "harbour", "types": ["track", "album", "artist", "playlist", "show", "episode"]}
    kinds = [f"spotify:{kind}:{next(iter(getattr(catalogue, f'{kind}s')))}" for kind in ("album", "show")]
    yield "get_items", {"uris": [*kinds, *tracks(house, 3)]}
    yield "open_item", {"uri": kinds[0]}
    yield "get_playlist", {"playlist": "Sunday slow"}
    yield "get_playlist", {"playlist": "Sunday slow", "form": "details"}
    yield from (("list_library", {"kind": kind}) for kind in ("tracks", "artists", "playlists", "shows"))
    yield "get_top_items", {"kind": "artists"}
    yield "get_recently_played", {}


async def test_each_row_ends_with_the_address_of_what_it_shows(ada: Door) -> None:
    for tool, arguments in asked(ada.house):
        plain = (await ada.ask(tool, **arguments)).splitlines()
        linked = (await ada.ask(tool, **arguments, links=True)).splitlines()
        assert len(plain) == len(linked)
        rows = 0
        for without, line in zip(plain, linked, strict=True):
            if without.count("|") < 2:
                assert re.sub(r" https://open\.spotify\.com/\w+/\w+", "", line).startswith(without[:20])
            elif without.endswith("|uri"):
                assert line == f"{without}|link"
            else:
                rows += 1
                assert line == f"{without}|{parse(without.rsplit('|', 1)[1]).link}"
        assert rows, (tool, arguments, linked)
        assert "open.spotify.com" not in "\n".join(plain)


async def test_what_is_on_no_page_of_spotifys_has_an_empty_link(ada: Door) -> None:
    name = next(
        found.name
        for found in ada.house.world.playlists.values()
        if any(entry.uri.startswith("spotify:local:") for entry in found.entries)
    )
    text = await ada.ask("get_playlist", playlist=name, links=True)
    local = [line for line in text.splitlines() if "|spotify:local:" in line]
    assert local
    assert all(line.endswith("|") for line in local)
    (shown,) = structured(await ada.ask("get_playlist", playlist=name))["lists"]
    without = [row["uri"] for row in shown["rows"] if not row["link"]]
    assert "" in without, "an item that Spotify no longer shows is in that list, too"
    assert all(uri.startswith("spotify:local:") for uri in without if uri)


async def test_what_plays_and_what_comes_next_is_linked_in_its_sentence(ada: Door) -> None:
    wanted = tracks(ada.house, 3)
    await ada.ask("play", uris=wanted)
    playing = (await ada.ask("get_playback", links="true")).splitlines()[0]
    assert f"({wanted[0]} {parse(wanted[0]).link})" in playing
    queue = await ada.ask("get_queue", links=True)
    for uri in wanted:
        assert f"({uri} {parse(uri).link})" in queue


async def test_a_cursor_goes_on_with_links_or_without(ada: Door) -> None:
    first = await ada.ask("list_library", kind="tracks", limit=2, links=True)
    cursor = first.rsplit("more: cursor=", 1)[1]
    second = await ada.ask("list_library", kind="tracks", limit=2, cursor=cursor)
    assert "open.spotify.com" not in second
    both = await ada.ask("list_library", kind="tracks", limit=4)
    assert second.splitlines()[1:3] == both.splitlines()[3:5]


async def test_data_for_user_interfaces_has_links_without_being_asked(house: House) -> None:
    server, _ = await house.server("ada", as_data=True)
    async with Client(server) as client:
        answer = await client.call_tool("get_playlist", {"playlist": playlist(house, "Sunday slow")})
        assert answer.content == []
        rows = answer.structured_content["lists"][0]["rows"]
        assert rows
        assert all(row["link"] == parse(row["uri"]).link for row in rows)
        uri = tracks(house, 1)[0]
        said = (await client.call_tool("play", {"uris": [uri]})).structured_content["said"]
        assert f"({uri} {parse(uri).link})" in said[0]


async def test_tables_of_two_kinds_with_as_many_columns_stay_two(ada: Door) -> None:
    catalogue = ada.house.world.catalogue
    mine, show = playlist(ada.house, "Sunday slow"), f"spotify:show:{next(iter(catalogue.shows))}"
    answer = structured(await ada.ask("get_items", uris=[mine, show]))
    assert [(found["of"], len(found["rows"])) for found in answer["lists"]] == [
        ("playlists", 1),
        ("shows", 1),
    ]
