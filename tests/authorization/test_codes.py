"""Authorization codes at the token endpoint."""

from __future__ import annotations

import base64
import secrets

import pytest

from auxcord.authorization.tokens import Kind, is_token
from tests.authorization.house import BASE, House, Program, Tokens, challenge_of, code_for, tokens_for

pytestmark = pytest.mark.anyio


async def test_tokens_have_a_known_shape_and_last_an_hour(house: House, program: Program) -> None:
    answer = await program.redeem(await code_for(house, program))
    content = answer.json()
    assert is_token(content["access_token"], Kind.ACCESS)
    assert is_token(content["refresh_token"], Kind.REFRESH)
    assert content["expires_in"] == 3600
    assert answer.headers["cache-control"] == "no-store"


async def test_no_token_or_code_is_in_the_database(house: House, program: Program) -> None:
    code = await code_for(house, program)
    tokens = Tokens.of(await program.redeem(code))
    rotated = Tokens.of(await program.refresh(tokens.refresh))
    content = b"".join(path.read_bytes() for path in house.store.path.parent.glob("auxcord.sqlite3*"))
    assert program.client_id.encode() in content
    for secret in (code, tokens.access, tokens.refresh, rotated.access, rotated.refresh):
        assert secret.encode() not in content


async def test_a_code_lasts_sixty_seconds(house: House, program: Program) -> None:
    early, late = await code_for(house, program), await code_for(house, program)
    house.clock.advance(58)
    assert (await program.redeem(early)).status_code == 200
    house.clock.advance(3)
    refused = await program.redeem(late)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


async def test_a_verifier_may_have_all_its_signs_and_lengths(house: House, program: Program) -> None:
    for verifier in ("-._~" * 11, "v" * 43, "v" * 128):
        program.verifier = verifier
        assert (await tokens_for(house, program, code_challenge=challenge_of(verifier))).access


async def test_the_client_id_may_stand_in_the_authorization_header(house: House, program: Program) -> None:
    code = await code_for(house, program)
    pair = base64.b64encode(f"{program.client_id}:".encode()).decode()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": program.redirect_uri,
        "code_verifier": program.verifier,
    }
    headers = {"Authorization": f"Basic {pair}"}
    contradicting = {**form, "client_id": "another"}
    assert (await program.http.post("/token", data=contradicting, headers=headers)).status_code == 400
    without_colon = base64.b64encode(program.client_id.encode()).decode()
    stranger = base64.b64encode(b"stranger:").decode()
    for broken in ("Basic ?", "Basic", f"Basic {without_colon}", f"Basic {stranger}"):
        answer = await program.http.post("/token", data=form, headers={"Authorization": broken})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert (await program.http.post("/token", data=form, headers=headers)).status_code == 200


async def test_a_repeated_parameter_is_refused_and_does_not_use_the_code_up(
    house: House, program: Program
) -> None:
    code = await code_for(house, program)
    form = f"grant_type=authorization_code&code={code}&code=other&client_id={program.client_id}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await program.http.post("/token", content=form, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert (await program.redeem(code)).status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_anything_but_a_form_is_refused(program: Program, kind: str) -> None:
    answer = await program.http.post("/token", content=b"{}", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/token", "/revoke", "/register"])
async def test_a_body_over_64_kib_is_refused(program: Program, path: str) -> None:
    answer = await program.http.post(path, data={"code": "x" * 70_000})
    assert answer.status_code == 413


async def test_nothing_about_the_request_is_repeated_in_a_refusal(program: Program) -> None:
    secret = secrets.token_urlsafe(32)
    for form in (
        {"code": secret},
        {"client_id": secret},
        {"client_id": program.client_id, "grant_type": secret},
    ):
        assert secret not in (await program.http.post("/token", data=form)).text


async def test_a_browser_client_may_read_the_answers(program: Program) -> None:
    headers = {"Origin": BASE, "Access-Control-Request-Method": "POST"}
    for path in ("/token", "/register", "/revoke"):
        answer = await program.http.options(path, headers=headers)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        refused = await program.http.post(path, headers={"Origin": BASE})
        assert refused.headers["access-control-expose-headers"] == "Retry-After, X-Request-Id"
