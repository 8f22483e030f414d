"""The player: commands, refusals, time passing, and the delay before a change shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .stage import NO_DEVICE, RESTRICTED, Stage, songs

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from .conftest import HandClock, SignedIn

pytestmark = pytest.mark.anyio
COMMANDS: list[tuple[str, str, dict[str, Any]]] = [
    ("PUT", "me/player/play", {}),
    ("PUT", "me/player/pause", {}),
    ("POST", "me/player/next", {}),
    ("POST", "me/player/previous", {}),
    ("PUT", "me/player/seek?position_ms=1000", {}),
    ("PUT", "me/player/repeat?state=track", {}),
    ("PUT", "me/player/shuffle?state=true", {}),
    ("PUT", "me/player/volume?volume_percent=10", {}),
    ("POST", "me/player/queue?uri=spotify:track:" + "0" * 22, {}),
]


# --- what a read shows ----------------------------------------------------------------------------


async def test_the_state_tells_device_item_and_progress(stage: Stage) -> None:
    state = await stage.state()
    assert state["device"]["name"] == "Study laptop"
    assert (state["is_playing"], state["progress_ms"], state["repeat_state"]) == (False, 41_000, "off")
    assert state["context"]["type"] == "album"
    assert state["currently_playing_type"] == "track"
    assert state["actions"] == {"disallows": {"pausing": True}}
    current = (await stage.client.get("me/player/currently-playing")).json()
    assert not {"device", "repeat_state", "shuffle_state"} & current.keys()


async def test_without_an_active_device_there_is_no_content(signed_in: SignedIn) -> None:
    bram = await signed_in("bram")
    for path in ("me/player", "me/player/currently-playing"):
        answer = await bram.get(path)
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await bram.get("me/player/queue")).json() == {"currently_playing": None, "queue": []}
    assert [device["is_active"] for device in (await bram.get("me/player/devices")).json()["devices"]] == [
        False,
        False,
    ]


async def test_somebody_without_devices_has_an_empty_list(signed_in: SignedIn) -> None:
    assert (await (await signed_in("dorothea")).get("me/player/devices")).json() == {"devices": []}


async def test_an_episode_is_shown_only_to_those_who_know_episodes(signed_in: SignedIn) -> None:
    emi = await signed_in("emi")
    plain = (await emi.get("me/player")).json()
    assert (plain["item"], plain["currently_playing_type"]) == (None, "episode")
    full = (await emi.get("me/player?additional_types=episode")).json()
    assert full["item"]["type"] == "episode"


async def test_the_queue_holds_what_was_queued_and_then_the_context(signed_in: SignedIn) -> None:
    queue = (await (await signed_in("farid")).get("me/player/queue")).json()
    assert queue["currently_playing"]["type"] == "track"
    assert 3 < len(queue["queue"]) <= 20


# --- commands -------------------------------------------------------------------------------------


async def test_playing_and_pausing_alternate(stage: Stage) -> None:
    assert await stage.do("PUT", "/pause", 403) == RESTRICTED
    await stage.do("PUT", "/play")
    assert (await stage.state())["is_playing"] is True
    assert await stage.do("PUT", "/play", 403) == RESTRICTED
    await stage.do("PUT", "/pause")
    assert (await stage.state())["is_playing"] is False


@pytest.mark.parametrize(("method", "path", "more"), COMMANDS)
async def test_commands_without_an_active_device_are_refused(
    signed_in: SignedIn, method: str, path: str, more: dict[str, Any]
) -> None:
    answer = await (await signed_in("bram")).request(method, path, **more)
    assert (answer.status_code, answer.json()["error"]) == (404, NO_DEVICE)


@pytest.mark.parametrize(
    ("method", "path", "more"), [*COMMANDS, ("PUT", "me/player", {"json": {"device_ids": ["x"]}})]
)
async def test_commands_are_for_premium_listeners(
    signed_in: SignedIn, method: str, path: str, more: dict[str, Any]
) -> None:
    answer = await (await signed_in("chidi")).request(method, path, **more)
    assert answer.status_code == 403
    assert answer.json()["error"] == {
        "status": 403, "message": "Player command failed: Premium required", "reason": "PREMIUM_REQUIRED",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "more"), [command for command in COMMANDS if "queue" not in command[1]]
)
async def test_unknown_and_restricted_devices_are_refused(
    stage: Stage, method: str, path: str, more: dict[str, Any]
) -> None:
    joint = "&" if "?" in path else "?"
    answer = await stage.client.request(method, f"{path}{joint}device_id=nobody", **more)
    assert (answer.status_code, answer.json()["error"]) == (
        404,
        {"status": 404, "message": "Device not found"},
    )
    car = (await stage.devices())["Car"]["id"]
    answer = await stage.client.request(method, f"{path}{joint}device_id={car}", **more)
    assert (answer.status_code, answer.json()["error"]) == (403, RESTRICTED)


async def test_playing_on_an_idle_device_wakes_it(
    signed_in: SignedIn, clock: HandClock, app: Starlette
) -> None:
    stage = Stage(await signed_in("bram"), clock)
    phone = (await stage.devices())["Bram's phone"]["id"]
    await stage.do("PUT", f"/play?device_id={phone}", json={"uris": songs(app, 2, "NL")})
    state = await stage.state()
    assert (state["device"]["id"], state["is_playing"]) == (phone, True)
    assert (await stage.devices())["Bram's phone"]["is_active"] is True


async def test_there_must_be_something_to_resume(signed_in: SignedIn, clock: HandClock) -> None:
    stage = Stage(await signed_in("bram"), clock)
    phone = (await stage.devices())["Bram's phone"]["id"]
    assert await stage.do("PUT", f"/play?device_id={phone}", 403) == RESTRICTED


async def test_listed_tracks_play_in_order(stage: Stage, app: Starlette) -> None:
    uris = songs(app, 3)
    await stage.do("PUT", "/play", json={"uris": uris})
    assert (await stage.state())["context"] is None
    for uri in uris[1:]:
        await stage.do("POST", "/next")
        assert await stage.item() == uri
    assert await stage.do("POST", "/next", 403) == RESTRICTED
    await stage.do("POST", "/previous")
    assert await stage.item() == uris[1]
    await stage.do("POST", "/previous")
    assert await stage.do("POST", "/previous", 403) == RESTRICTED


async def test_a_context_plays_from_an_offset(stage: Stage, app: Starlette) -> None:
    albums = app.state.simulation.world.catalogue.albums.values()
    album = next(a for a in albums if len(a.tracks) > 5 and all("GB" in t.markets for t in a.tracks))
    context = f"spotify:album:{album.id}"
    await stage.do(
        "PUT", "/play", json={"context_uri": context, "offset": {"position": 3}, "position_ms": 5_000}
    )
    state = await stage.state()
    assert (state["item"]["id"], state["context"]["uri"]) == (album.tracks[3].id, context)
    assert 5_000 <= state["progress_ms"] < 6_000
    uri = f"spotify:track:{album.tracks[4].id}"
    await stage.do("PUT", "/play", json={"context_uri": context, "offset": {"uri": uri}})
    assert await stage.item() == uri


async def test_a_position_past_the_end_means_the_next_item(stage: Stage, app: Starlette) -> None:
    uris = songs(app, 2)
    await stage.do("PUT", "/play", json={"uris": uris, "position_ms": 10_000_000})
    assert await stage.item() == uris[1]
    await stage.do("PUT", "/play", json={"uris": uris})
    await stage.do("PUT", "/seek?position_ms=10000000")
    assert await stage.item() == uris[1]
    await stage.do("PUT", "/seek?position_ms=7000")
    assert 7_000 <= (await stage.state())["progress_ms"] < 8_000


async def test_positions_in_a_playlist_count_rows_that_do_not_play(stage: Stage, app: Starlette) -> None:
    playlist = next(
        p for p in app.state.simulation.world.playlists.values() if p.name == "Tapes and transfers"
    )
    rows, context = playlist.entries, f"spotify:playlist:{playlist.id}"
    place = len(rows) - 1
    await stage.do("PUT", "/play", json={"context_uri": context, "offset": {"position": place}})
    assert await stage.item() == rows[place].uri
    gone = next(n for n, row in enumerate(rows) if row.item is None)
    body = {"context_uri": context, "offset": {"position": gone}}
    assert await stage.do("PUT", "/play", 403, json=body) == RESTRICTED


async def test_a_relinked_id_is_not_found_in_its_context(stage: Stage, app: Starlette) -> None:
    tracks = app.state.simulation.world.catalogue.tracks.values()
    track = next(t for t in tracks if t.twin and "GB" in t.twin.markets and t.album is not t.twin.album)
    place = track.album.tracks.index(track)
    context = f"spotify:album:{track.album.id}"
    body = {"context_uri": context, "offset": {"uri": f"spotify:track:{track.twin.id}"}}
    assert await stage.do("PUT", "/play", 403, json=body) == RESTRICTED
    await stage.do("PUT", "/play", json={"context_uri": context, "offset": {"position": place}})
    assert await stage.item() == f"spotify:track:{track.twin.id}"


async def test_what_does_not_play_here_is_refused_or_skipped(stage: Stage, app: Starlette) -> None:
    tracks = app.state.simulation.world.catalogue.tracks.values()
    missing = next(f"spotify:track:{t.id}" for t in tracks if "GB" not in t.markets and not t.twin)
    assert await stage.do("PUT", "/play", 403, json={"uris": [missing]}) == RESTRICTED
    first = songs(app, 1)[0]
    await stage.do("PUT", "/play", json={"uris": [missing, first]})
    assert await stage.item() == first


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"uris": ["garbage"]}, 400),
        ({"uris": "spotify:track:" + "0" * 22}, 400),
        ({"uris": ["spotify:track:" + "0" * 22]}, 404),
        ({"context_uri": "spotify:track:" + "0" * 22}, 400),
        ({"context_uri": "spotify:album:" + "0" * 22}, 404),
        ({"context_uri": "spotify:album:" + "0" * 22, "uris": ["spotify:track:" + "0" * 22]}, 400),
        ({"position_ms": -1, "uris": ["x"]}, 400),
        ([], 400),
        ("play", 400),
    ],
)
async def test_impossible_starts_are_refused(stage: Stage, body: Any, status: int) -> None:
    await stage.do("PUT", "/play", status, json=body)


@pytest.mark.parametrize("offset", [{"position": -1}, {"position": "x"}, {}, [], {"uri": "garbage"}])
async def test_bad_offsets_are_refused(stage: Stage, app: Starlette, offset: Any) -> None:
    album = next(iter(app.state.simulation.world.catalogue.albums))
    await stage.do("PUT", "/play", 400, json={"context_uri": f"spotify:album:{album}", "offset": offset})


async def test_an_artist_has_no_offset(stage: Stage, app: Starlette) -> None:
    artist = f"spotify:artist:{next(iter(app.state.simulation.world.catalogue.artists))}"
    error = await stage.do("PUT", "/play", 400, json={"context_uri": artist, "offset": {"position": 1}})
    assert error == {"status": 400, "message": "Can't have offset for context type: ARTIST"}
    await stage.do("PUT", "/play", json={"context_uri": artist})
    assert (await stage.state())["context"]["uri"] == artist


async def test_queued_items_come_before_the_context(stage: Stage, app: Starlette) -> None:
    uris = songs(app, 4)
    await stage.do("PUT", "/play", json={"uris": uris[:2]})
    await stage.do("POST", f"/queue?uri={uris[2]}")
    await stage.do("POST", f"/queue?uri={uris[3]}")
    queue = (await stage.client.get("me/player/queue")).json()["queue"]
    assert [item["uri"] for item in queue] == [uris[2], uris[3], uris[1]]
    seen = []
    for _ in range(3):
        await stage.do("POST", "/next")
        seen.append(await stage.item())
    assert seen == [uris[2], uris[3], uris[1]]


@pytest.mark.parametrize(
    ("uri", "status"), [("", 400), ("spotify:album:" + "0" * 22, 400), ("spotify:track:" + "0" * 22, 404)]
)
async def test_other_things_cannot_be_queued(stage: Stage, uri: str, status: int) -> None:
    await stage.do("POST", f"/queue?uri={uri}", status)


async def test_repeat_and_shuffle_can_be_set(stage: Stage, app: Starlette) -> None:
    uris = songs(app, 12)
    await stage.do("PUT", "/play", json={"uris": uris})
    await stage.do("PUT", "/shuffle?state=true")
    state = await stage.state()
    assert (state["shuffle_state"], state["item"]["uri"]) == (True, uris[0])
    shuffled = [item["uri"] for item in (await stage.client.get("me/player/queue")).json()["queue"]]
    assert sorted(shuffled) == sorted(uris[1:])
    assert shuffled != uris[1:]
    await stage.do("PUT", "/shuffle?state=false")
    assert [i["uri"] for i in (await stage.client.get("me/player/queue")).json()["queue"]] == uris[1:]
    await stage.do("PUT", "/repeat?state=context")
    assert (await stage.state())["repeat_state"] == "context"
    await stage.do("POST", "/previous")
    assert await stage.item() == uris[-1]


@pytest.mark.parametrize(
    "path",
    ["/repeat", "/repeat?state=on", "/shuffle?state=1", "/seek", "/seek?position_ms=-1",
     "/seek?position_ms=x", "/volume", "/volume?volume_percent=101", "/volume?volume_percent=x"],
)  # fmt: skip
async def test_bad_values_are_refused(stage: Stage, path: str) -> None:
    await stage.do("PUT", path, 400)


async def test_volume_is_set_where_it_can_be(stage: Stage) -> None:
    await stage.do("PUT", "/volume?volume_percent=17")
    assert (await stage.state())["device"]["volume_percent"] == 17
    devices = await stage.devices()
    await stage.do("PUT", f"/volume?volume_percent=3&device_id={devices['Kitchen speaker']['id']}")
    assert (await stage.devices())["Kitchen speaker"]["volume_percent"] == 3
    error = await stage.do(
        "PUT", f"/volume?volume_percent=3&device_id={devices['Living room TV']['id']}", 403
    )
    assert error is not None
    assert error["reason"] == "VOLUME_CONTROL_DISALLOW"


async def test_playback_moves_to_another_device(stage: Stage) -> None:
    devices = await stage.devices()
    kitchen = devices["Kitchen speaker"]["id"]
    await stage.do("PUT", "", json={"device_ids": [kitchen]})
    state = await stage.state()
    assert (state["device"]["id"], state["is_playing"], state["progress_ms"]) == (kitchen, False, 41_000)
    await stage.do("PUT", "", json={"device_ids": [devices["Study laptop"]["id"]], "play": True})
    assert (await stage.state())["is_playing"] is True


@pytest.mark.parametrize(
    ("ids", "status"), [([], 400), (["a", "b"], 400), (["nobody"], 404), ("x", 400), (None, 400)]
)
async def test_playback_moves_to_exactly_one_device_that_exists(stage: Stage, ids: Any, status: int) -> None:
    await stage.do("PUT", "", status, json={} if ids is None else {"device_ids": ids})
