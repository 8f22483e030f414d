"""Jobs about what plays now and next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.jobs.job import job

if TYPE_CHECKING:
    from tests.jobs.stage import Listener


@job("What's playing?")
async def what_is_playing(ada: Listener) -> None:
    await ada.plays_already("Nine Bells")
    said = await ada.asks("get_playback")
    assert said.startswith("playing: Nine Bells - Tin Lanterns (spotify:track:")
    assert "Study laptop" in said


@job("Play some Tin Lanterns")
async def play_an_artist(ada: Listener) -> None:
    said = await ada.asks("play", query="some Tin Lanterns")
    assert ada.playback.item is not None
    assert ada.playback.item.artists[0].name == "Tin Lanterns"
    assert f"playing: {ada.playing} - Tin Lanterns" in said


@job("Pause")
async def pause(ada: Listener) -> None:
    await ada.plays_already()
    said = await ada.asks("pause")
    assert said.startswith("paused: Glass Harbour")
    assert not ada.playback.playing


@job("Skip this one, and tell me what comes after it")
async def skip(ada: Listener) -> None:
    await ada.plays_already()
    said = await ada.asks("skip")
    assert said.startswith("playing: Nine Bells")
    queue = await ada.asks("get_queue")
    assert ada.playing == "Nine Bells"
    assert "next:\nThe Cartographer's Daughter" in queue


@job("Turn it down to 20 and stop shuffling")
async def volume_and_shuffle(ada: Listener) -> None:
    await ada.plays_already(shuffle=True)
    said = await ada.asks("set_playback", volume=20, shuffle=False)
    assert "volume 20" in said
    assert "shuffle off" in said
    assert ada.playback.device is not None
    assert (ada.playback.device.volume, ada.playback.shuffle) == (20, False)


@job("Go on in the kitchen")
async def move(ada: Listener) -> None:
    await ada.plays_already()
    said = await ada.asks("transfer_playback", device="kitchen speaker", play=True)
    assert "device: Kitchen speaker" in said
    assert ada.playback.device is not None
    assert (ada.playback.device.name, ada.playing) == ("Kitchen speaker", "Glass Harbour")


@job("Go to one minute thirty")
async def seek(ada: Listener) -> None:
    await ada.plays_already()
    said = await ada.asks("seek", position="1:30")
    assert "at 1:30 of" in said
    assert 90_000 <= ada.playback.progress_ms(ada.simulation.now()) < 95_000


@job("Queue Low Water and Nine Bells by the Tin Lanterns")
async def queue_by_name(ada: Listener) -> None:
    await ada.plays_already("Glass Harbour")
    said = await ada.asks("add_to_queue", songs=["Tin Lanterns - Low Water", "Tin Lanterns - Nine Bells"])
    assert "verified: 2 items queued." in said
    assert [item.name for item in ada.playback.queue] == ["Low Water", "Nine Bells"]


@job("Shuffle my playlist Sunday slow")
async def play_my_playlist(ada: Listener) -> None:
    said = await ada.asks("play", query="Sunday slow", kind="playlist", shuffle=True)
    assert ada.playback.context is not None
    assert str(ada.playback.context) == ada.playlists["Sunday slow"]
    assert ada.playback.shuffle
    assert "shuffle on" in said


@job("Play Harbour Songs from the third song, in the living room")
async def play_an_album_from(ada: Listener) -> None:
    said = await ada.asks("play", query="Harbour Songs", kind="album", start=3, device="Living room TV")
    assert ada.playing == "The Cartographer's Daughter"
    assert "playing: The Cartographer's Daughter" in said
    assert "device: Living room TV" in said


LISTENING = (
    what_is_playing,
    play_an_artist,
    pause,
    skip,
    volume_and_shuffle,
    move,
    seek,
    queue_by_name,
    play_my_playlist,
    play_an_album_from,
)
