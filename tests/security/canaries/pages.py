"""Signing in and the account page: as it should go, and in every way it can go wrong."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from tests.authorization.house import answer_consent, challenge_of, fields_of, open_consent, query_of
from tests.people import REDIRECT, Person
from tests.replicas import PUBLIC_URL
from tests.security.adversaries.stage import (
    OURS,
    at_spotify,
    authorize_url,
    code_for,
    finish,
    proof_on,
    sign_in_to_account,
)
from tests.security.canaries.ledger import CLIENT_SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from tests.security.canaries.stage import Stage

WEB: Final = "https://client.example/cb"
_TROUBLE_AT_TOKENS: Final = (
    {"kind": "status", "status": 400, "body": {"error": "invalid_grant"}},
    {"kind": "status", "status": 400, "body": {"error": "invalid_client"}},
    {"kind": "server-error", "status": 500},
    {"kind": "rate-limited", "retry_after": 1},
    {"kind": "truncated"},
    {"kind": "garbage"},
    {"kind": "reset-after"},
    {"kind": "missing-fields", "fields": ["refresh_token"]},
)
_TROUBLE_AT_PROFILE: Final = (
    {"kind": "unauthorized"},
    {"kind": "status", "status": 403, "body": "User not registered in the Developer Dashboard"},
    {"kind": "garbage"},
    {"kind": "missing-fields", "fields": ["id", "account_id"]},
)


@dataclass
class Program:
    """An MCP client with secrets of its own at every sign-in.

    Attributes:
        stage: Where.
        client_id: Its id.
        http: Its connection.
        verifier: Of the sign-in under way.
    """

    stage: Stage
    client_id: str
    http: httpx2.AsyncClient
    verifier: str = ""

    @classmethod
    async def registered(cls, stage: Stage) -> Program:
        """One that has asked for a secret, and sends one although it got none."""
        http = stage.house.http
        document = {
            "client_name": "A program",
            "redirect_uris": [REDIRECT, WEB],
            "token_endpoint_auth_method": "client_secret_post",
        }
        answer = await http.post("/register", json=document)
        assert answer.status_code == 201, answer.text
        return cls(stage, answer.json()["client_id"], http)

    def address(self, **changes: str | None) -> str:
        """The address it opens, with a state and a challenge nobody has seen before."""
        self.verifier = secrets.token_urlsafe(48)
        new = {"state": secrets.token_urlsafe(24), "code_challenge": challenge_of(self.verifier)}
        return authorize_url(self.client_id, **{**new, **changes})

    async def ask(self, **form: str) -> httpx2.Response:
        """Send the token endpoint a form, with the secret nobody gave it."""
        secret = secrets.token_urlsafe(24)
        self.stage.ledger.note(CLIENT_SECRET, secret)
        return await self.http.post(
            "/token", data={"client_id": self.client_id, "client_secret": secret, **form}
        )

    async def redeem(self, code: str, **changes: str) -> httpx2.Response:
        """Trade a code."""
        form = {"code": code, "redirect_uri": REDIRECT, "code_verifier": self.verifier, **changes}
        return await self.ask(grant_type="authorization_code", **form)

    async def refresh(self, token: str) -> httpx2.Response:
        """Trade a refresh token."""
        return await self.ask(grant_type="refresh_token", refresh_token=token)

    async def code(self, handle: str, *, level: str = "everything") -> str:
        """Let somebody sign in, and return the code."""
        async with self.stage.house.browser() as browser:
            page = await open_consent(browser, self.address())
            answer = await code_for(self.stage.house, browser, page, handle, level=level)
        return query_of(answer.headers["location"])["code"]

    async def person(self, handle: str, *, level: str = "everything") -> Person:
        """Somebody with tokens of this program."""
        given = (await self.redeem(await self.code(handle, level=level))).json()
        tokens = given["access_token"], given["refresh_token"]
        return Person(self.stage.house, handle, self.client_id, *tokens)


async def drive(stage: Stage) -> None:
    """Go every way through the pages and the endpoints of the authorization server."""
    program, stranger = await Program.registered(stage), await Program.registered(stage)
    async for path in _tokens(program, stranger, stage.handle):
        stage.paths.add(f"tokens: {path}")
    async for path in _requests(program):
        stage.paths.add(f"authorize: {path}")
    async for path in _turned_back(program, stage):
        stage.paths.add(f"sign-in: {path}")
    async for path in _spotify_fails(program, stage):
        stage.paths.add(f"sign-in: {path}")
    async for path in _account(program, stage):
        stage.paths.add(f"account: {path}")


async def _tokens(program: Program, stranger: Program, handle: str) -> AsyncIterator[str]:
    code = await program.code(handle)
    assert (await program.redeem(code, code_verifier=secrets.token_urlsafe(48))).status_code == 400
    yield "a wrong verifier"
    assert (await program.redeem(code, redirect_uri=WEB)).status_code == 400
    yield "another redirect"
    assert (await stranger.redeem(code, code_verifier=program.verifier)).status_code == 400
    yield "another client's code"
    first = (await program.redeem(code)).json()
    yield "a code redeemed"
    second = (await program.refresh(first["refresh_token"])).json()
    yield "refreshed"
    assert (await program.refresh(first["refresh_token"])).json() == second | {
        "expires_in": second["expires_in"]
    }
    yield "refreshed again for a lost answer"
    assert (await program.refresh(first["access_token"])).status_code == 400
    yield "refreshed with an access token"
    third = (await program.refresh(second["refresh_token"])).json()
    assert (await program.refresh(first["refresh_token"])).status_code == 400
    assert (await program.refresh(third["refresh_token"])).status_code == 400
    yield "a stolen refresh token, and the end of its family"
    code = await program.code(handle)
    last = (await program.redeem(code)).json()
    assert (await program.redeem(code)).status_code == 400
    yield "a code replayed"
    await program.code(handle, level="look")
    yield "Spotify asked once more, for what other clients were given"
    assert (await program.refresh(last["refresh_token"])).status_code == 400
    person = await program.person(handle)
    basic = {"Authorization": f"Basic {secrets.token_urlsafe(24)}"}
    await program.http.post("/token", data={"grant_type": "refresh_token"}, headers=basic)
    yield "credentials in a header"
    for token in (secrets.token_urlsafe(32), person.refresh, person.access):
        assert (
            await program.http.post("/revoke", data={"client_id": program.client_id, "token": token})
        ).is_success
    yield "revoked, one of them made up"
    await program.http.get("/token", params={"code": code, "client_id": program.client_id})
    await program.http.post("/token", content=b"{}", headers={"Content-Type": "application/json"})
    yield "no form"


async def _requests(program: Program) -> AsyncIterator[str]:
    wrong: dict[str, dict[str, str | None]] = {
        "no challenge": {"code_challenge": None},
        "plain": {"code_challenge_method": "plain"},
        "no response type": {"response_type": None},
        "another resource": {"resource": "https://elsewhere.example/mcp"},
        "an unknown scope": {"scope": "everything-there-is"},
    }
    for what, changes in wrong.items():
        for redirect in (REDIRECT, WEB):
            answer = await program.http.get(program.address(redirect_uri=redirect, **changes))
            assert answer.status_code in {302, 400}, answer.text
        yield what
    foreign = program.address(redirect_uri="http://evil.example/cb")
    assert (await program.http.get(foreign)).status_code == 400
    assert (await program.http.get(foreign.replace(program.client_id, "nobody"))).status_code == 400
    yield "a redirect and a client nobody registered"
    twice = f"{program.address()}&{urlencode({'state': secrets.token_urlsafe(24)})}"
    assert (await program.http.get(twice)).status_code == 400
    yield "a parameter twice"


async def _turned_back(program: Program, stage: Stage) -> AsyncIterator[str]:
    house = stage.house
    async with house.browser() as browser, house.browser() as thief:
        page = await open_consent(browser, program.address())
        assert "error=access_denied" in await answer_consent(browser, page, decision="deny")
        yield "declined here"
        page = await open_consent(browser, program.address())
        forged = {**fields_of(page), "csrf": secrets.token_hex(32), "decision": "allow"}
        assert (await browser.post("/consent", data=forged, headers=OURS)).status_code == 403
        assert (await thief.post("/consent", data=fields_of(page), headers=OURS)).status_code == 403
        elsewhere = {"Origin": "https://evil.example"}
        assert (await browser.post("/consent", data=fields_of(page), headers=elsewhere)).status_code == 403
        yield "a forged answer"
        onward = await answer_consent(browser, page)
        state = query_of(onward)["state"]
        assert (await thief.get(str(page.url))).status_code == 403
        back = await at_spotify(house, browser, onward, stage.handle)
        assert (await thief.get(back)).status_code == 403
        yield "another browser"
        assert (await browser.get(f"/callback?state={state}&state={state}")).status_code == 400
        assert (await browser.get(f"/callback?code={secrets.token_urlsafe(48)}")).status_code == 400
        yield "a callback that is none"
        assert (await browser.get(back)).is_redirect
        assert (await browser.get(back)).status_code == 400
        yield "a state used twice"
        page = await open_consent(browser, program.address())
        onward = await answer_consent(browser, page)
        declined = {"error": "access_denied", "state": query_of(onward)["state"]}
        assert (await browser.get(f"/callback?{urlencode(declined)}")).status_code in {302, 303}
        yield "declined at Spotify"
        page = await open_consent(browser, program.address())
        state = query_of(await answer_consent(browser, page))["state"]
        made_up = {"code": secrets.token_urlsafe(48), "state": state}
        assert (await browser.get(f"/callback?{urlencode(made_up)}")).status_code == 502
        yield "a code that Spotify does not know"


async def _spotify_fails(program: Program, stage: Stage) -> AsyncIterator[str]:
    house = stage.house
    troubles = [("/api/token", rule) for rule in _TROUBLE_AT_TOKENS]
    troubles += [("/v1/me", rule) for rule in _TROUBLE_AT_PROFILE]
    for path, rule in troubles:
        async with house.browser() as browser:
            page = await open_consent(browser, program.address())
            await stage.fault(path=path, times=2, **rule)
            answer = await code_for(house, browser, page, stage.handle, level="everything")
            assert answer.status_code >= 400 or "code=" in answer.headers["location"]
            await house.simulator.no_faults()
        yield f"{path} meets {rule['kind']} {rule.get('status', '')} {rule.get('body', '')}"[:90]
    for status in (400, 401, 403, 500):
        async with house.browser() as browser:
            page = await open_consent(browser, program.address())
            back = await at_spotify(house, browser, await answer_consent(browser, page), stage.handle)
            stage.upstream.repeats = status
            assert (await browser.get(back)).status_code >= 400
            stage.upstream.repeats = None
        yield f"Spotify repeats what it was sent with {status}"


async def _account(program: Program, stage: Stage) -> AsyncIterator[str]:
    house = stage.house
    async with house.browser() as browser:
        assert "Sign in" in (await browser.get("/account")).text
        await sign_in_to_account(house, browser, "bram")
        yield "somebody of whom nothing is kept"
        await program.person(stage.handle)
        await sign_in_to_account(house, browser, stage.handle)
        shown = await browser.get("/account")
        assert shown.status_code == 200
        yield "signed in"
        proof = await proof_on(browser)
        for step in ("renew", "remove", "data", "erase", "sign-out"):
            forged = {"csrf": secrets.token_hex(32)}
            assert (await browser.post(f"/account/{step}", data=forged, headers=OURS)).status_code == 403
        yield "forged forms"
        data = await browser.post("/account/data", data={"csrf": proof}, headers=OURS)
        assert "auxcord-my-data" in data.headers["content-disposition"]
        yield "everything downloaded"
        renewal = await browser.post("/account/renew", data={"csrf": proof}, headers=OURS)
        arrived = await finish(house, browser, renewal.headers["location"], stage.handle)
        assert arrived.headers["location"] == f"{PUBLIC_URL}/account?note=renewed"
        yield "the link renewed"
        proof = await proof_on(browser)  # it is another session
        mine = {"csrf": proof, "client": program.client_id}
        assert (await browser.post("/account/remove", data=mine, headers=OURS)).status_code == 303
        yield "a client's access removed"
        assert (
            await browser.post("/account/sign-out", data={"csrf": proof}, headers=OURS)
        ).status_code == 303
        assert (await browser.post("/account/data", data={"csrf": proof}, headers=OURS)).status_code == 303
        yield "signed out, and a form sent too late"
        await sign_in_to_account(house, browser, stage.handle)
        asked = {"csrf": await proof_on(browser, "/account/erase")}
        assert (await browser.post("/account/erase", data=asked, headers=OURS)).status_code == 200
        yield "everything erased"
