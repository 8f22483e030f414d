"""Changing the rows of a playlist: add, replace, reorder, remove, and merging with older versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import CLIENT_ID, ORIGIN, HandClock

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio


class Bench:
    """A playlist of Ada's with the tracks a, b, c, d, e, and a short way to speak of its rows."""

    def __init__(self, client: httpx2.AsyncClient, app: Starlette) -> None:
        self.client = client
        ids = list(app.state.simulation.world.catalogue.tracks)
        self.uris = {letter: f"spotify:track:{ids[number]}" for number, letter in enumerate("abcdefgh")}
        self.letters = {uri: letter for letter, uri in self.uris.items()}
        self.path = ""

    async def begin(self, rows: str) -> str:
        made = (await self.client.post("me/playlists", json={"name": "Bench"})).json()
        self.path = f"playlists/{made['id']}/items"
        return str((await self.add(rows)).json()["snapshot_id"]) if rows else str(made["snapshot_id"])

    async def add(self, rows: str, **more: Any) -> httpx2.Response:
        return await self.client.post(
            self.path, json={"uris": [self.uris[letter] for letter in rows], **more}
        )

    async def put(self, **body: Any) -> httpx2.Response:
        return await self.client.put(self.path, json=body)

    async def remove(self, rows: str, **more: Any) -> httpx2.Response:
        body = {"items": [{"uri": self.uris[letter]} for letter in rows], **more}
        return await self.client.request("DELETE", self.path, json=body)

    async def rows(self) -> str:
        page = (await self.client.get(self.path, params={"limit": 50})).json()
        return "".join(self.letters[row["item"]["uri"]] for row in page["items"])


@pytest.fixture
def bench(ada: httpx2.AsyncClient, app: Starlette) -> Bench:
    return Bench(ada, app)


async def test_rows_are_added_at_the_end_or_at_a_position(bench: Bench) -> None:
    await bench.begin("ab")
    answer = await bench.add("cc")
    assert (answer.status_code, list(answer.json())) == (201, ["snapshot_id"])
    await bench.add("d", position=0)
    await bench.add("e", position=2)
    assert await bench.rows() == "daebcc"


async def test_the_query_overrides_the_body(bench: Bench) -> None:
    await bench.begin("a")
    both = {"uris": f"{bench.uris['b']},{bench.uris['c']}", "position": "0"}
    await bench.client.post(bench.path, params=both, json={"uris": [bench.uris["d"]]})
    assert await bench.rows() == "bca"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"uris": []}, 400),
        ({"uris": "spotify:track:x"}, 400),
        ({"uris": ["spotify:track:short"]}, 400),
        ({"uris": ["spotify:album:" + "0" * 22]}, 400),
        ({"uris": ["spotify:local:a:b:c:1"]}, 400),
        ({"uris": ["spotify:track:" + "0" * 22]}, 404),
        ({"uris": [None]}, 400),
    ],
)
async def test_what_cannot_be_added(bench: Bench, body: dict[str, Any], status: int) -> None:
    await bench.begin("ab")
    assert (await bench.client.post(bench.path, json=body)).status_code == status
    assert await bench.rows() == "ab"


@pytest.mark.parametrize("position", [-1, 3, "0", 1.5, True])
async def test_positions_outside_the_list_are_refused(bench: Bench, position: Any) -> None:
    await bench.begin("ab")
    assert (await bench.add("c", position=position)).status_code == 400


async def test_a_hundred_at_a_time_and_no_more(bench: Bench) -> None:
    await bench.begin("")
    assert (await bench.add("a" * 100)).status_code == 201
    assert (await bench.add("a" * 101)).status_code == 400
    assert (await bench.put(uris=[bench.uris["a"]] * 101)).status_code == 400
    assert (await bench.remove("a" * 101)).status_code == 400


async def test_episodes_can_be_added(bench: Bench, app: Starlette) -> None:
    await bench.begin("a")
    episode = f"spotify:episode:{next(iter(app.state.simulation.world.catalogue.episodes))}"
    assert (await bench.client.post(bench.path, json={"uris": [episode]})).status_code == 201


async def test_a_full_playlist_takes_no_more(ada: httpx2.AsyncClient, app: Starlette, bench: Bench) -> None:
    await bench.begin("a")
    playlist = app.state.simulation.world.playlists[bench.path.split("/")[1]]
    playlist.commit(0.0, list(playlist.entries) * 9_950)
    assert (await bench.add("a" * 51)).status_code == 400
    assert (await bench.add("a" * 50)).status_code == 201


async def test_replacing_sets_the_rows_and_an_empty_list_clears(bench: Bench) -> None:
    await bench.begin("abc")
    answer = await bench.put(uris=[bench.uris["d"], bench.uris["d"]])
    assert (answer.status_code, list(answer.json())) == (200, ["snapshot_id"])
    assert await bench.rows() == "dd"
    await bench.client.put(bench.path, params={"uris": bench.uris["e"]})
    assert await bench.rows() == "e"
    await bench.put(uris=[])
    assert await bench.rows() == ""


@pytest.mark.parametrize(
    ("start", "before", "length", "rows"),
    [
        (0, 5, 1, "bcdea"),
        (4, 0, 1, "eabcd"),
        (0, 3, 2, "cabde"),
        (3, 1, 2, "adebc"),
        (1, 1, 2, "abcde"),
        (1, 2, 2, "abcde"),
        (1, 3, 2, "abcde"),
        (0, 5, 5, "abcde"),
        (2, 0, None, "cabde"),
    ],
)
async def test_a_range_moves_before_an_index_of_the_old_list(
    bench: Bench, start: int, before: int, length: int | None, rows: str
) -> None:
    await bench.begin("abcde")
    body = {"range_start": start, "insert_before": before}
    answer = await bench.put(**body if length is None else {**body, "range_length": length})
    assert answer.status_code == 200
    assert await bench.rows() == rows


@pytest.mark.parametrize(
    "body",
    [
        {"range_start": 5, "insert_before": 0},
        {"range_start": 0, "insert_before": 6},
        {"range_start": 0, "insert_before": 0, "range_length": 0},
        {"range_start": 3, "insert_before": 0, "range_length": 3},
        {"range_start": -1, "insert_before": 0},
        {"range_start": 0},
        {"insert_before": 0},
        {"range_start": "0", "insert_before": 2},
        {"range_start": 0, "insert_before": 2, "snapshot_id": "garbage"},
        {"range_start": 0, "insert_before": 2, "uris": []},
        {},
    ],
)
async def test_impossible_moves_are_refused(bench: Bench, body: dict[str, Any]) -> None:
    await bench.begin("abcde")
    assert (await bench.put(**body)).status_code == 400
    assert await bench.rows() == "abcde"


async def test_duplicates_move_one_by_one(bench: Bench) -> None:
    await bench.begin("aabaa")
    await bench.put(range_start=2, insert_before=0)
    assert await bench.rows() == "baaaa"


async def test_removing_takes_every_occurrence(bench: Bench) -> None:
    await bench.begin("abacad")
    answer = await bench.remove("ac")
    assert (answer.status_code, list(answer.json())) == (200, ["snapshot_id"])
    assert await bench.rows() == "bd"


async def test_local_files_cannot_be_removed_by_uri(ada: httpx2.AsyncClient, app: Starlette) -> None:
    playlist = next(
        p for p in app.state.simulation.world.playlists.values() if p.name == "Tapes and transfers"
    )
    local = next(entry.uri for entry in playlist.entries if entry.uri.startswith("spotify:local:"))
    body = {"items": [{"uri": local}]}
    assert (await ada.request("DELETE", f"playlists/{playlist.id}/items", json=body)).status_code == 400


@pytest.mark.parametrize(
    "body", [{}, {"items": []}, {"items": ["x"]}, {"items": [{"uri": 1}]}, {"tracks": [{"uri": "x"}]}]
)
async def test_bad_removals_are_refused(bench: Bench, body: dict[str, Any]) -> None:
    await bench.begin("ab")
    assert (await bench.client.request("DELETE", bench.path, json=body)).status_code == 400


async def test_moves_against_an_old_snapshot_go_by_the_old_positions(bench: Bench) -> None:
    old = await bench.begin("abcde")
    await bench.put(range_start=0, insert_before=5, snapshot_id=old)
    await bench.put(range_start=1, insert_before=5, snapshot_id=old)
    assert await bench.rows() == "cdeab"


async def test_a_change_against_an_old_snapshot_keeps_newer_changes(bench: Bench) -> None:
    old = await bench.begin("abc")
    await bench.add("ad", position=0)
    await bench.remove("a", snapshot_id=old)
    assert await bench.rows() == "adbc"
    await bench.put(range_start=2, insert_before=0, snapshot_id=old)
    assert await bench.rows() == "adcb"


async def test_the_snapshot_a_read_showed_can_be_named(bench: Bench, clock: HandClock) -> None:
    await bench.begin("abc")
    shown = (await bench.client.get(bench.path.removesuffix("/items"))).json()["snapshot_id"]
    assert (await bench.put(range_start=0, insert_before=3, snapshot_id=shown)).status_code == 200
    clock.now += 60
    assert await bench.rows() == "bca"


async def test_items_may_lag_behind_when_told_to(bench: Bench, clock: HandClock) -> None:
    await bench.begin("ab")
    await bench.client.post(f"{ORIGIN}/_simulator/settings", json={"items_lag": 0.6})
    clock.now += 1
    await bench.add("c")
    assert await bench.rows() == "ab"
    clock.now += 0.6
    assert await bench.rows() == "abc"


async def test_the_old_path_has_a_page_of_a_hundred_and_the_old_name(bench: Bench) -> None:
    await bench.begin("abc")
    await bench.client.post(
        f"{ORIGIN}/_simulator/apps", json={"client_id": CLIENT_ID, "profile": "legacy-development"}
    )
    path = bench.path.replace("items", "tracks")
    page = (await bench.client.get(path, params={"limit": 100})).json()
    assert page["limit"] == 100
    assert all("track" in row and "item" not in row for row in page["items"])
    await bench.client.request("DELETE", path, json={"tracks": [{"uri": bench.uris["b"]}]})
    await bench.client.post(path, json={"uris": [bench.uris["d"]]})
    await bench.client.put(path, json={"range_start": 0, "insert_before": 3})
    assert await bench.rows() == "cda"
