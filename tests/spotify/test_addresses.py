"""Where requests go, and with what: only to the API, and nothing of one person's with another's."""

from __future__ import annotations

import pytest
from starlette.responses import JSONResponse, RedirectResponse

from auxcord import errors
from auxcord.spotify.addresses import Api
from tests.spotify.upstream import API, ORIGIN, Tokens, Upstream, transport

pytestmark = pytest.mark.anyio

FINE = JSONResponse({"fine": True})


async def test_redirects_are_not_followed() -> None:
    upstream = Upstream(RedirectResponse("https://elsewhere.test/v1/me"))
    with pytest.raises(errors.MalformedAnswerError):
        await transport(upstream).request(Tokens(), "GET", "/me")
    assert len(upstream.seen) == 1


async def test_cookies_of_one_person_are_not_sent_for_another() -> None:
    upstream = Upstream(JSONResponse({}, headers={"Set-Cookie": "session=ada; Path=/"}))
    way = transport(upstream)
    await way.request(Tokens("ada"), "GET", "/me")
    await way.request(Tokens("bram"), "GET", "/me")
    assert all("cookie" not in seen.headers for seen in upstream.seen)


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.test/v1/me",
        "http://spotify.test/v1/me",
        "https://spotify.test:8443/v1/me",
        "https://spotify.test/v2/me",
        "https://spotify.test/v1",
        "https://spotify.test/v1evil/me",
        "https://spotify.test/v1/../api/token",
        "https://spotify.test/v1/%2e%2e/api/token",
        "https://spotify.test/v1/..%2fapi",
        "https://spotify.test\\@elsewhere.test/v1/me",
        "https://user:pass@spotify.test/v1/me",
        "https://spotify.test@elsewhere.test/v1/me",
        "//elsewhere.test/v1/me",
        "/../api/token",
        "https://spotify.test.elsewhere.test/v1/me",
        "javascript:alert(1)",
        "https://[::1/v1/me",
        "v1/me",
        "",
    ],
)
async def test_a_token_goes_nowhere_but_to_the_api(address: str) -> None:
    upstream = Upstream(FINE)
    with pytest.raises(errors.MalformedAnswerError, match="elsewhere"):
        await transport(upstream).request(Tokens(), "GET", address)
    assert upstream.seen == []


async def test_the_next_page_is_followed_within_the_api_with_its_own_query() -> None:
    upstream = Upstream(FINE)
    for address in (
        f"{API}/me/tracks?offset=20&limit=20",
        "HTTPS://SPOTIFY.TEST:443/v1/me/tracks?offset=20&limit=20",
    ):
        await transport(upstream).request(Tokens(), "GET", address)
        assert upstream.seen[-1].query == {"offset": "20", "limit": "20"}


@pytest.mark.parametrize(
    "address", ["ftp://x/v1", "https://", "https://u:p@x/v1", "https://x/v1?a=b", "x/v1"]
)
def test_an_api_address_must_be_plain(address: str) -> None:
    with pytest.raises(ValueError, match="plain"):
        Api(address)


def test_kinds_of_request_are_told_apart_without_their_ids() -> None:
    api = Api(API)
    for path, family in (
        ("/shows/abc/episodes", "GET /shows/*/episodes"),
        ("/tracks/abc", "GET /tracks/*"),
        ("/me/player/queue", "GET /me/player/queue"),
        ("/search?q=x", "GET /search"),
    ):
        assert api.family("GET", api.url(path)) == family


def test_a_transport_shows_where_it_leads_and_nothing_else() -> None:
    assert repr(transport(Upstream(FINE))) == f"Transport(api_url='{ORIGIN}/v1')"
