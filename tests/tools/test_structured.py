"""Structured answers say the same as the text does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest

from auxcord.tools.structured import SCHEMA, structured
from tests.tools.shelves import playlist, tracks

if TYPE_CHECKING:
    from tests.tools.door import Door

pytestmark = pytest.mark.anyio


async def test_a_search_becomes_lists_by_kind(ada: Door) -> None:
    text = await ada.ask("search", query="glass harbour", types=["track", "artist", "album"], limit=3)
    answer = structured(text)
    jsonschema.validate(answer, SCHEMA)
    assert [found["of"] for found in answer["lists"]] == ["tracks", "artists", "albums"]
    first = answer["lists"][0]["rows"][0]
    assert first["title"] == "Glass Harbour"
    assert first["uri"].startswith("spotify:track:")
    assert answer["cursor"]
    assert answer["said"] == []


async def test_rows_and_sentences_of_a_playlist_are_kept_apart(ada: Door) -> None:
    text = await ada.ask("get_playlist", playlist=playlist(ada.house, "Sunday slow"), form="details")
    answer = structured(text)
    jsonschema.validate(answer, SCHEMA)
    (rows,) = [found["rows"] for found in answer["lists"]]
    assert len(rows) == len([line for line in text.splitlines() if line.startswith(tuple("123456789"))])
    assert [row["no"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    assert answer["said"][0].startswith("playlist: Sunday slow")


async def test_what_else_a_song_may_be_does_not_break_the_table(ada: Door) -> None:
    text = await ada.ask("match_tracks", songs="Glass Harbour\nTin Lanterns - Nine Bells")
    answer = structured(text)
    assert [row["certainty"] for row in answer["lists"][0]["rows"]] == ["likely", "sure"]
    assert any(line.startswith("  or: ") for line in answer["said"])


async def test_a_plain_sentence_stays_one(ada: Door) -> None:
    answer = structured(await ada.ask("play", uris=tracks(ada.house, 1)))
    jsonschema.validate(answer, SCHEMA)
    assert answer["lists"] == []
    assert answer["said"][0].startswith("playing: ")
