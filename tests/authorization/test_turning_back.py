"""What a person leaves half-way, or a client asks for oddly, harms nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx2
import pytest

from auxcord.authorization.clients import UNUSED_SECONDS
from auxcord.server.deadlines import DeadlineProtocol
from auxcord.server.listener import bind, port_of, serving
from tests.authorization.house import Program, agree, open_consent, to_spotify, tokens_for

if TYPE_CHECKING:
    from tests.authorization.house import House

pytestmark = pytest.mark.anyio


async def scopes_at_spotify(house: House) -> frozenset[str]:
    user_id = await house.vault.sole_user()
    assert user_id is not None
    return (await house.accounts.describe(user_id)).scopes


async def test_a_smaller_sign_in_left_half_way_takes_nothing_from_other_clients(
    house: House, program: Program
) -> None:
    await tokens_for(house, program, level="everything")
    before = await scopes_at_spotify(house)
    assert "playlist-modify-private" in before
    browser, other = house.browser(), await Program.registered(house)
    await house.at_spotify("ada")
    first_leg = await to_spotify(browser, other.authorize_url(), level="look")
    back = await house.spotify.get(first_leg)
    second_leg = await browser.get(back.headers["location"])
    assert "playlist-modify-private" in httpx2.URL(second_leg.headers["location"]).params["scope"]
    assert await scopes_at_spotify(house) == before


async def test_a_client_that_asks_for_a_sign_in_is_not_swept_away_under_it(
    house: House, program: Program
) -> None:
    house.clock.advance(UNUSED_SECONDS + 3_600)
    answer = await agree(house, house.browser(), program.authorize_url())
    code = httpx2.URL(answer.headers["location"]).params["code"]
    assert (await program.redeem(code)).status_code == 200
    unused = await Program.registered(house)
    house.clock.advance(UNUSED_SECONDS + 3_600)
    await house.provider.parts.clients.sweep()
    assert await house.provider.get_client(unused.client_id) is None
    assert await house.provider.get_client(program.client_id) is not None


async def test_scopes_we_do_not_know_preselect_the_least(house: House, program: Program) -> None:
    page = await open_consent(house.browser(), program.authorize_url(scope="openid email"))
    chosen = [part for part in page.text.split("<input") if "checked" in part.split(">")[0]]
    assert len(chosen) == 1
    assert 'value="look"' in chosen[0]


@pytest.mark.server
async def test_the_server_as_it_is_served_closes_half_sent_requests(monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(DeadlineProtocol, "seconds", 0.2)

    async def nothing(_scope: object, _receive: object, _send: object) -> None:
        raise AssertionError("an incomplete request reached the application")

    listener = bind("127.0.0.1", 0)
    async with serving(nothing, listener, lifespan=False):
        stream = await anyio.connect_tcp("127.0.0.1", port_of(listener))
        async with stream:
            await stream.send(b"POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half:")
            with anyio.fail_after(5), pytest.raises(anyio.EndOfStream):
                await stream.receive()
