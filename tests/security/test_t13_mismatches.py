"""T13: whatever does not fit its authorization code is refused, and does not use the code up

Real HTTP. The bar: a wrong, short or reused verifier, another client, another redirect URI: `invalid_grant`;
another resource: `invalid_target`. After each of them the code still works once for the client it is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.authorization.house import REDIRECT, Program, challenge_of, code_for

if TYPE_CHECKING:
    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio

VERIFIER: Final = "a-verifier-that-is-only-for-tests_0123456789.~"
CASES: Final[tuple[tuple[str, dict[str, str | None], str], ...]] = (
    ("another verifier", {"code_verifier": "w" * 43}, "invalid_grant"),
    ("the verifier without its last sign", {"code_verifier": VERIFIER[:-1]}, "invalid_grant"),
    ("the verifier with one more sign", {"code_verifier": f"{VERIFIER}x"}, "invalid_grant"),
    ("the verifier in capitals", {"code_verifier": VERIFIER.upper()}, "invalid_grant"),
    ("the verifier with a space behind it", {"code_verifier": f"{VERIFIER} "}, "invalid_grant"),
    ("the verifier with a line break behind it", {"code_verifier": f"{VERIFIER}\n"}, "invalid_grant"),
    ("the verifier with a zero byte behind it", {"code_verifier": f"{VERIFIER}\0"}, "invalid_grant"),
    ("the challenge in the verifier's place", {"code_verifier": challenge_of(VERIFIER)}, "invalid_grant"),
    ("a verifier of 42 signs", {"code_verifier": "v" * 42}, "invalid_grant"),
    ("a verifier of 129 signs", {"code_verifier": "v" * 129}, "invalid_grant"),
    ("a verifier of signs that are not allowed", {"code_verifier": "+" * 43}, "invalid_grant"),
    ("a verifier that is not ASCII", {"code_verifier": "ü" * 43}, "invalid_grant"),
    ("no verifier", {"code_verifier": None}, "invalid_request"),
    ("an empty verifier", {"code_verifier": ""}, "invalid_request"),
    ("another path", {"redirect_uri": "http://127.0.0.1:3939/other"}, "invalid_grant"),
    ("another port", {"redirect_uri": "http://127.0.0.1:3940/callback"}, "invalid_grant"),
    ("another name of the same machine", {"redirect_uri": "http://localhost:3939/callback"}, "invalid_grant"),
    ("a slash behind it", {"redirect_uri": f"{REDIRECT}/"}, "invalid_grant"),
    ("a query behind it", {"redirect_uri": f"{REDIRECT}?a=b"}, "invalid_grant"),
    ("a fragment behind it", {"redirect_uri": f"{REDIRECT}#x"}, "invalid_grant"),
    ("dots that cancel out", {"redirect_uri": "http://127.0.0.1:3939/a/../callback"}, "invalid_grant"),
    ("capitals", {"redirect_uri": "HTTP://127.0.0.1:3939/callback"}, "invalid_grant"),
    ("a short form of the address", {"redirect_uri": "http://127.1:3939/callback"}, "invalid_grant"),
    ("a space before it", {"redirect_uri": f" {REDIRECT}"}, "invalid_grant"),
    ("https", {"redirect_uri": "https://127.0.0.1:3939/callback"}, "invalid_grant"),
    ("somebody else's address", {"redirect_uri": "https://evil.example/callback"}, "invalid_grant"),
    ("no address at all", {"redirect_uri": "::::"}, "invalid_grant"),
    ("no redirect URI where one was named", {"redirect_uri": None}, "invalid_grant"),
    ("another resource", {"resource": "https://other.example/mcp"}, "invalid_target"),
    ("another path of ours", {"resource": "http://127.0.0.1:1/mcp"}, "invalid_target"),
    ("no resource but a word", {"resource": "mcp"}, "invalid_target"),
    ("no client", {"client_id": None}, "invalid_client"),
    ("an unknown client", {"client_id": "0" * 32}, "invalid_client"),
    ("no code", {"code": None}, "invalid_request"),
    ("another code", {"code": "x" * 43}, "invalid_grant"),
    ("no grant type", {"grant_type": None}, "invalid_request"),
    ("a grant type we do not have", {"grant_type": "password"}, "unsupported_grant_type"),
    (
        "the device grant",
        {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
        "unsupported_grant_type",
    ),
    ("the client's own credentials", {"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ("two grant types in one", {"grant_type": "authorization_code refresh_token"}, "unsupported_grant_type"),
)


async def test_every_mismatch_is_refused_by_its_name_and_uses_nothing_up(
    standing: ServedHouse, figures: Figures
) -> None:
    program = await Program.registered(standing)
    program.verifier = VERIFIER
    code, wrong, burnt = await code_for(standing, program), [], 0
    for name, changes, error in CASES:
        refused = await program.redeem(**{"code": code, **changes})
        status = 401 if error == "invalid_client" else 400
        if (refused.status_code, refused.json().get("error")) != (status, error):
            wrong.append((name, refused.status_code, refused.text))
    if (await program.redeem(code)).status_code != 200:
        burnt += 1
    assert wrong == []
    figures.count("mismatches answered otherwise than they have to be", len(wrong), "== 0")
    figures.count("mismatches tried on one code", len(CASES), ">= 40")
    figures.count("codes they used up", burnt, "== 0")


async def test_a_code_is_nothing_to_another_client_even_with_its_verifier(standing: ServedHouse) -> None:
    mine, other = await Program.registered(standing), await Program.registered(standing)
    other.verifier = mine.verifier
    code = await code_for(standing, mine)
    refused = await other.redeem(code)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert (await mine.redeem(code)).status_code == 200
    assert (await other.redeem(code)).status_code == 400  # and this second use by a stranger ends nothing


async def test_a_strangers_second_use_ends_nothing(standing: ServedHouse) -> None:
    mine, other = await Program.registered(standing), await Program.registered(standing)
    code = await code_for(standing, mine)
    given = (await mine.redeem(code)).json()
    other.verifier = mine.verifier
    await other.redeem(code)
    await mine.redeem(code, code_verifier="w" * 43)
    await mine.redeem(code, redirect_uri="https://evil.example/")
    assert (await mine.whoami(given["access_token"])).status_code == 200


async def test_the_verifier_of_one_sign_in_does_not_serve_another(standing: ServedHouse) -> None:
    first = await Program.registered(standing)
    second = Program(standing, first.http, client_id=first.client_id)
    one, two = await code_for(standing, first), await code_for(standing, second)
    crossed = [await first.redeem(two), await second.redeem(one)]
    assert [answer.json()["error"] for answer in crossed] == ["invalid_grant"] * 2
    assert [(await first.redeem(one)).status_code, (await second.redeem(two)).status_code] == [200, 200]


async def test_a_redirect_uri_that_was_left_out_may_be_left_out_or_repeated(standing: ServedHouse) -> None:
    program = await Program.registered(standing)
    for repeated in (None, REDIRECT):
        code = await code_for(standing, program, redirect_uri=None)
        wrong = await program.redeem(code, redirect_uri="http://127.0.0.1:1/callback")
        assert wrong.json()["error"] == "invalid_grant"
        assert (await program.redeem(code, redirect_uri=repeated)).status_code == 200
