"""Every argument of every tool is given what it should not be, one by one, with the others right.

Of the things there are, each argument gets every fifth, beginning elsewhere than the one before it;
Of the things there are, each argument gets every fifth, not the same ones as the argument before;
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.tools.door import House
from tests.tools.hostile import NUMBERS, STRANGE, TEXTS
from tests.tools.questioning import SCHEMAS, Questioning, known

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio

SUBJECT = "wrong arguments"
VALUES: tuple[Any, ...] = (*TEXTS, *NUMBERS, *STRANGE)
STEP = 1 if os.environ.get("FUZZ_EXAMPLES") else 5
TRACK, ALBUM = known()[0], known()[3]
RIGHT: dict[str, dict[str, Any]] = {
    "search": {"query": "night"},
    "get_items": {"uris": [TRACK]},
    "open_item": {"uri": ALBUM},
    "match_tracks": {"songs": ["Night"]},
    "play": {"uris": [TRACK]},
    "seek": {"position": 3},
    "set_playback": {"volume": 40},
    "transfer_playback": {"device": "Kitchen"},
    "add_to_queue": {"uris": [TRACK]},
    "list_library": {"kind": "tracks", "limit": 5},
    "save_to_library": {"uris": [TRACK]},
    "remove_from_library": {"uris": [TRACK]},
    "check_library": {"uris": [TRACK]},
    "get_playlist": {"playlist": "Sunday slow", "limit": 5},
    "create_playlist": {"name": "Mix", "uris": [TRACK]},
    "edit_playlist": {"playlist": "Sunday slow", "name": "Sunday slow"},
    "add_to_playlist": {"playlist": "Sunday slow", "uris": [TRACK]},
    "remove_from_playlist": {"playlist": "Sunday slow", "uris": [TRACK]},
    "reorder_playlist": {"playlist": "Sunday slow", "action": "move", "start": 1, "to": 2},
}
"""What a tool that cannot do without is given beside the one argument that is wrong."""


@pytest.fixture
async def questioning(tmp_path: Path) -> AsyncIterator[Questioning]:
    async with House.opened(tmp_path) as house, house.door("ada") as door:
        yield Questioning(door)


@pytest.mark.parametrize("name", SCHEMAS)
async def test_every_argument_may_be_anything_and_the_tool_answers_or_says_what_is_wrong(
    name: str, questioning: Questioning, record_property: Callable[[str, object], None]
) -> None:
    right = RIGHT.get(name, {})
    for place, argument in enumerate((*SCHEMAS[name].get("properties", ()), "no_such_argument")):
        for value in VALUES[place % STEP :: STEP]:
            await questioning.check(name, {**right, argument: value})
    await questioning.check(name, dict.fromkeys(SCHEMAS[name].get("properties", ())))
    await questioning.check_reading()
    record_property(SUBJECT, dict(questioning.seen))
