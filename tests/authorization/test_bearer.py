"""Access tokens at the MCP endpoint, and taking them back (RFC 7009)."""

from __future__ import annotations

import base64

import pytest

from auxcord.authorization import verification
from auxcord.authorization.tokens import Kind, new_token
from tests.authorization.house import BASE, House, Program, Tokens, call_tool, tokens_for

pytestmark = pytest.mark.anyio


async def test_without_a_token_the_answer_says_where_to_get_one(program: Program) -> None:
    answer = await program.whoami(None)
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert f'resource_metadata="{BASE}/.well-known/oauth-protected-resource/mcp"' in challenge
    assert 'scope="read playback edit"' in challenge
    assert "error=" not in challenge


@pytest.mark.parametrize("which", ["access", "refresh"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "something_else"])
async def test_giving_either_token_back_ends_the_whole_grant_at_once(
    house: House, program: Program, which: str, hint: str | None
) -> None:
    tokens = await tokens_for(house, program)
    assert (await program.whoami(tokens.access)).status_code == 200
    changes = {} if hint is None else {"token_type_hint": hint}
    answer = await program.revoke(getattr(tokens, which), **changes)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert (await program.whoami(tokens.access)).status_code == 401
    assert (await program.refresh(tokens.refresh)).status_code == 400


async def test_another_process_notices_within_half_a_second(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    other = house.another_process()
    assert await other.load_access_token(tokens.access) is not None
    await program.revoke(tokens.access)
    assert await house.provider.load_access_token(tokens.access) is None
    house.clock.advance(0.51)
    assert await other.load_access_token(tokens.access) is None


async def test_a_token_issued_by_another_process_works_within_half_a_second(
    house: House, program: Program
) -> None:
    other = house.another_process()
    token = new_token(Kind.ACCESS)
    assert await other.load_access_token(token) is None
    tokens = await tokens_for(house, program)
    assert await other.load_access_token(tokens.access) is not None


async def test_unknown_tokens_do_not_fill_the_memory(
    house: House, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "REMEMBERED", 10)
    tokens = await tokens_for(house, program)
    for _ in range(30):
        await house.provider.load_access_token(new_token(Kind.ACCESS))
    assert len(house.provider.parts.verification._seen) == 10
    assert await house.provider.load_access_token(tokens.access) is not None


async def test_calls_within_half_a_second_read_the_database_once(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    assert await house.provider.load_access_token(tokens.access) is not None
    await house.store.close()
    assert await house.provider.load_access_token(tokens.access) is not None


async def test_revoking_what_we_do_not_know_is_a_200(house: House, program: Program) -> None:
    for token in ("garbage", new_token(Kind.ACCESS), new_token(Kind.REFRESH)):
        assert (await program.revoke(token)).status_code == 200


async def test_a_program_cannot_revoke_what_belongs_to_another(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    other = await Program.registered(house)
    assert (await other.revoke(tokens.access)).status_code == 200
    assert (await other.revoke(tokens.refresh)).status_code == 200
    assert (await program.whoami(tokens.access)).status_code == 200


async def test_an_unknown_program_cannot_revoke(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    answer = await program.revoke(tokens.access, client_id="unknown")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    answer = await program.http.post("/revoke", data={"client_id": program.client_id})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_the_program_may_name_itself_in_the_authorization_header(
    house: House, program: Program
) -> None:
    tokens = await tokens_for(house, program)
    pair = base64.b64encode(f"{program.client_id}:".encode()).decode()
    headers = {"Authorization": f"Basic {pair}"}
    answer = await program.http.post("/revoke", data={"token": tokens.refresh}, headers=headers)
    assert answer.status_code == 200
    assert (await program.whoami(tokens.access)).status_code == 401


async def test_the_sdks_own_way_to_revoke_works_too(house: House, program: Program) -> None:
    client = await house.provider.get_client(program.client_id)
    assert client is not None
    by_access, by_refresh = await tokens_for(house, program), await tokens_for(house, program)
    seen = await house.provider.load_access_token(by_access.access)
    loaded = await house.provider.load_refresh_token(client, by_refresh.refresh)
    assert seen is not None
    assert loaded is not None
    await house.provider.revoke_token(seen)
    await house.provider.revoke_token(loaded)
    for tokens in (by_access, by_refresh):
        assert (await program.whoami(tokens.access)).status_code == 401


async def test_a_session_of_one_person_is_nothing_to_another(house: House, program: Program) -> None:
    ada, bram = (
        await tokens_for(house, program, person="ada"),
        await tokens_for(house, program, person="bram"),
    )
    session = await start_session(program, ada)
    assert await ping(program, ada, session) == 200
    assert await ping(program, bram, session) == 404
    other = await Program.registered(house)
    assert await ping(program, await tokens_for(house, other, person="ada"), session) == 404
    assert await ping(program, await tokens_for(house, program, person="ada"), session) == 200


async def start_session(program: Program, tokens: Tokens) -> str:
    """Begin a session as clients of 2025-11-25 do."""
    client = {"name": "t", "version": "1"}
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
    body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    answer = await program.http.post("/mcp", json=body, headers=headers_of(tokens))
    return answer.headers["mcp-session-id"]


async def ping(program: Program, tokens: Tokens, session: str) -> int:
    """Say something in a session; returns the status."""
    headers = {**headers_of(tokens), "Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-11-25"}
    body = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    return (await program.http.post("/mcp", json=body, headers=headers)).status_code


def headers_of(tokens: Tokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.access}", "Accept": "application/json, text/event-stream"}


async def test_a_bearer_token_counts_only_at_the_mcp_endpoint(house: House, program: Program) -> None:
    headers = {"Authorization": f"Bearer {new_token(Kind.ACCESS)}"}
    await house.store.close()
    assert (await program.http.get("/healthz", headers=headers)).status_code == 200
    assert (await call_tool(program.http, new_token(Kind.ACCESS), "whoami")).status_code == 503
