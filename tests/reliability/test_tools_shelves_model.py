"""Any calls of the library and player tools, with any faults: every answer is true when it is given.

What a tool says is held against what the simulated world holds at that moment; `MODEL_EXAMPLES=500` looks
longer.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.reliability.lab import PROFILES
from tests.reliability.test_tools_model import CATALOGUE, EXAMPLES, SONGS, TROUBLES
from tests.reliability.tool_answers import CALM, Answer, Asker, house_with
from tests.reliability.tool_work import Trouble
from tests.tools.door import APP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from auxcord.simulator.world.player import Playback
    from bench.figures import Figures
    from tests.tools.door import Door

pytestmark = pytest.mark.anyio

_DONE: Final = re.compile(r"(verified|partial): (?:([\d,]+) of )?([\d,]+) things? (saved|removed)")
_NAMED: Final = re.compile(r"^(not saved|still there|yes|no): (.*)$", re.MULTILINE)
OTHERS: Final = (
    *(f"spotify:album:{key}" for key in list(CATALOGUE.albums)[:3]),
    *(f"spotify:artist:{key}" for key in list(CATALOGUE.artists)[:3]),
    *(f"spotify:show:{key}" for key in list(CATALOGUE.shows)[:2]),
)


class Step(NamedTuple):
    """A call, and the trouble it meets."""

    tool: str
    arguments: dict[str, Any]
    trouble: Trouble | None = None


class ShelvesModel:
    """Looks after each answer.

    Args:
        door: The person's client.
        asker: Calls the tools, with trouble.
        seen: Counts what happened.
    """

    def __init__(self, door: Door, asker: Asker, seen: Counter[str]) -> None:
        self._door = door
        self._asker = asker
        self._seen = seen
        self._person = door.house.world.people["ada"]

    async def play(self, steps: Sequence[Step]) -> None:
        """Make the calls one by one."""
        self._seen["sequences"] += 1
        await self._asker.call("play", None, uris=list(SONGS[:3]))  # so that there is something to control
        for step in steps:
            before = self._held()
            answer = await self._asker.call(step.tool, step.trouble, **step.arguments)
            if answer.kind == "asked":
                (word,) = re.findall(r'confirm="?([\w.-]+)', answer.text)
                self._asker.must(self._held() == before, answer)
                before = self._held()
                answer = await self._asker.call(step.tool, None, **step.arguments, confirm=word)
            if step.tool in {"save_to_library", "remove_from_library", "check_library"}:
                self._judge_library(step, answer, before)
            else:
                self._judge_player(step, answer)

    def _held(self) -> frozenset[str]:
        """The URIs of everything that is saved or followed, of those we ask about."""
        shelves = {"artist": self._person.followed_artists}
        shelves |= {kind.removesuffix("s"): shelf for kind, shelf in self._person.library.items()}
        about = (*SONGS[:120], *OTHERS)
        return frozenset(uri for uri in about if uri.split(":")[2] in shelves[uri.split(":")[1]])

    def _judge_library(self, step: Step, answer: Answer, before: frozenset[str]) -> None:
        wanted, now = dict.fromkeys(step.arguments["uris"]), self._held()
        named = {what: listed.split() for what, listed in _NAMED.findall(answer.text)}
        if step.tool == "check_library":
            self._asker.must(now == before, answer)
            if not answer.code:
                self._asker.must(named.get("yes", []) == [uri for uri in wanted if uri in now], answer)
                self._asker.must(named.get("no", []) == [uri for uri in wanted if uri not in now], answer)
            return
        is_saving = step.tool == "save_to_library"
        todo = [uri for uri in wanted if (uri in before) is not is_saving]
        left = [uri for uri in todo if (uri in now) is not is_saving]
        self._asker.must(now ^ before <= set(todo), answer)
        if answer.code:
            self._asker.must(answer.is_open or left == todo, answer)
        elif answer.text.startswith("Nothing to do"):
            self._asker.must(not todo, answer)
        elif (found := _DONE.search(answer.text)) is not None:
            done = found[2] or found[3]
            self._asker.must(int(done) == len(todo) - len(left) and int(found[3]) == len(todo), answer)
            self._asker.must((found[1] == "verified") is not left, answer)
            self._asker.must(named.get("not saved" if is_saving else "still there", []) == left, answer)
        else:
            self._asker.must(answer.kind == "unconfirmed:", answer)

    def _judge_player(self, step: Step, answer: Answer) -> None:
        """What is not called open or refused must show in the player."""
        if answer.code or answer.kind in {"unconfirmed:", "partial:"}:
            self._asker.must(answer.kind != "partial:" or self._is_partly(step, answer), answer)
            return
        now, asked = self._then(), step.arguments
        if step.tool == "pause":
            self._asker.must(not now.playing, answer)
        elif step.tool == "set_playback":
            self._asker.must(all(self._shows(name, value) for name, value in asked.items()), answer)
        elif step.tool == "transfer_playback":
            self._asker.must(now.device is not None and now.device.name == asked["device"], answer)

    def _then(self) -> Playback:
        """The player as it was when the answer was given, before everything became calm."""
        return self._person.player.current(self._door.house.clock() - CALM)

    def _is_partly(self, step: Step, answer: Answer) -> bool:
        """Whether what an answer calls set is set."""
        said = re.search(r"partial: ([\w, ]+) set;", answer.text)
        named = said[1].split(", ") if said else []
        return all(self._shows(name, step.arguments[name]) for name in named)

    def _shows(self, name: str, value: Any) -> bool:
        now = self._then()
        if name == "volume":
            return now.device is not None and now.device.volume == value
        return bool(getattr(now, name) == value)


URIS: Final = st.one_of(
    st.lists(st.sampled_from((*SONGS[:6], *OTHERS)), min_size=1, max_size=7, unique=True),
    st.sampled_from((41, 50, 51, 81, 120)).map(lambda count: list(SONGS[:count])),
)
SHELVES: Final = st.tuples(
    st.sampled_from(("save_to_library", "remove_from_library", "check_library")),
    st.fixed_dictionaries({"uris": URIS}),
)
PLAYER: Final = st.one_of(
    st.tuples(
        st.just("set_playback"),
        st.fixed_dictionaries(
            {},
            optional={
                "volume": st.sampled_from((0, 35, 100)),
                "shuffle": st.booleans(),
                "repeat": st.sampled_from(("off", "track", "context")),
            },
        ).filter(bool),
    ),
    st.tuples(st.just("pause"), st.just({})),
    st.tuples(st.just("play"), st.just({})),
    st.tuples(st.just("seek"), st.fixed_dictionaries({"position": st.integers(0, 60)})),
    st.tuples(st.just("skip"), st.just({})),
)
STEPS: Final = st.builds(
    lambda call, trouble: Step(*call, trouble), SHELVES | PLAYER, st.none() | TROUBLES | TROUBLES
)
SEEN: Counter[str] = Counter()


@pytest.fixture
async def door(
    tmp_path: Path, request: pytest.FixtureRequest, figures: Figures
) -> AsyncIterator[tuple[Door, Asker]]:
    """Ada's client at the door, with an app of the access mode asked for; and who calls through it."""
    house, cutting = house_with(tmp_path)
    await house.open()
    await house.control("POST", "apps", {"client_id": APP.client_id, "profile": request.param})
    async with house.door("ada") as opened:
        yield opened, Asker(opened, cutting, SEEN)
    await house.close()
    for what in ("sequences", "calls", "faults met"):
        figures.measure(what, SEEN[what])
    figures.count("untrue answers", SEEN["untrue answers"], "== 0")


LOST: Final = Trouble({"kind": "reset-after"}, "change", 0, 1)
REFUSED: Final = Trouble({"kind": "status", "status": 403, "body": ""}, "change", 1, 9)


@pytest.mark.parametrize("door", PROFILES, indirect=True)
@EXAMPLES
@example(steps=[Step("set_playback", {"volume": 35, "shuffle": True}, REFUSED)])
@example(steps=[Step("save_to_library", {"uris": list(SONGS[:81])}, LOST)])
@given(steps=st.lists(STEPS, min_size=1, max_size=8))
async def test_what_the_tools_say_of_library_and_player_is_so(
    door: tuple[Door, Asker], steps: list[Step]
) -> None:
    await ShelvesModel(*door, SEEN).play(steps)
