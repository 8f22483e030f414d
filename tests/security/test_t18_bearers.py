"""T18: whatever is not a live access token of ours for this resource is a 401, and goes nowhere

Real HTTP. The bar: 401 with `WWW-Authenticate` naming the resource's metadata; not one request reaches
Spotify, with the presented token or without it. A token that is good is taken as a bearer token in the header
only.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import update

from auxcord.authorization.tokens import Kind, new_token
from auxcord.store.schema import access_tokens
from tests.authorization.house import Program, Tokens, code_for, tokens_for

if TYPE_CHECKING:
    import httpx2

    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio

CALL: Final = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "whoami", "arguments": {}},
}
HOUR: Final = 3600


def jwt(**claims: object) -> str:
    """A token in the form others use, unsigned."""
    parts = ({"alg": "none", "typ": "at+jwt"}, {"sub": "ada", "exp": 4_000_000_000, **claims})
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*coded, ""])


async def call(http: httpx2.AsyncClient, *authorization: str, path: str = "/mcp") -> httpx2.Response:
    """Call a tool with so many Authorization headers."""
    headers = [("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", "2025-11-25")]
    headers += [("Authorization", value) for value in authorization]
    return await http.post(path, headers=headers, json=CALL)


async def spotify_token(house: ServedHouse) -> str:
    """An access token of Spotify's own, as our server has it."""
    given = await house.spotify.post("/_simulator/tokens", json={"user": "ada"})
    return str(given.json()["access_token"])


async def headers_to_refuse(house: ServedHouse, program: Program) -> dict[str, tuple[str, ...]]:
    """Every Authorization header that must open nothing, by what is wrong with it."""
    live, dead = await tokens_for(house, program), await tokens_for(house, program)
    await program.revoke(dead.access)
    good, last = live.access, "A" if live.access[-1] != "A" else "B"
    spotify = await spotify_token(house)
    return {
        "no header": (),
        "an empty header": ("",),
        "the scheme alone": ("Bearer",),
        "the scheme twice": ("Bearer Bearer",),
        "the token without the scheme": (good,),
        "another scheme": (f"Token {good}",),
        "Basic with the token as the name": (f"Basic {base64.b64encode(f'{good}:'.encode()).decode()}",),
        "DPoP": (f"DPoP {good}",),
        "two tokens in one header": (f"Bearer {good}, Bearer {good}",),
        "two headers, the good one first": (f"Bearer {good}", "Bearer x"),
        "two headers, the good one last": ("Bearer x", f"Bearer {good}"),
        "two spaces before the token": (f"Bearer  {good}",),
        "a tab before the token": (f"Bearer\t{good}",),
        "the token in quotes": (f'Bearer "{good}"',),
        "the token without its last sign": (f"Bearer {good[:-1]}",),
        "the token with another last sign": (f"Bearer {good[:-1]}{last}",),
        "the token with one more sign": (f"Bearer {good}0",),
        "the token in small letters": (f"Bearer {good.lower()}",),
        "the token without its prefix": (f"Bearer {good.removeprefix('aux_at_')}",),
        "the token under the other prefix": (f"Bearer aux_rt_{good.removeprefix('aux_at_')}",),
        "a made-up token of the right form": (f"Bearer {new_token(Kind.ACCESS)}",),
        "a revoked token": (f"Bearer {dead.access}",),
        "a refresh token": (f"Bearer {live.refresh}",),
        "a refresh token under the access prefix": (f"Bearer aux_at_{live.refresh.removeprefix('aux_rt_')}",),
        "an authorization code": (f"Bearer {await code_for(house, program)}",),
        "the client's id": (f"Bearer {program.client_id}",),
        "Spotify's token": (f"Bearer {spotify}",),
        "an unsigned JWT for us": (f"Bearer {jwt(iss=house.base, aud=f'{house.base}/mcp')}",),
        "an unsigned JWT of another issuer": (f"Bearer {jwt(iss='https://evil.example')}",),
        "words": ("Bearer undefined",),
        "SQL": ("Bearer aux_at_' OR '1'='1",),
        "a zero byte in the middle, encoded": ("Bearer aux_at_%00",),
        "60,000 signs": (f"Bearer {'a' * 60_000}",),
    }


async def test_every_other_header_is_a_401_that_says_where_to_go_and_reaches_nobody(
    served: ServedHouse, figures: Figures
) -> None:
    program = await Program.registered(served)
    cases = await headers_to_refuse(served, program)
    before = await served.spotify_requests()
    metadata = f'resource_metadata="{served.base}/.well-known/oauth-protected-resource/mcp"'
    let_through, unhelpful = [], []
    for name, headers in cases.items():
        answer = await call(program.http, *headers)
        if answer.status_code != 401:
            let_through.append((name, answer.status_code))
        elif metadata not in answer.headers["www-authenticate"]:
            unhelpful.append(name)
    assert let_through == []
    assert unhelpful == []
    figures.count("bearers let through", len(let_through), "== 0")
    figures.count("refusals that do not say where to go", len(unhelpful), "== 0")
    figures.count("bearers tried", len(cases), ">= 30")
    figures.count(
        "requests to Spotify they caused", len(await served.spotify_requests()) - len(before), "== 0"
    )


async def test_a_good_token_is_taken_whatever_the_case_of_its_scheme(served: ServedHouse) -> None:
    program = await Program.registered(served)
    tokens = await tokens_for(served, program)
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert (await call(program.http, f"{scheme} {tokens.access}")).status_code != 401


@pytest.mark.parametrize("name", ["access_token", "token", "bearer", "authorization", "Authorization"])
async def test_a_good_token_in_the_address_or_the_body_opens_nothing(
    standing: ServedHouse, name: str
) -> None:
    program = await Program.registered(standing)
    tokens = await tokens_for(standing, program)
    assert (await call(program.http, path=f"/mcp?{name}={tokens.access}")).status_code == 401
    assert (await program.http.post("/mcp", data={name: tokens.access})).status_code == 401
    assert (await program.http.post("/mcp", json={**CALL, name: tokens.access})).status_code == 401
    cookie = {"Cookie": f"{name}={tokens.access}"}
    assert (await program.http.post("/mcp", json=CALL, headers=cookie)).status_code == 401


async def test_a_token_dies_with_its_hour_and_not_before(served: ServedHouse) -> None:
    program = await Program.registered(served)
    tokens = await tokens_for(served, program)
    served.clock.advance(HOUR - 5)
    assert (await program.whoami(tokens.access)).status_code == 200
    served.clock.advance(10)
    assert (await program.whoami(tokens.access)).status_code == 401


@pytest.mark.parametrize(
    "resource",
    [
        "https://other.example/mcp",
        "http://127.0.0.1:1/mcp",
        "http://127.0.0.1/mcp",
        "{base}",
        "{base}/",
        "{base}/mcp/",
        "{base}/MCP",
        "{base}/mcp2",
        "{base}/mcp?x=1",
        "",
    ],
)
async def test_a_token_for_another_audience_is_a_401(standing: ServedHouse, resource: str) -> None:
    program = await Program.registered(standing)
    tokens = await tokens_for(standing, program)
    seen = await standing.provider.load_access_token(tokens.access)
    assert seen is not None
    moved = update(access_tokens).where(access_tokens.c.grant_id == seen.token)
    async with standing.store.write() as connection:
        await connection.execute(moved.values(resource=resource.format(base=standing.base)))
    standing.provider.parts.verification.forget(seen.token)
    assert (await program.whoami(tokens.access)).status_code == 401


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_other_methods_ask_for_a_token_as_well(standing: ServedHouse, method: str) -> None:
    answer = await standing.browser().request(method, "/mcp", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 401
    assert "resource_metadata" in answer.headers["www-authenticate"]


async def test_what_a_refusal_says_repeats_nothing_of_the_token(standing: ServedHouse) -> None:
    program = await Program.registered(standing)
    token = new_token(Kind.ACCESS)
    answer = await call(program.http, f"Bearer {token}")
    assert token not in answer.text
    assert token not in str(answer.headers)


async def test_our_tokens_never_reach_spotify_nor_spotifys_the_program(served: ServedHouse) -> None:
    program = await Program.registered(served)
    answer = await program.redeem(await code_for(served, program))
    tokens = Tokens.of(answer)
    await program.whoami(tokens.access)
    log = (await served.spotify.get("/_simulator/requests")).text
    for secret in (tokens.access, tokens.refresh):
        assert secret not in log
    seen = await served.provider.load_access_token(tokens.access)
    assert seen is not None
    theirs = await served.accounts.access_token(str(seen.subject))
    assert len(theirs) > 20
    assert theirs not in answer.text + str(answer.headers)
