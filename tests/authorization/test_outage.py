"""When the store is down: come back later, keep your tokens; and all is well again afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from auxcord.authorization.availability import Outage
from auxcord.authorization.tokens import Kind, new_token
from auxcord.store.engine import Store
from tests.authorization.house import REDIRECT, House, Program, code_for, open_consent, tokens_for

pytestmark = pytest.mark.anyio


async def test_a_call_with_a_token_is_a_503_and_works_afterwards(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    await house.store.close()
    answer = await program.whoami(tokens.access)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "www-authenticate" not in answer.headers
    await house.store.open()
    await until_back(house)
    assert (await program.whoami(tokens.access)).status_code == 200


async def test_once_it_is_known_a_call_without_a_token_is_a_503_too(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    await house.store.close()
    assert (await program.refresh(tokens.refresh)).status_code == 503
    assert (await program.whoami(None)).status_code == 503
    await house.store.open()
    await until_back(house)
    assert (await program.whoami(None)).status_code == 401
    assert (await program.refresh(tokens.refresh)).status_code == 200


@pytest.mark.parametrize("path", ["/token", "/revoke", "/register"])
async def test_programs_are_told_in_json_when_to_come_back(house: House, program: Program, path: str) -> None:
    await house.store.close()
    form = {"client_id": program.client_id, "grant_type": "refresh_token", "token": "x", "refresh_token": "x"}
    sent = {"json": {"redirect_uris": [REDIRECT]}} if path == "/register" else {"data": form}
    answer = await program.http.post(path, **sent)
    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"
    assert int(answer.headers["retry-after"]) > 0


async def test_people_are_told_on_a_page_and_can_go_on_afterwards(house: House, program: Program) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    await house.store.close()
    paths = (str(page.url), program.authorize_url(), "/callback?state=x&code=y", "/renew?grant=x")
    for path in paths:
        answer = await browser.get(path)
        assert answer.status_code == 503
        assert "our own database" in answer.text
        assert int(answer.headers["retry-after"]) > 0
    await house.store.open()
    await until_back(house)
    assert (await browser.get(str(page.url))).status_code == 200


async def test_a_code_survives_an_outage(house: House, program: Program) -> None:
    code = await code_for(house, program)
    await house.store.close()
    assert (await program.redeem(code)).status_code == 503
    await house.store.open()
    await until_back(house)
    assert (await program.redeem(code)).status_code == 200


async def test_what_needs_no_store_goes_on(house: House, program: Program) -> None:
    await house.store.close()
    await program.whoami(new_token(Kind.ACCESS))
    for path in ("/", "/healthz", "/.well-known/oauth-authorization-server"):
        assert (await program.http.get(path)).status_code == 200


async def test_while_it_is_down_it_is_looked_at_twice_a_second_and_no_more(house: House) -> None:
    looks = Looks(house.store)
    now = [100.0]
    outage = Outage(looks, clock=lambda: now[0])
    assert not await outage.is_on()
    assert looks.count == 0
    await house.store.close()
    outage.met()
    for _ in range(100):
        assert await outage.is_on()
    assert looks.count == 1
    now[0] += 0.5
    for _ in range(100):
        assert await outage.is_on()
    assert looks.count == 2
    await house.store.open()
    now[0] += 0.5
    assert not await outage.is_on()
    assert not await outage.is_on()
    assert looks.count == 3


async def test_while_only_writing_fails_readers_are_served_at_once(house: House) -> None:
    outage = Outage(Looks(house.store), clock=lambda: 100.0)
    outage.met()
    assert not await outage.is_on()
    assert not outage.is_suspected


class Looks(Store):
    """A store that counts how often it is read."""

    def __init__(self, store: Store) -> None:
        self._counted = store
        self.count = 0

    async def fetch(self, *arguments: Any) -> Any:
        self.count += 1
        return await self._counted.fetch(*arguments)


async def until_back(house: House) -> None:
    """Let the half second pass after which the store is looked at again."""
    house.provider.parts.outage._looked_at -= 1
