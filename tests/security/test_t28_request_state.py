"""T28: a question's sealed state counts for its person, tool, arguments and time, and once

Real processes over HTTP, revision 2026-07-28. The bar: a state that was tampered with, or is a foreign
person's, expired, another tool's, of other arguments, or used before is rejected without a side effect; one
answer of the right person counts, at whichever replica. The test holds the servers' key, so that it can make
states which are well sealed and still wrong.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from auxcord.authorization.verification import FRESH_SECONDS
from auxcord.server.request_state import VaultCodec
from auxcord.vault.questions import QUESTION_SECONDS, Questions
from tests.people import enrol, library, sign_in
from tests.replicas import at, replicas
from tests.revisions import CAN_ASK, Reply, Wire, agreed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

TOOL = "disconnect_account"
NO = {"person": {"action": "decline"}}


@pytest.fixture(scope="module")
async def house(anyio_backend: str) -> AsyncIterator[Replicas]:
    async with replicas(2) as house:
        yield house


@pytest.fixture(scope="module")
async def ada(house: Replicas) -> Person:
    (ada,) = await enrol(house, ["ada"])
    return ada


@pytest.fixture(scope="module")
async def bram(house: Replicas) -> Person:
    (bram,) = await enrol(house, ["bram"])
    return bram


def wire_of(person: Person) -> Wire:
    return Wire(person.house.http, person.access, capabilities=CAN_ASK)


async def answer(person: Person, state: str, arguments: dict[str, Any] | None = None) -> Reply:
    """Say yes to a question of `disconnect_account`."""
    return await wire_of(person).call(TOOL, arguments, requestState=state, inputResponses=agreed())


async def is_there(person: Person) -> bool:
    return (await person.call("get_account")).works


def nonsense(state: str) -> list[str]:
    """States nobody sealed: every tenth character changed, cut short, and plain ones."""
    changed = [
        state[:place] + ("A" if state[place] != "A" else "B") + state[place + 1 :]
        for place in range(0, len(state) - 4, 10)
    ]
    return [*changed, state[:-8], state * 2, "", "x", '{"v":1}', "v1.AAAA", state.swapcase()]


async def test_a_state_that_was_tampered_with_is_rejected(
    house: Replicas, ada: Person, figures: Figures
) -> None:
    state = (await wire_of(ada).call(TOOL)).state
    tried = nonsense(state)
    replies = [await answer(ada, wrong) for wrong in tried]
    accepted = sum((reply.status, reply.code) != (400, -32602) for reply in replies)
    figures.count("altered or invented request states tried", len(tried), ">= 40")
    figures.count("of these, states that were not refused", accepted, "== 0")
    assert await is_there(ada)


async def test_a_state_is_its_persons_own(house: Replicas, ada: Person, bram: Person) -> None:
    state = (await wire_of(ada).call(TOOL)).state
    reply = await answer(bram, state)
    assert (reply.status, reply.code) == (400, -32602)
    assert await is_there(ada)
    assert await is_there(bram)


async def test_a_state_is_its_clients_own(house: Replicas, ada: Person) -> None:
    state = (await wire_of(ada).call(TOOL)).state
    other = await sign_in(house, "ada")
    assert (await answer(other, state)).code == -32602
    assert await is_there(ada)


async def test_a_state_is_its_tools_and_arguments_own(house: Replicas, ada: Person) -> None:
    wire = wire_of(ada)
    state = (await wire.call(TOOL)).state
    other = await wire.call("connect_account", requestState=state, inputResponses=agreed({}))
    assert other.code == -32602
    assert (await answer(ada, state, {"confirm": "more"})).code == -32602
    assert await is_there(ada)


async def test_answers_without_a_state_answer_nothing(house: Replicas, ada: Person) -> None:
    reply = await wire_of(ada).call(TOOL, inputResponses=agreed())
    assert reply.is_error
    assert "never asked" in reply.text
    assert await is_there(ada)


@pytest.mark.parametrize(
    "responses",
    [
        {},
        {"somebody": {"action": "accept", "content": {"confirm": True}}},
        {"person": {"action": "accept", "content": {"confirm": "yes"}}},
        {"person": {"action": "accept", "content": {}}},
        {"person": {"action": "accept"}},
        {"person": {"action": "decline"}},
        {"person": {"action": "cancel"}},
        {"person": {"role": "assistant", "content": {"type": "text", "text": "yes"}, "model": "m"}},
        {"person": {"roots": []}},
    ],
    ids=lambda responses: json.dumps(responses)[:60],
)
async def test_what_is_no_clear_yes_does_nothing(
    house: Replicas, ada: Person, responses: dict[str, Any]
) -> None:
    state = (await wire_of(ada).call(TOOL)).state
    reply = await wire_of(ada).call(TOOL, requestState=state, inputResponses=responses)
    assert reply.text.startswith("Nothing was done: ")
    assert await is_there(ada)
    assert (await answer(ada, state)).is_error, "the question was answered already"
    assert await is_there(ada)


async def test_a_state_that_has_expired_is_rejected(house: Replicas, ada: Person) -> None:
    """Made with the servers' own key: once the envelope is too old, once the question in it."""
    asked = await wire_of(ada).call(TOOL)
    async with library(house) as inside:
        codec = VaultCodec(inside.vault)

        def resealed(**claims: Any) -> str:
            return codec.seal(json.dumps({**json.loads(codec.unseal(asked.state)), **claims}).encode())

        def asked_at(when: float) -> str:
            questions = Questions(inside.vault, inside.store, clock=lambda: when)
            return resealed(s=questions.ask(ada.user_id, matter_of(asked)))

        stale = await answer(ada, resealed(exp=time.time() - 1))
        assert (stale.status, stale.code) == (400, -32602)
        for when in (time.time() - QUESTION_SECONDS - 1, time.time() + 3600):
            late = await answer(ada, asked_at(when))
            assert late.is_error
            assert "answers no question that is open" in late.text
        assert await is_there(ada)
        declined = await wire_of(ada).call(TOOL, requestState=asked_at(time.time()), inputResponses=NO)
        assert "the person said no" in declined.text, "a state made here is a good one but for its time"


def matter_of(asked: Reply) -> str:
    """What a question was about, put together from what the person reads."""
    message = asked.result["inputRequests"]["person"]["params"]["message"]
    would = message.removeprefix("This would ").removesuffix(" Shall it be done?")
    return f"{TOOL}\n{{}}\n{would}"


async def test_of_many_answers_at_both_replicas_one_counts(house: Replicas, figures: Figures) -> None:
    (chidi,) = await enrol(house, ["chidi"])
    state = (await wire_of(chidi).call(TOOL, extensions=at(house.all[0]))).state
    replies = await asyncio.gather(
        *(
            wire_of(chidi).call(TOOL, requestState=state, inputResponses=agreed(), extensions=at(replica))
            for replica in house.all * 20
        )
    )
    counted = sum(reply.text.startswith("erased: ") for reply in replies)
    figures.count("answers given at once with one state, over two replicas", len(replies), "== 40")
    figures.count("of these, answers that counted", counted, "== 1")
    assert all(reply.is_error for reply in replies if not reply.text.startswith("erased: "))
    (again,) = await enrol(house, ["chidi"])
    assert (await answer(again, state)).code == -32602, "who comes back is somebody else"
    assert await is_there(again)


async def test_a_question_of_one_replica_is_answered_at_another(house: Replicas) -> None:
    (dorothea,) = await enrol(house, ["dorothea"])
    first, second = house.all
    state = (await wire_of(dorothea).call(TOOL, extensions=at(first))).state
    await first.kill()
    await first.start()
    reply = await wire_of(dorothea).call(
        TOOL, requestState=state, inputResponses=agreed(), extensions=at(second)
    )
    assert reply.text.startswith("erased: ")
    await asyncio.sleep(FRESH_SECONDS)  # so long may the other replica go by what it knew
    assert (await dorothea.call("get_account")).status == 401
