"""What a model has to read: the list of tools, instructions, and everyday answers, in bytes and tokens."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from auxcord.server.instructions import INSTRUCTIONS
from bench import tokens
from bench.figures import Figures
from tests.jobs.searching import uris
from tests.jobs.stage import Listener, make_database, opened
from tests.reliability.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Mapping

_TITLE: Final = "What a model has to read, in bytes and in tokens"


class _Answer(NamedTuple):
    """What is asked, and how many bytes the answer may have."""

    most: int
    tool: str
    arguments: Mapping[str, Any] = {}


_ANSWERS: Final = {
    "a playlist, 100 tracks": _Answer(8_500, "get_playlist", {"playlist": "Everything, twice"}),
    "a playlist of 3,000 tracks, summary": _Answer(
        1_000, "get_playlist", {"playlist": "Everything, twice", "form": "summary"}
    ),
    "search, 10 tracks": _Answer(1_200, "search", {"query": "Glass Harbour"}),
    "search, 50 tracks": _Answer(5_500, "search", {"query": "silver", "limit": 50}),
    "what is playing": _Answer(300, "get_playback"),
    "devices, 6": _Answer(500, "list_devices"),
    "what comes next, 20 items": _Answer(2_000, "get_queue"),
    "library, 50 tracks": _Answer(5_500, "list_library", {"kind": "tracks"}),
    "library, 50 playlists": _Answer(3_500, "list_library", {"kind": "playlists"}),
    "most played, 20 tracks": _Answer(2_400, "get_top_items"),
    "recently played, 20 tracks": _Answer(2_200, "get_recently_played"),
    "the account": _Answer(250, "get_account"),
}


async def measure(*, short: bool) -> dict[str, float]:
    """Bytes and tokens of what every model reads, each held against its bar."""
    del short
    texts = await asyncio.to_thread(_texts)
    counted = tokens.count([text for text, _ in texts.values()])
    figures, told = Figures("bench/sizes.py", _TITLE), {}
    for number, (what, (text, most)) in enumerate(texts.items()):
        size = len(text.encode())
        figures.count(f"{what}: bytes", size, f"<= {most}")
        told[f"{what}: bytes"] = float(size)
        if counted is not None:
            figures.measure(f"{what}: tokens ({tokens.ENCODING})", counted[number])
            told[f"{what}: tokens"] = float(counted[number])
    return told


def _texts() -> dict[str, tuple[str, int]]:
    with tempfile.TemporaryDirectory() as folder:
        return run(_read(make_database(Path(folder))))


async def _read(database: Path) -> dict[str, tuple[str, int]]:
    async with opened(database, paced=True) as ada:
        tools = await ada.client.list_tools()
        listed = "".join(
            json.dumps(
                {"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema},
                separators=(",", ":"),
                ensure_ascii=False,
            )
            for tool in tools
        )
        texts = {
            f"tools/list, {len(tools)} tools": (listed, 12_000),
            "the server's instructions": (INSTRUCTIONS, 1_500),
        }
        await ada.plays_already("Nine Bells")
        await ada.asks("play", query="Sunday slow", kind="playlist")
        for what, answer in _ANSWERS.items():
            texts[what] = await ada.asks(answer.tool, **answer.arguments), answer.most
        return texts | await _of_things(ada)


async def _of_things(ada: Listener) -> dict[str, tuple[str, int]]:
    """Read answers about things that have to be named."""
    album = f"spotify:album:{ada.album('Harbour Songs').id}"
    hundred = uris(await ada.asks("list_library", kind="tracks", limit=100), "track")
    return {
        "an album with its 6 tracks": (await ada.asks("open_item", uri=album), 700),
        "details of 20 tracks": (await ada.asks("get_items", uris=hundred[:20]), 2_400),
        "which of 20 tracks are saved": (await ada.asks("check_library", uris=hundred[:20]), 1_200),
        "50 song names matched": (await ada.asks("match_tracks", songs=ada.songs(50)), 4_200),
        "a new playlist of 100 tracks": (await ada.asks("create_playlist", name="New", uris=hundred), 200),
        "5 songs added by name": (
            await ada.asks("add_to_playlist", playlist="New", songs=ada.songs(5)), 200,
        ),
    }  # fmt: skip
