"""Questions put to a person: answered by them, about that, in time, and once, whichever process takes it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from auxcord.store.schema import answered_questions
from auxcord.vault.questions import QUESTION_SECONDS, Questions

if TYPE_CHECKING:
    from auxcord.store import Store
    from auxcord.vault import Vault
    from tests.vault.conftest import Clock

pytestmark = pytest.mark.anyio

ISSUER = "https://accounts.spotify.com"


@pytest.fixture
def questions(vault: Vault, store: Store, clock: Clock) -> Questions:
    return Questions(vault, store, clock=clock)


@pytest.fixture
async def ada(vault: Vault) -> str:
    return await vault.enrol(ISSUER, "ada")


async def test_a_question_is_answered_once(questions: Questions, ada: str) -> None:
    question = questions.ask(ada, "erase it")
    assert await questions.take(ada, "erase it", question)
    assert not await questions.take(ada, "erase it", question)
    assert not await questions.take(ada, "erase it", question + "=")


async def test_of_many_answers_at_once_in_two_processes_one_counts(
    vault: Vault, store: Store, clock: Clock, questions: Questions, ada: str
) -> None:
    other = Questions(vault, store, clock=clock)
    question = questions.ask(ada, "erase it")
    taken = await asyncio.gather(
        *(replica.take(ada, "erase it", question) for replica in [questions, other] * 25)
    )
    assert taken.count(True) == 1


async def test_a_question_is_one_persons_about_one_thing(
    questions: Questions, vault: Vault, ada: str
) -> None:
    bram = await vault.enrol(ISSUER, "bram")
    question = questions.ask(ada, "erase it")
    assert not await questions.take(bram, "erase it", question)
    assert not await questions.take(ada, "erase it all", question)
    assert await questions.take(ada, "erase it", question)


@pytest.mark.parametrize("forged", ["", "A", "AAAA", "é", "+/+/", "A" * 10_000, "question\n", "\0"])
async def test_what_nobody_asked_is_no_question(questions: Questions, ada: str, forged: str) -> None:
    assert not await questions.take(ada, "erase it", forged)


async def test_every_altered_character_is_noticed(questions: Questions, ada: str) -> None:
    question = questions.ask(ada, "erase it")
    for place, letter in enumerate(question[:-1]):  # the last one carries bits that mean nothing
        altered = question[:place] + ("A" if letter != "A" else "B") + question[place + 1 :]
        assert not await questions.take(ada, "erase it", altered)
    assert await questions.take(ada, "erase it", question)


@pytest.mark.parametrize(
    ("later", "counts"),
    [(0, True), (QUESTION_SECONDS - 1, True), (QUESTION_SECONDS, False), (-59, True), (-61, False)],
)
async def test_a_question_is_open_for_ten_minutes_give_or_take_a_minute_of_skew(
    questions: Questions, clock: Clock, ada: str, later: float, *, counts: bool
) -> None:
    question = questions.ask(ada, "erase it")
    clock.now += later
    assert await questions.take(ada, "erase it", question) is counts


async def test_who_was_erased_answers_nothing(questions: Questions, vault: Vault, ada: str) -> None:
    question = questions.ask(ada, "erase it")
    await vault.forget(ada)
    assert not await questions.take(ada, "erase it", question)


async def test_what_was_answered_is_forgotten_once_it_could_not_be_answered_again(
    questions: Questions, store: Store, clock: Clock, ada: str
) -> None:
    for _ in range(20):
        assert await questions.take(ada, "erase it", questions.ask(ada, "erase it"))
        clock.now += QUESTION_SECONDS / 5
    (row,) = await store.fetch(select(func.count()).select_from(answered_questions))
    assert row[0] <= 6
