"""Jobs about finding out what there is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.jobs.job import job

if TYPE_CHECKING:
    from tests.jobs.stage import Listener


def uris(text: str, kind: str) -> list[str]:
    """The URIs of a kind in an answer, as a model copies them from it."""
    return re.findall(rf"spotify:{kind}:\w{{22}}", text)


@job("Who sings Glass Harbour?")
async def who_sings(ada: Listener) -> None:
    said = await ada.asks("search", query="Glass Harbour")
    assert "Glass Harbour|Tin Lanterns|Harbour Songs|" in said
    assert "Glass Harbour|Ödet & Vågor|" in said


@job("What's on the album Harbour Songs?")
async def album_tracks(ada: Listener) -> None:
    found = await ada.asks("search", query="Harbour Songs", types="album", limit=3)
    said = await ada.asks("open_item", uri=uris(found, "album")[0])
    for track in ada.album("Harbour Songs").tracks:
        assert f"spotify:track:{track.id}" in said


@job("Which albums has Inês Vasqueirão made?")
async def albums_of_an_artist(ada: Listener) -> None:
    found = await ada.asks("search", query="Inês Vasqueirão", types="artist", limit=1)
    said = await ada.asks("open_item", uri=uris(found, "artist")[0])
    assert "Água Clara|Inês Vasqueirão|album|2018-10-12|" in said


@job("Play the newest episode of the first podcast I follow")
async def newest_episode(ada: Listener) -> None:
    shows = await ada.asks("list_library", kind="shows", limit=1)
    episodes = await ada.asks("open_item", uri=uris(shows, "show")[0], limit=1)
    said = await ada.asks("play", uris=uris(episodes, "episode")[0])
    assert ada.playing in said
    newest = ada.simulation.world.catalogue.shows[ada.saved("show")[0].rsplit(":", 1)[1]].episodes[0]
    assert ada.playing == newest.name


@job("Which of these fifty songs are on Spotify?")
async def fifty_lines(ada: Listener) -> None:
    said = await ada.asks("match_tracks", songs="\n".join(ada.songs(50)))
    assert said.startswith("sure 50 of 50 lines")
    assert len(uris(said, "track")) == 50


SEARCHING = (who_sings, album_tracks, albums_of_an_artist, newest_episode, fifty_lines)
