"""T17: an answer counts only with its own state, in its own browser, once; and ours says who we are

Real HTTP. The bar: a state that is absent, foreign, expired, replayed or doubled finishes no sign-in; a code
of another session finishes none either, at Spotify's leg and at ours; every answer of ours to a client
carries `iss` exactly once, equal to the issuer of our metadata, which announces it (RFC 9207).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from auxcord.authorization.tickets import SIGN_IN_SECONDS
from tests.authorization.house import (
    Program,
    agree,
    answer_consent,
    challenge_of,
    code_for,
    open_consent,
    query_of,
    to_spotify,
)

if TYPE_CHECKING:
    import httpx2

    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio


class Pending(NamedTuple):
    """A sign-in whose person has agreed at Spotify, and whose browser has not come back to us yet."""

    program: Program
    browser: httpx2.AsyncClient
    back: str

    @classmethod
    async def of(cls, house: ServedHouse, person: str = "ada") -> Pending:
        program, browser = await Program.registered(house), house.browser()
        address = await to_spotify(browser, program.authorize_url())
        await house.at_spotify(person)
        sent_back = await house.spotify.get(address)
        return cls(program, browser, sent_back.headers["location"])

    @property
    def answer(self) -> dict[str, str]:
        """What Spotify sent."""
        return query_of(self.back)

    def with_(self, **changes: str | None) -> str:
        """The way back with other parameters; a change to None leaves one out."""
        changed = {**self.answer, **changes}
        present = {name: value for name, value in changed.items() if value is not None}
        return f"{self.back.partition('?')[0]}?{urlencode(present)}"

    async def arrive(self, address: str | None = None) -> httpx2.Response:
        return await self.browser.get(address or self.back)

    async def finishes(self) -> bool:
        """Whether the proper answer still brings the client its code."""
        return "code" in query_of((await self.arrive()).headers.get("location", ""))


def brings_no_code(answer: httpx2.Response) -> bool:
    return answer.status_code in {400, 403, 502} and "location" not in answer.headers


FOREIGN: Final = (
    ("no state", {"state": None}),
    ("an empty state", {"state": ""}),
    ("a made-up state", {"state": "x" * 43}),
    ("a state with one more sign", {"state": "+"}),
    ("a state without its last sign", {"state": "-"}),
    ("a state of 5,000 signs", {"state": "s" * 5000}),
)


@pytest.mark.parametrize(("name", "changes"), FOREIGN, ids=[name for name, _ in FOREIGN])
async def test_a_state_that_is_not_the_sign_ins_own_finishes_nothing_and_ends_nothing(
    standing: ServedHouse, name: str, changes: dict[str, str | None]
) -> None:
    pending = await Pending.of(standing)
    own = pending.answer["state"]
    near = {"+": f"{own}x", "-": own[:-1]}
    state = changes["state"]
    assert brings_no_code(await pending.arrive(pending.with_(state=near.get(state or "", state))))
    assert await pending.finishes()


@pytest.mark.parametrize("extra", ["state", "code", "error"])
async def test_a_doubled_parameter_finishes_nothing_and_ends_nothing(
    standing: ServedHouse, extra: str
) -> None:
    pending = await Pending.of(standing)
    doubled = f"{pending.with_(error=None)}&{extra}=x&{extra}=y"
    assert brings_no_code(await pending.arrive(doubled))
    assert await pending.finishes()


async def test_a_state_expires_with_its_sign_in(served: ServedHouse) -> None:
    early, late = await Pending.of(served), await Pending.of(served)
    served.clock.advance(SIGN_IN_SECONDS - 5)
    assert await early.finishes()
    served.clock.advance(10)
    assert brings_no_code(await late.arrive())


async def test_a_state_works_once(standing: ServedHouse) -> None:
    pending = await Pending.of(standing)
    assert await pending.finishes()
    assert [brings_no_code(await pending.arrive()) for _ in range(3)] == [True] * 3


async def test_of_ten_arrivals_at_once_one_asks_spotify_and_brings_a_code(standing: ServedHouse) -> None:
    pending = await Pending.of(standing)
    before = (await standing.spotify_requests()).count("/api/token")
    answers = await asyncio.gather(*(pending.arrive() for _ in range(10)))
    codes = [answer for answer in answers if "code" in query_of(answer.headers.get("location", ""))]
    assert len(codes) == 1
    assert sum(map(brings_no_code, answers)) == 9
    assert (await standing.spotify_requests()).count("/api/token") == before + 1


async def test_a_state_works_in_the_browser_that_agreed_and_in_no_other(standing: ServedHouse) -> None:
    ada, bram = await Pending.of(standing, "ada"), await Pending.of(standing, "bram")
    assert brings_no_code(await standing.browser().get(ada.back))
    assert brings_no_code(await bram.browser.get(ada.back))
    assert await ada.finishes()
    assert await bram.finishes()


async def test_a_code_of_another_session_injected_at_spotifys_leg_finishes_nothing(
    standing: ServedHouse,
) -> None:
    ada, mallory = await Pending.of(standing, "ada"), await Pending.of(standing, "bram")
    injected = await ada.arrive(ada.with_(code=mallory.answer["code"]))
    assert brings_no_code(injected)
    assert "spotify_sign_in_failed" in injected.text


async def test_a_code_of_another_session_injected_at_our_leg_is_refused(standing: ServedHouse) -> None:
    victim = await Program.registered(standing)
    attackers_own = Program(standing, standing.browser(), client_id=victim.client_id)
    code = await code_for(standing, attackers_own, person="bram")
    injected = await victim.redeem(code)
    assert (injected.status_code, injected.json()["error"]) == (400, "invalid_grant")
    assert (await attackers_own.redeem(code)).status_code == 200


async def test_the_clients_state_comes_back_unchanged_or_not_at_all(standing: ServedHouse) -> None:
    program = await Program.registered(standing)
    for state in ("x", "a b+c&d=e%20f", '"><script>', "ü€𝄞", "s" * 2000, None):
        answer = await agree(standing, standing.browser(), program.authorize_url(state=state))
        assert query_of(answer.headers["location"]).get("state") == state


async def test_every_answer_to_a_client_names_the_issuer_of_our_metadata_once(
    standing: ServedHouse, figures: Figures
) -> None:
    said = (await standing.browser().get("/.well-known/oauth-authorization-server")).json()
    assert said["authorization_response_iss_parameter_supported"] is True
    program = await Program.registered(standing, "http://127.0.0.1:3939/cb?tenant=https://evil.example")
    browser = standing.browser()
    denied = await answer_consent(
        browser, await open_consent(browser, program.authorize_url()), decision="deny"
    )
    agreed = await agree(standing, standing.browser(), program.authorize_url())
    pending = await to_spotify(browser, program.authorize_url())
    refusal = urlencode({"error": "access_denied", "state": query_of(pending)["state"]})
    refused_there = await browser.get(f"{standing.base}/callback?{refusal}")
    faulty = [
        await browser.get(program.authorize_url(**changes))
        for changes in (
            {"code_challenge": None},
            {"response_type": "token"},
            {"resource": "https://other.example/mcp"},
        )
    ]
    answers = [denied, *(answer.headers["location"] for answer in (agreed, refused_there, *faulty))]
    named = [[value for name, value in parse_qsl(urlsplit(one).query) if name == "iss"] for one in answers]
    figures.count(
        "answers that do not name our issuer exactly once", sum(n != [said["issuer"]] for n in named), "== 0"
    )
    figures.count("kinds of answers looked at", len(answers), ">= 6")


async def test_nobody_may_bring_an_issuer_of_their_own(standing: ServedHouse) -> None:
    document = {"redirect_uris": ["https://client.example/cb?iss=https://evil.example"]}
    assert (await standing.browser().post("/register", json=document)).status_code == 400
    program = await Program.registered(standing)
    url = f"{program.authorize_url()}&iss=https://evil.example"
    answer = await agree(standing, standing.browser(), url)
    assert query_of(answer.headers["location"])["iss"] == standing.base
    assert challenge_of(program.verifier) not in answer.headers["location"]
