"""A client that calls tools with anything, and looks closely at what it is told."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import anyio

from auxcord.simulator.app import create_app
from auxcord.tools import TOOLSETS
from tests.tools.hostile import ANSWER_LIMIT, faults_of, unseen_in

if TYPE_CHECKING:
    from tests.tools.door import Door

SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    spec.name: spec.bind().parameters for toolset in TOOLSETS for spec in toolset
}
"""What every tool says it takes."""
_HANGS: Final = 120.0
"""Seconds after which a call counts as one that never ends."""
_CALM: Final = 60.0
"""Seconds between calls, so that the app's pace refuses none of them."""
REQUESTS: Final = 450
"""Requests one call may send to Spotify, whatever it was given: a whole playlist read and written anew."""


@cache
def known() -> tuple[str, ...]:
    """Things that exist, as a model would name them."""
    world = create_app(seed=1).state.simulation.world
    music = [
        f"spotify:{kind}:{key}"
        for kind in ("track", "album", "artist", "show", "episode")
        for key in list(getattr(world.catalogue, f"{kind}s"))[:3]
    ]
    mine = [f"spotify:playlist:{key}" for key in list(world.rootlist(world.people["ada"]))[:2]]
    return (*music, *mine, "Sunday slow", "Kitchen")


@dataclass
class Questioning:
    """One client.

    Attributes:
        door: Its way in.
        seen: Counts what happened.
    """

    door: Door
    seen: Counter[str] = field(default_factory=Counter)

    async def check(self, name: str, arguments: dict[str, Any]) -> str:
        """Call a tool and see that it answers, or refuses as it should; what it said."""
        await self.door.house.forget_requests()
        self.door.house.clock.now += _CALM
        with anyio.fail_after(_HANGS):
            result = await self.door.client.call_tool(name, arguments, raise_on_error=False)
        (block,) = result.content
        about = f"{name}({_written(arguments)[:500]}) said {block.text[:500]!a}"
        self.seen["calls"] += 1
        assert len(await self.door.house.requests()) <= REQUESTS, about
        if result.is_error:
            self.seen["refused"] += 1
            assert faults_of(block.text, _written(arguments)) == [], about
        assert len(block.text) <= ANSWER_LIMIT, about
        assert unseen_in(block.text) == [], about
        return str(block.text)

    async def check_reading(self) -> None:
        """See that an honest read works all the same, and that the person is still who they were."""
        self.door.house.clock.now += _CALM
        text = await self.door.ask("get_account")
        assert text.startswith("account: Ada"), text
        assert "Spotify right now: works" in text, text
        assert "spotify:playlist:" in await self.door.ask("list_library", kind="playlists", limit=1)


def _written(arguments: dict[str, Any]) -> str:
    try:
        return json.dumps(arguments)
    except (ValueError, RecursionError):
        return repr(arguments)
