"""T12: without PKCE by S256, said in so many words, no sign-in starts

Real HTTP. The bar: an authorization request without `code_challenge`, with `plain`, or without a method gets
`invalid_request`; nothing is stored and nobody is sent to Spotify.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import func, select

from auxcord.store.schema import sign_ins
from tests.authorization.house import Program, challenge_of, code_for, query_of, to_spotify

if TYPE_CHECKING:
    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio

GOOD: Final = challenge_of("v" * 43)
CASES: Final[tuple[tuple[str, dict[str, str | None]], ...]] = (
    ("no challenge and no method", {"code_challenge": None, "code_challenge_method": None}),
    ("no challenge", {"code_challenge": None}),
    ("an empty challenge", {"code_challenge": ""}),
    ("plain", {"code_challenge_method": "plain"}),
    ("plain in capitals", {"code_challenge_method": "PLAIN"}),
    ("no method, which would mean plain", {"code_challenge_method": None}),
    ("an empty method", {"code_challenge_method": ""}),
    ("s256 in small letters", {"code_challenge_method": "s256"}),
    ("a method nobody knows", {"code_challenge_method": "S512"}),
    ("two methods in one", {"code_challenge_method": "S256 plain"}),
    ("a method with a space behind it", {"code_challenge_method": "S256 "}),
    ("a method with a line break behind it", {"code_challenge_method": "S256\n"}),
    ("a challenge of one sign", {"code_challenge": "x"}),
    ("a challenge a sign too short", {"code_challenge": GOOD[:-1]}),
    ("a challenge a sign too long", {"code_challenge": f"{GOOD}A"}),
    ("a challenge with padding", {"code_challenge": f"{GOOD}="}),
    ("a challenge in plain base64", {"code_challenge": "+" * 43}),
    ("a challenge with spaces", {"code_challenge": " " * 43}),
    ("a challenge with a line break behind it", {"code_challenge": f"{GOOD}\n"}),
    ("a challenge of letters that only look like ASCII", {"code_challenge": "а" * 43}),  # noqa: RUF001
    ("a challenge of 4,000 signs", {"code_challenge": "x" * 4000}),
)


async def sign_ins_of(house: ServedHouse) -> int:
    rows = await house.store.fetch(select(func.count()).select_from(sign_ins))
    return int(rows[0][0])


async def test_every_other_request_is_refused_and_nothing_is_begun(
    standing: ServedHouse, figures: Figures
) -> None:
    program = await Program.registered(standing)
    before, begun = len(await standing.spotify_requests()), await sign_ins_of(standing)
    wrong = []
    for name, changes in CASES:
        answer = await program.http.get(program.authorize_url(**changes))
        told = query_of(answer.headers.get("location", ""))
        if (answer.status_code, told.get("error"), "code" in told) != (302, "invalid_request", False):
            wrong.append((name, answer.status_code, told))
    figures.count("requests without proper PKCE that were let through", len(wrong), "== 0")
    figures.count("such requests tried", len(CASES), ">= 20")
    assert wrong == []
    figures.count("sign-ins begun by them", await sign_ins_of(standing) - begun, "== 0")
    assert len(await standing.spotify_requests()) == before


@pytest.mark.parametrize(
    "extra",
    ["code_challenge_method=plain", "code%5Fchallenge_method=plain", "code_challenge=x", "code_challenge="],
)
async def test_a_second_challenge_or_method_does_not_replace_the_first(
    standing: ServedHouse, extra: str
) -> None:
    program = await Program.registered(standing)
    answer = await program.http.get(f"{program.authorize_url()}&{extra}")
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_an_unregistered_way_out_is_not_taken_for_the_refusal(standing: ServedHouse) -> None:
    program = await Program.registered(standing, "https://client.example/cb")
    for changes in ({"code_challenge": None}, {"code_challenge_method": "plain"}):
        answer = await program.http.get(program.authorize_url(**changes))
        assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_the_challenge_itself_is_no_verifier(standing: ServedHouse) -> None:
    program = await Program.registered(standing)
    code = await code_for(standing, program)
    downgraded = await program.redeem(code, code_verifier=challenge_of(program.verifier))
    assert (downgraded.status_code, downgraded.json()["error"]) == (400, "invalid_grant")
    assert (await program.redeem(code)).status_code == 200


async def test_we_say_that_only_s256_is_there_and_ask_spotify_for_it_as_well(standing: ServedHouse) -> None:
    said = (await standing.browser().get("/.well-known/oauth-authorization-server")).json()
    assert said["code_challenge_methods_supported"] == ["S256"]
    program = await Program.registered(standing)
    asked = query_of(await to_spotify(standing.browser(), program.authorize_url()))
    assert asked["code_challenge_method"] == "S256"
    assert asked["code_challenge"] not in {challenge_of(program.verifier), program.verifier}
