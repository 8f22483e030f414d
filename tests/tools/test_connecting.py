"""Linking an account and letting go of it: the person decides, whatever their client can do."""

from __future__ import annotations

from typing import Any

import pytest
from fastmcp.client.elicitation import ElicitResult
from sqlalchemy import update

from auxcord.caller import LEVELS, SPOTIFY_SCOPES
from auxcord.store.schema import records
from auxcord.tools import asking
from tests.tools.door import ACCOUNT, SIGN_IN, Door, House

pytestmark = pytest.mark.anyio

NOTHING = "Nothing was done. This would erase everything kept here about the Spotify account Ada; "


@pytest.fixture(params=["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


class Person:
    """Answers what their client asks them."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.links: list[str] = []

    async def __call__(self, message: str, _type: object, params: Any, _context: object) -> Any:
        self.asked.append(message)
        self.links += [params.url] if params.mode == "url" else []
        answer = self.answer(params) if callable(self.answer) else self.answer
        if isinstance(answer, Exception):
            raise answer
        return answer


YES = ElicitResult(action="accept", content={"confirm": True})
OPENED = ElicitResult(action="accept", content=None)
NO = ElicitResult(action="decline", content=None)
NOT_A_YES = [
    (NO, "the person said no"),
    (ElicitResult(action="accept", content={"confirm": False}), "the person said no"),
    (ElicitResult(action="cancel", content=None), "the person gave no answer"),
]


def word_in(text: str) -> str:
    return text.partition("confirm=")[2].split()[0]


async def still_there(door: Door) -> bool:
    return "works" in await door.ask("get_account")


# --- Disconnecting ------------------------------------------------------------------------------------------


async def test_a_person_who_says_yes_is_erased_and_nobody_else(house: House, mode: str) -> None:
    person = Person(YES)
    async with (
        house.door("ada", mode=mode, elicitation_handler=person) as ada,
        house.door("chidi") as chidi,
    ):
        text = await ada.ask("disconnect_account")
        assert "erased: everything kept here about the Spotify account Ada" in text
        assert len(person.asked) == 1
        assert "erase everything kept here about the Spotify account Ada" in person.asked[0]
        assert "[not_linked]" in await ada.refused("get_account")
        assert "account: Chidi" in await chidi.ask("get_account")


@pytest.mark.parametrize(("answer", "told"), NOT_A_YES, ids=["no", "unticked", "closed"])
async def test_a_person_who_does_not_say_yes_stays(house: House, mode: str, answer: Any, told: str) -> None:
    async with house.door("ada", mode=mode, elicitation_handler=Person(answer)) as ada:
        text = await ada.ask("disconnect_account")
        assert text.startswith("Nothing was done: ")
        assert told in text
        assert await still_there(ada)


async def test_a_client_that_fails_to_ask_has_no_answer(house: House) -> None:
    async with house.door("ada", mode="legacy", elicitation_handler=Person(RuntimeError("no window"))) as ada:
        assert "the person gave no answer" in await ada.ask("disconnect_account")
        assert await still_there(ada)


async def test_a_person_who_never_answers_is_not_waited_for_without_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 0.0)
    async with house.door("ada", mode="legacy", elicitation_handler=Person(YES)) as ada:
        assert "the person gave no answer" in await ada.ask("disconnect_account")
        assert await still_there(ada)


async def test_a_client_that_can_ask_is_not_given_a_word(house: House, mode: str) -> None:
    async with house.door("ada", mode=mode, elicitation_handler=Person(NO)) as ada:
        for word in ("", "yes", "true"):
            assert "confirm=" not in await ada.ask("disconnect_account", confirm=word)


async def test_a_client_that_cannot_ask_is_told_what_would_happen_and_given_a_word(
    house: House, mode: str
) -> None:
    async with house.door("ada", mode=mode) as ada:
        text = await ada.ask("disconnect_account")
        assert text.startswith(NOTHING)
        assert await still_there(ada)
        assert "erased: " in await ada.ask("disconnect_account", confirm=word_in(text))
        assert "[not_linked]" in await ada.refused("get_account")


@pytest.mark.parametrize("word", ["true", "yes", "confirm", "erase", "A" * 95, "é", "=", "-" * 4_000])
async def test_no_word_but_the_one_just_given_confirms(ada: Door, word: str) -> None:
    assert (await ada.ask("disconnect_account", confirm=word)).startswith(NOTHING)
    assert await still_there(ada)


async def test_the_word_is_the_persons_own_and_lasts_ten_minutes(house: House) -> None:
    async with house.door("ada") as ada, house.door("chidi") as chidi:
        word = word_in(await ada.ask("disconnect_account"))
        assert (await chidi.ask("disconnect_account", confirm=word)).startswith("Nothing was done.")
        house.clock.now += 601
        assert (await ada.ask("disconnect_account", confirm=word)).startswith("Nothing was done.")
        assert "account: Ada" in await ada.ask("get_account")


@pytest.mark.parametrize("level", ["look", "control"])
async def test_a_client_that_may_change_nothing_cannot_say_yes_for_the_person(
    house: House, mode: str, level: str
) -> None:
    """Whoever wrote the client decides what it answers: it may never have asked anybody."""
    person = Person(YES)
    async with house.door("ada", level=level, mode=mode, elicitation_handler=person) as ada:
        text = await ada.ask("disconnect_account")
        assert text.startswith(NOTHING)
        assert f"The person can do it themselves at {ACCOUNT}" in text
        assert not person.asked
        assert await still_there(ada)


async def test_the_word_of_a_client_that_may_only_look_is_not_enough(house: House, mode: str) -> None:
    async with (
        house.door("ada", level="look", mode=mode) as looking,
        house.door("ada", mode=mode) as editing,
    ):
        text = await looking.ask("disconnect_account")
        assert text.startswith(NOTHING)
        assert "confirm=" not in text
        assert f"The person can do it themselves at {ACCOUNT}" in text
        word = word_in(await editing.ask("disconnect_account"))
        assert (await looking.ask("disconnect_account", confirm=word)).startswith(NOTHING)
        assert await still_there(looking)


async def test_who_can_no_longer_be_read_can_still_disconnect(house: House) -> None:
    async with house.door("ada") as ada, house.door("chidi") as chidi:
        async with house.store.write() as connection:
            damage = update(records).where(records.c.user_id == ada.user_id).values(sealed=b"SV1 damaged")
            await connection.execute(damage)
        assert "[vault_corrupt]" in await ada.refused("get_account")
        word = word_in(await ada.ask("disconnect_account"))
        assert "erased: " in await ada.ask("disconnect_account", confirm=word)
        assert "[not_linked]" in await ada.refused("get_account")
        assert "account: Chidi" in await chidi.ask("get_account")


# --- Connecting ---------------------------------------------------------------------------------------------


async def test_who_lacks_nothing_is_offered_nothing(house: House, mode: str) -> None:
    person = Person(OPENED)
    async with house.door("ada", mode=mode, elicitation_handler=person) as ada:
        text = await ada.ask("connect_account")
    assert text == (
        "Nothing to do: the Spotify account Ada is linked, its consent ends 2027-05-18, and this client may: "
        "read, playback, edit."
    )
    assert person.asked == []


EVERYTHING = sorted(frozenset().union(*(SPOTIFY_SCOPES[permission] for permission in LEVELS["everything"])))


class SigningIn(Person):
    """Opens the link, and is through with it at once or while the call waits."""

    def __init__(self, house: House, *, later: bool) -> None:
        super().__init__(OPENED)
        self.house = house
        self.later = later

    async def __call__(self, *question: Any) -> Any:
        if not self.later:
            await self.house.link("ada", EVERYTHING)
        return await super().__call__(*question)

    async def sleep(self, seconds: float) -> None:
        self.house.clock.now += seconds
        if self.later:
            self.later = False
            await self.house.link("ada", EVERYTHING)


@pytest.mark.parametrize("later", [False, True])
async def test_a_consent_that_ends_soon_is_renewed_by_the_person(
    house: House, mode: str, *, later: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = SigningIn(house, later=later)
    monkeypatch.setattr(house.clock, "sleep", person.sleep)
    async with house.door("ada", mode=mode, elicitation_handler=person) as ada:
        house.clock.now += 170 * 24 * 3600
        text = await ada.ask("connect_account")
    assert text.startswith("Done: the Spotify account Ada is linked, its consent ends 2027-11-07, ")
    assert person.links == [SIGN_IN]
    assert person.asked == ["Sign in to Spotify again to renew your consent."]


async def test_opening_the_link_is_not_yet_being_done(house: House, mode: str) -> None:
    person = Person(OPENED)
    async with house.door("ada", level="look", mode=mode, elicitation_handler=person) as ada:
        text = await ada.ask("connect_account")
    assert text.startswith(f"Not done yet. Give the person this link to open in their browser: {SIGN_IN}\n")
    assert sum(house.clock.waited) == pytest.approx(20)


async def test_who_does_not_want_to_open_the_link_is_left_alone(house: House, mode: str) -> None:
    async with house.door("ada", level="look", mode=mode, elicitation_handler=Person(NO)) as ada:
        text = await ada.ask("connect_account")
    assert text.startswith("Nothing was changed: the person did not want to open the link.")
    assert SIGN_IN not in text


async def test_a_client_that_cannot_offer_a_link_says_it(house: House, mode: str) -> None:
    async with house.door("ada", level="control", mode=mode) as ada:
        text = await ada.ask("connect_account")
    assert f"open in their browser: {SIGN_IN}\n" in text
    assert "Call connect_account again" in text
