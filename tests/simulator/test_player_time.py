"""The player as time passes: delays, endings, sleep, and how commands answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import ORIGIN, HandClock, SignedIn
from .stage import NO_DEVICE, Stage, songs

if TYPE_CHECKING:
    from starlette.applications import Starlette

pytestmark = pytest.mark.anyio


async def test_a_read_right_after_a_command_shows_the_old_state(stage: Stage) -> None:
    assert (await stage.client.put("me/player/play")).status_code == 204
    assert (await stage.state())["is_playing"] is False
    stage.clock.now += 0.19
    assert (await stage.state())["is_playing"] is False
    stage.clock.now += 0.02
    assert (await stage.state())["is_playing"] is True


async def test_the_delay_is_a_setting(stage: Stage) -> None:
    await stage.client.post(f"{ORIGIN}/_simulator/settings", json={"player_lag": 0})
    assert (await stage.client.put("me/player/play")).status_code == 204
    assert (await stage.state())["is_playing"] is True


async def test_commands_go_by_the_true_state_not_by_what_reads_show(stage: Stage) -> None:
    assert (await stage.client.put("me/player/play")).status_code == 204
    assert (await stage.client.put("me/player/pause")).status_code == 204
    assert (await stage.client.put("me/player/pause")).status_code == 403


async def test_time_carries_the_music_on(stage: Stage, app: Starlette) -> None:
    uris = songs(app, 3)
    await stage.do("PUT", "/play", json={"uris": uris})
    stage.clock.now += 10
    assert 10_000 <= (await stage.state())["progress_ms"] <= 10_400
    first = (await stage.state())["item"]
    stage.clock.now += first["duration_ms"] / 1000
    assert await stage.item() == uris[1]
    stage.clock.now += 2_000
    state = await stage.state()
    assert (state["is_playing"], state["item"]["uri"]) == (False, uris[2])
    plays = (await stage.client.get("me/player/recently-played?limit=3")).json()["items"]
    assert [entry["track"]["uri"] for entry in plays] == [uris[2], uris[1], uris[0]]


async def test_repeat_goes_round(stage: Stage, app: Starlette) -> None:
    uris = songs(app, 2)
    await stage.do("PUT", "/play", json={"uris": uris})
    await stage.do("PUT", "/repeat?state=track")
    stage.clock.now += 3_000
    state = await stage.state()
    assert (state["is_playing"], state["item"]["uri"]) == (True, uris[0])


async def test_a_paused_device_falls_asleep(stage: Stage) -> None:
    stage.clock.now += 1_801
    assert (await stage.client.get("me/player")).status_code == 204
    assert await stage.do("PUT", "/play", 404) == NO_DEVICE
    laptop = (await stage.devices())["Study laptop"]["id"]
    await stage.do("PUT", f"/play?device_id={laptop}")
    assert (await stage.state())["progress_ms"] >= 41_000


async def test_a_device_that_goes_away_takes_the_playback_with_it(stage: Stage) -> None:
    await stage.do("PUT", "/play")
    body = {"user": "ada", "devices": [{"name": "Study laptop", "online": False}]}
    await stage.client.post(f"{ORIGIN}/_simulator/player", json=body)
    assert (await stage.client.get("me/player")).status_code == 204
    assert "Study laptop" not in await stage.devices()


async def test_listening_to_an_episode_leaves_a_resume_point(signed_in: SignedIn, clock: HandClock) -> None:
    stage = Stage(await signed_in("emi"), clock)
    clock.now += 60
    await stage.do("PUT", "/pause")
    item = (await stage.state())["item"]
    assert item["resume_point"] == {"fully_played": False, "resume_position_ms": 101_000}


# --- answers --------------------------------------------------------------------------------------


async def test_commands_may_answer_with_text_that_means_nothing(stage: Stage) -> None:
    await stage.client.post(f"{ORIGIN}/_simulator/settings", json={"player_answers": "opaque"})
    answer = await stage.client.put("me/player/play")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        answer.json()


async def test_commands_may_answer_by_turns(stage: Stage) -> None:
    await stage.client.post(f"{ORIGIN}/_simulator/settings", json={"player_answers": "mixed"})
    volumes = [await stage.client.put(f"me/player/volume?volume_percent={n}") for n in range(4)]
    assert sorted(answer.status_code for answer in volumes) == [200, 200, 204, 204]
