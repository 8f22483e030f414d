"""OAuth, point by point: what the suites of well-known providers ask of an authorization server

Real HTTP. Topics, not texts, of those suites: methods and media types, repeated and odd parameters, the ways
to name a client, the shape of answers, caching, cross-origin calls, metadata. The bar: every point holds, and
with the numbered proofs beside it at least 150 distinct cases run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from tests.authorization.house import REDIRECT, Program, Tokens, code_for, tokens_for
from tests.security import test_t12_pkce_required as t12
from tests.security import test_t13_mismatches as t13
from tests.security import test_t17_states as t17
from tests.security import test_t27_scopes as t27
from tests.security.points import FORM, METADATA, POINTS, RESOURCE, Point, basic
from tests.security.redirects import MATCHES, MAY_BE_REGISTERED, MAY_NOT_BE_REGISTERED
from tests.security.strangers import ADDRESSES, DOCUMENTS, HOSTILE

if TYPE_CHECKING:
    import httpx2

    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio


async def sent(house: ServedHouse, program: Program, point: Point) -> httpx2.Response:
    """Send a point's request, from an address of its own."""
    known = {
        "client": program.client_id,
        "redirect": quote(REDIRECT, safe=""),
        "resource": quote(f"{house.base}/mcp", safe=""),
        "refresh": "grant_type=refresh_token&refresh_token=x",
    }

    def filled(text: str) -> str:
        for name, value in known.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    headers = {name: filled(value) for name, value in point.headers.items()}
    named = headers.pop("basic", None)
    if named is not None:
        headers |= basic(named)
    elif point.body is not None:
        headers.setdefault("Content-Type", FORM)
    content = None if point.body is None else filled(point.body).encode()
    coded = {name: value.encode("latin-1") for name, value in headers.items()}
    return await house.browser().request(point.method, filled(point.path), content=content, headers=coded)


def said_wrong(point: Point, answer: httpx2.Response) -> str | None:
    """What is wrong with an answer."""
    if answer.status_code != point.status:
        return f"status {answer.status_code} instead of {point.status}"
    if point.error is None:
        return None
    content = answer.json()
    if content["error"] != point.error:
        return f"{content['error']} instead of {point.error}"
    if not set(content) <= {"error", "error_description"} or answer.headers["cache-control"] != "no-store":
        return "another shape, or it may be kept"
    if answer.status_code == 401 and ("basic" in point.headers or "Authorization" in point.headers):
        return None if answer.headers.get("www-authenticate", "").startswith("Basic ") else "no challenge"
    return None


async def test_every_point_holds(standing: ServedHouse, figures: Figures) -> None:
    program = await Program.registered(standing)
    wrong = {}
    for point in POINTS:
        if problem := said_wrong(point, await sent(standing, program, point)):
            wrong[point.name] = problem
    assert wrong == {}
    figures.count("points that do not hold", len(wrong), "== 0")
    figures.count("points looked at here", len(POINTS), ">= 80")
    others = (t12.CASES, t13.CASES, t17.FOREIGN, t27.MORE, t27.LESS, t27.RESOURCES)
    lists = (*others, MATCHES, MAY_BE_REGISTERED, MAY_NOT_BE_REGISTERED, ADDRESSES, HOSTILE, DOCUMENTS)
    total = len(POINTS) + sum(len(cases) for cases in lists)
    figures.count("distinct OAuth cases over real HTTP, here and in the numbered proofs", total, ">= 150")


async def test_the_names_of_the_points_differ() -> None:
    assert len({point.name + point.path for point in POINTS}) == len(POINTS)


async def test_the_metadata_names_what_is_there_and_nothing_else(standing: ServedHouse) -> None:
    http = standing.browser()
    answer = await http.get(METADATA, headers={"Origin": "http://localhost:5173"})
    said: dict[str, Any] = answer.json()
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/json"
    assert said["issuer"] == standing.base
    assert said == (await http.get("/.well-known/openid-configuration")).json()
    assert said["response_types_supported"] == ["code"]
    assert said["grant_types_supported"] == ["authorization_code", "refresh_token"]
    assert said["token_endpoint_auth_methods_supported"] == ["none"]
    assert said["client_id_metadata_document_supported"] is True
    for name, where in said.items():
        if name.endswith("_endpoint"):
            assert where.startswith(f"{standing.base}/")
            status = (await http.get(where)).status_code
            assert status in {400, 405}, name


async def test_the_resource_names_one_authorization_server_and_how_to_bring_the_token(
    standing: ServedHouse,
) -> None:
    said = (await standing.browser().get(RESOURCE)).json()
    assert said["resource"] == f"{standing.base}/mcp"
    assert said["authorization_servers"] == [standing.base]
    assert said["bearer_methods_supported"] == ["header"]


async def test_the_answer_with_tokens_has_the_shape_of_the_standard(standing: ServedHouse) -> None:
    program = await Program.registered(standing)
    answer = await program.redeem(await code_for(standing, program))
    said = answer.json()
    assert set(said) == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 3600, "read playback edit")
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/token", "/revoke", "/register"])
async def test_a_client_in_a_browser_may_call_and_no_cookie_goes_along(
    standing: ServedHouse, path: str
) -> None:
    asked = {"Origin": standing.base, "Access-Control-Request-Method": "POST"}
    allowed = await standing.browser().options(path, headers=asked)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, "*")
    refused = await standing.browser().post(path, content=b"x", headers={"Origin": standing.base})
    assert refused.headers["access-control-allow-origin"] == "*"
    for answer in (allowed, refused):
        assert "access-control-allow-credentials" not in answer.headers
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("which", ["access", "refresh"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "something_else"])
async def test_either_token_given_back_ends_the_grant_whatever_the_hint(
    standing: ServedHouse, which: str, hint: str | None
) -> None:
    program = await Program.registered(standing)
    tokens, others = await tokens_for(standing, program), await tokens_for(standing, program)
    changes = {} if hint is None else {"token_type_hint": hint}
    for _ in range(2):  # twice is harmless
        answer = await program.revoke(getattr(tokens, which), **changes)
        assert (answer.status_code, answer.content) == (200, b"")
    assert (await program.whoami(tokens.access)).status_code == 401
    assert (await program.refresh(tokens.refresh)).json()["error"] == "invalid_grant"
    assert (await program.whoami(others.access)).status_code == 200


async def test_no_client_can_do_anything_with_what_is_another_clients(standing: ServedHouse) -> None:
    mine, other = await Program.registered(standing), await Program.registered(standing)
    tokens = await tokens_for(standing, mine)
    code = await code_for(standing, mine)
    other.verifier = mine.verifier
    assert (await other.redeem(code)).json()["error"] == "invalid_grant"
    assert (await other.refresh(tokens.refresh)).json()["error"] == "invalid_grant"
    assert (await other.revoke(tokens.access)).status_code == 200
    assert (await other.revoke(tokens.refresh)).status_code == 200
    assert Tokens.of(await mine.refresh(tokens.refresh))
    assert (await mine.redeem(code)).status_code == 200


async def test_errors_repeat_nothing_they_were_given(standing: ServedHouse) -> None:
    program = await Program.registered(standing)
    word = "a-word-that-must-not-come-back"
    for form in (
        {"client_id": word},
        {"client_id": program.client_id, "grant_type": word},
        {"client_id": program.client_id, "grant_type": "refresh_token", "refresh_token": word},
        {
            "client_id": program.client_id,
            "grant_type": "authorization_code",
            "code": word,
            "code_verifier": word,
        },
        {"client_id": program.client_id, word: "a"},
    ):
        assert (
            word
            not in (
                await program.http.post("/token", content=urlencode(form), headers={"Content-Type": FORM})
            ).text
        )
    tokens = await tokens_for(standing, program)
    assert word not in (await program.refresh(tokens.refresh, scope=word)).text
    for path in (
        f"/authorize?client_id={word}",
        f"/consent?ticket={word}",
        f"/callback?state={word}",
        f"/renew?grant={word}",
    ):
        assert word not in (await program.http.get(path)).text
