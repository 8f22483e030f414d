"""A fresh access token at any time; one refresh for everybody; Spotify's failures never end a link."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
import msgspec
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from auxcord.accounts import LinkState
from auxcord.accounts.accounts import Accounts
from auxcord.accounts.refreshing import CONCURRENT
from auxcord.errors import (
    InvalidClientError,
    MalformedAnswerError,
    RateLimitedError,
    ReauthorizationRequiredError,
    SpotifyError,
    SpotifySignInError,
    SpotifyUnavailableError,
)
from tests.accounts.spotify import HOUR, apps, profile

if TYPE_CHECKING:
    from tests.accounts.conftest import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ada(world: World) -> str:
    return await world.link("ada")


async def test_a_hundred_callers_with_an_expired_token_cause_one_refresh(world: World, ada: str) -> None:
    world.clock.now += HOUR
    tokens = await asyncio.gather(*(world.accounts.access_token(ada) for _ in range(100)))
    assert set(tokens) == {"access-ada-2"}
    assert world.spotify.refreshes == ["refresh-ada-1"]
    assert world.clock.slept == []  # nobody had to look again and again


async def test_people_are_refreshed_independently(world: World, ada: str) -> None:
    bram = await world.link("bram")
    world.clock.now += HOUR
    world.spotify.revoke("bram")
    results = await asyncio.gather(
        *(world.accounts.access_token(who) for who in (ada, bram) for _ in range(10)), return_exceptions=True
    )
    assert set(results[:10]) == {"access-ada-3"}
    assert {type(result) for result in results[10:]} == {ReauthorizationRequiredError}
    assert len(world.spotify.refreshes) == 2


async def test_people_whose_tokens_expire_together_are_refreshed_once_each_and_not_all_at_once(
    world: World,
) -> None:
    people = [await world.link(f"p{number}") for number in range(300)]
    world.clock.now += HOUR
    tokens = await asyncio.gather(*(world.accounts.access_token(who) for who in people for _ in range(2)))
    assert len(set(tokens)) == len(world.spotify.refreshes) == 300
    assert world.spotify.most_under_way <= CONCURRENT


async def test_the_refresh_token_is_kept_when_none_comes_back(world: World, ada: str) -> None:
    world.clock.now += HOUR
    await world.accounts.access_token(ada)
    kept = (await world.kept(ada)).link
    assert (kept.refresh_token, kept.access_token) == ("refresh-ada-1", "access-ada-2")
    assert kept.scopes == ("user-read-private",)
    assert kept.expires_at == world.clock.now + HOUR


async def test_the_refresh_token_is_replaced_when_one_comes_back(world: World, ada: str) -> None:
    world.spotify.rotating = True
    for number in (2, 3, 4):
        world.clock.now += HOUR
        assert await world.accounts.access_token(ada) == f"access-ada-{number}"
        assert (await world.kept(ada)).link.refresh_token == f"refresh-ada-{number}"
    assert world.spotify.refreshes == ["refresh-ada-1", "refresh-ada-2", "refresh-ada-3"]


async def test_a_revoked_link_is_tried_once_kept_and_told_ever_after(world: World, ada: str) -> None:
    world.spotify.revoke("ada")
    world.clock.now += HOUR
    for _ in range(5):
        with pytest.raises(ReauthorizationRequiredError):
            await world.accounts.access_token(ada)
    assert len(world.spotify.refreshes) == 1
    link = await world.accounts.describe(ada)
    assert (link.state, link.display_name) == (LinkState.REAUTHORIZATION_REQUIRED, "Ada")


FAILURES = {
    "500": (Response(status_code=500), SpotifyUnavailableError),
    "503": (PlainTextResponse("<html>down</html>", 503), SpotifyUnavailableError),
    "429": (Response(status_code=429, headers={"Retry-After": "7"}), RateLimitedError),
    "garbage": (PlainTextResponse("{{{", 200), MalformedAnswerError),
    "no token": (JSONResponse({"expires_in": 3600}), MalformedAnswerError),
    "a life of nothing": (JSONResponse({"access_token": "a", "expires_in": -1}), MalformedAnswerError),
    "wrong secret": (JSONResponse({"error": "invalid_client"}, 400), InvalidClientError),
    "another refusal": (JSONResponse({"error": "invalid_request"}, 400), SpotifySignInError),
    "not json": (PlainTextResponse("bad", 400), SpotifySignInError),
    "a redirect": (Response(status_code=302, headers={"Location": "/"}), MalformedAnswerError),
}


@pytest.mark.parametrize(("answer", "kind"), FAILURES.values(), ids=FAILURES)
async def test_no_failure_but_invalid_grant_ends_a_link(
    world: World, ada: str, answer: Response, kind: type[SpotifyError]
) -> None:
    before = await world.kept(ada)
    world.spotify.failing = answer
    world.clock.now += HOUR - 30
    assert await world.accounts.access_token(ada) == "access-ada-1"  # valid for 30 seconds still
    world.clock.now += 30
    with pytest.raises(kind):
        await world.accounts.access_token(ada)
    assert await world.kept(ada) == before
    world.spotify.failing = None
    world.clock.now += 60
    assert await world.accounts.access_token(ada) == "access-ada-2"


async def test_a_network_failure_does_not_end_a_link(world: World, ada: str) -> None:
    def unreachable(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("unreachable", request=request)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(unreachable)) as http:
        accounts = Accounts(world.vault, world.store, apps(http), clock=world.clock, sleep=world.clock.sleep)
        world.clock.now += HOUR
        with pytest.raises(SpotifyUnavailableError) as caught:
            await accounts.access_token(ada)
        assert caught.value.retryable
    assert (await world.accounts.describe(ada)).state is LinkState.ACTIVE
    assert await world.accounts.access_token(ada) == "access-ada-2"


async def test_a_failing_spotify_is_not_asked_again_at_every_call(world: World, ada: str) -> None:
    world.spotify.failing = Response(status_code=503)
    world.clock.now += HOUR
    for _ in range(20):
        with pytest.raises(SpotifyUnavailableError) as caught:
            await world.accounts.access_token(ada)
    assert len(world.spotify.refreshes) == 1
    assert caught.value.retry_after is not None
    asked = []
    for _ in range(300):
        world.clock.now += 1
        with pytest.raises(SpotifyUnavailableError):
            await world.accounts.access_token(ada)
        asked.append(len(world.spotify.refreshes))
    assert 6 <= asked[-1] <= 14  # 1, 2, 4 ... 60 seconds apart, jittered


async def test_a_rate_limit_is_everybodys_and_lasts_as_long_as_spotify_says(world: World, ada: str) -> None:
    bram = await world.link("bram")
    world.spotify.failing = Response(status_code=429, headers={"Retry-After": "70"})
    world.clock.now += HOUR
    for who in (ada, bram, ada):
        with pytest.raises(RateLimitedError) as caught:
            await world.accounts.access_token(who)
    assert caught.value.retry_after == 70
    assert len(world.spotify.refreshes) == 1
    world.spotify.failing = None
    world.clock.now += 71
    assert await world.accounts.access_token(bram) == "access-bram-3"


async def test_a_token_is_renewed_early_in_the_background_while_the_old_one_is_served(
    world: World, ada: str
) -> None:
    early = (await world.kept(ada)).link.early_margin
    assert 300 <= early <= 600
    world.clock.now += HOUR - early - 1
    assert await world.accounts.access_token(ada) == "access-ada-1"
    assert world.spotify.refreshes == []
    world.clock.now += 2
    tokens = [await world.accounts.access_token(ada) for _ in range(10)]
    assert set(tokens) == {"access-ada-1"}
    await world.spotify.called()
    await world.accounts._refresher._flights[ada]
    assert await world.accounts.access_token(ada) == "access-ada-2"
    assert len(world.spotify.refreshes) == 1


async def test_early_renewals_are_spread_over_people(world: World) -> None:
    people = [await world.link(f"p{number}") for number in range(40)]
    margins = {round((await world.kept(user_id)).link.early_margin, 3) for user_id in people}
    assert len(margins) == 40
    assert max(margins) - min(margins) > 100


async def test_a_refused_token_is_replaced_once_for_all_who_hold_it(world: World, ada: str) -> None:
    world.clock.now += 600
    refused = await world.accounts.access_token(ada)
    results = await asyncio.gather(*(world.accounts.access_token(ada, refused=refused) for _ in range(50)))
    assert set(results) == {"access-ada-2"}
    assert await world.accounts.access_token(ada, refused=refused) == "access-ada-2"
    assert len(world.spotify.refreshes) == 1


async def test_a_spotify_that_refuses_every_token_is_not_asked_for_ever_new_ones(
    world: World, ada: str
) -> None:
    world.clock.now += 600
    token = await world.accounts.access_token(ada)
    for _ in range(20):
        token = await world.accounts.access_token(ada, refused=token)
    assert len(world.spotify.refreshes) == 1


async def test_a_refused_token_is_not_served_again_when_spotify_cannot_renew_it(
    world: World, ada: str
) -> None:
    world.clock.now += 600
    world.spotify.failing = Response(status_code=500)
    with pytest.raises(SpotifyUnavailableError):
        await world.accounts.access_token(ada, refused="access-ada-1")


async def test_the_token_source_of_a_person_gives_their_tokens(world: World, ada: str) -> None:
    bram = await world.link("bram")
    sources = {who: world.accounts.tokens(who) for who in (ada, bram)}
    assert await sources[ada].current() == "access-ada-1"
    assert await sources[bram].current() == "access-bram-2"
    world.clock.now += 600
    assert await sources[ada].renewed("access-ada-1") == "access-ada-3"
    assert await sources[bram].current() == "access-bram-2"


async def test_short_lived_tokens_are_not_refreshed_at_every_call(world: World) -> None:
    tokens = msgspec.structs.replace(world.spotify.consent("ada"), expires_in=40)
    ada = await world.accounts.link(tokens, profile("ada"))
    for _ in range(10):
        assert await world.accounts.access_token(ada) == "access-ada-1"
    assert world.spotify.refreshes == []
