from __future__ import annotations

import httpx2
import pytest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from auxcord import errors
from tests.spotify.upstream import (
    Clock,
    Reply,
    Seen,
    Tokens,
    Upstream,
    error,
    transport,
)

pytestmark = pytest.mark.anyio

FINE = JSONResponse({"fine": True})
LOST: list[Exception] = [
    httpx2.ReadError("reset"),
    httpx2.ReadTimeout("slow"),
    httpx2.WriteError("reset"),
    httpx2.WriteTimeout("slow"),
    httpx2.RemoteProtocolError("gone"),
]
NOT_SENT: list[Exception] = [
    httpx2.ConnectError("refused"),
    httpx2.ConnectTimeout("slow"),
    httpx2.PoolTimeout("busy"),
    httpx2.ProxyError("no"),
]
FAILING: list[Reply] = [PlainTextResponse("no", 500), HTMLResponse("<p>", 502), Response(status_code=503)]


async def test_a_request_carries_the_token_and_asks_for_json() -> None:
    upstream = Upstream(FINE)
    body = await transport(upstream).request(
        Tokens("test-token"),
        "GET",
        "/me/tracks",
        params={"limit": 5, "market": None, "yes": True, "q": "a b&c"},
    )
    assert body == b'{"fine":true}'
    seen = upstream.seen[0]
    assert (seen.method, seen.path) == ("GET", "/v1/me/tracks")
    assert seen.query == {"limit": "5", "yes": "true", "q": "a b&c"}
    assert seen.headers["authorization"] == "Bearer test-token"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["user-agent"].startswith("auxcord/")


async def test_a_body_is_sent_as_json_or_as_it_is() -> None:
    upstream = Upstream(FINE)
    way = transport(upstream)
    await way.request(Tokens(), "POST", "/me/playlists", json={"name": "Höhe"})
    await way.request(Tokens(), "PUT", "/playlists/x/images", content=b"abc", content_type="image/jpeg")
    await way.request(Tokens(), "PUT", "/me/player/pause")
    await way.request(Tokens(), "POST", "/me/player/next")
    first, second, third, fourth = upstream.seen
    assert (first.body.decode(), first.headers["content-type"]) == ('{"name":"Höhe"}', "application/json")
    assert (second.body, second.headers["content-type"]) == (b"abc", "image/jpeg")
    for bodyless in (third, fourth):
        assert bodyless.headers["content-length"] == "0"
        assert "content-type" not in bodyless.headers


@pytest.mark.parametrize("reply", [Response(status_code=204), Response(b"", 200)])
async def test_an_empty_answer_is_none(reply: Response) -> None:
    assert await transport(Upstream(reply)).request(Tokens(), "GET", "/me/player") is None


async def test_a_refused_token_is_renewed_once_and_the_request_sent_again() -> None:
    upstream = Upstream(error(401, "The access token expired"), FINE)
    tokens = Tokens("test-old", "test-new")
    await transport(upstream).request(tokens, "POST", "/me/player/next")
    assert tokens.refused == ["test-old"]
    assert upstream.bearers == ["test-old", "test-new"]


async def test_a_second_refusal_ends_it_after_two_requests() -> None:
    upstream = Upstream(error(401, "Invalid access token"))
    tokens = Tokens()
    with pytest.raises(errors.AccessTokenRefusedError) as caught:
        await transport(upstream).request(tokens, "GET", "/me")
    assert len(upstream.seen) == 2
    assert len(tokens.refused) == 1
    assert "test-token" not in repr(caught.value)


async def test_a_token_refused_after_a_failure_is_renewed_as_well() -> None:
    upstream = Upstream(PlainTextResponse("", 502), error(401, "The access token expired"), FINE)
    await transport(upstream).request(Tokens("test-old", "test-new"), "GET", "/me")
    assert upstream.bearers == ["test-old", "test-old", "test-new"]


@pytest.mark.parametrize("token", ["", "two words", "line\r\nX: y", "schlüssel"][1:])
async def test_a_token_that_would_break_the_header_is_not_sent(token: str) -> None:
    upstream = Upstream(FINE)
    with pytest.raises(errors.AccessTokenRefusedError) as caught:
        await transport(upstream).request(Tokens(token), "GET", "/me")
    assert upstream.seen == []
    assert token not in str(caught.value)


@pytest.mark.parametrize("failure", [*LOST, *NOT_SENT, *FAILING])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/me"), ("PUT", "/me/player/volume"), ("DELETE", "/me/library")]
)
async def test_what_may_be_repeated_is_tried_three_times_with_pauses(
    failure: Reply, method: str, path: str
) -> None:
    clock = Clock()
    upstream = Upstream(failure, failure, FINE)
    await transport(upstream, clock).request(Tokens(), method, path)
    assert len(upstream.seen) == 3
    assert clock.slept == [0.8, 1.6]

    upstream = Upstream(failure)
    with pytest.raises(errors.SpotifyUnavailableError) as caught:
        await transport(upstream).request(Tokens(), method, path)
    assert len(upstream.seen) == 3
    assert caught.value.retryable
    assert caught.value.__context__ is None


@pytest.mark.parametrize("failure", [*LOST, *FAILING])
@pytest.mark.parametrize(
    ("path", "idempotent"),
    [("/me/player/next", None), ("/me/playlists", None), ("/playlists/x/items", None), ("/x", False)],
)
async def test_a_doubtful_change_is_never_sent_twice(failure: Reply, path: str, idempotent: object) -> None:
    upstream = Upstream(failure)
    with pytest.raises(errors.AmbiguousWriteError) as caught:
        await transport(upstream).request(
            Tokens(), "POST" if idempotent is None else "PUT", path, json={}, idempotent=idempotent
        )
    assert len(upstream.seen) == 1
    assert not caught.value.retryable
    assert caught.value.__context__ is None


@pytest.mark.parametrize("failure", NOT_SENT)
async def test_a_change_that_certainly_did_not_arrive_is_sent_again(failure: Exception) -> None:
    upstream = Upstream(failure, failure, FINE)
    assert await transport(upstream).request(Tokens(), "POST", "/me/player/next") is not None

    upstream = Upstream(failure)
    with pytest.raises(errors.SpotifyUnavailableError, match="cannot be reached"):
        await transport(upstream).request(Tokens(), "POST", "/me/player/next")
    assert len(upstream.seen) == 3


async def test_a_change_lost_after_a_connection_failure_is_still_doubtful() -> None:
    upstream = Upstream(httpx2.ConnectError("refused"), httpx2.ReadTimeout("slow"))
    with pytest.raises(errors.AmbiguousWriteError):
        await transport(upstream).request(Tokens(), "POST", "/me/player/next")
    assert len(upstream.seen) == 2


async def test_a_change_refused_for_the_pace_took_no_effect_and_is_sent_again() -> None:
    clock = Clock()
    upstream = Upstream(error(429, "API rate limit exceeded", after="3"), FINE)
    await transport(upstream, clock).request(Tokens(), "POST", "/me/player/next")
    assert len(upstream.seen) == 2
    assert clock.slept == [3.0]


async def test_a_short_pause_is_waited_for_and_a_long_one_fails_at_once_for_everybody() -> None:
    clock = Clock()
    upstream = Upstream(error(429, "API rate limit exceeded", after="48925"), FINE)
    way = transport(upstream, clock)
    for _ in range(5):
        with pytest.raises(errors.RateLimitedError) as caught:
            await way.request(Tokens(), "GET", "/me")
    assert caught.value.retry_after == 48_925.0
    assert len(upstream.seen) == 1
    assert clock.slept == []
    clock.now += 48_925
    await way.request(Tokens(), "GET", "/me")


async def test_a_used_up_quota_stops_its_kind_of_request_only() -> None:
    def quota(seen: Seen) -> Response:
        if seen.path.startswith("/v1/shows/"):
            return error(429, "Too many requests", "QUOTA_EXCEEDED", after="48925")
        return FINE

    upstream = Upstream(quota)
    way = transport(upstream)
    for show in ("one", "two", "three"):
        with pytest.raises(errors.QuotaExceededError) as caught:
            await way.request(Tokens(), "GET", f"/shows/{show}/episodes")
    assert caught.value.retry_after == 48_925.0
    assert len(upstream.seen) == 1
    await way.request(Tokens(), "GET", "/me/player")


@pytest.mark.parametrize("after", [None, "soon", "-3", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_refusal_without_a_readable_deadline_pauses_by_itself(after: str | None) -> None:
    clock = Clock()
    upstream = Upstream(error(429, "API rate limit exceeded", after=after), FINE)
    await transport(upstream, clock).request(Tokens(), "GET", "/me")
    assert clock.slept == [5.0]


async def test_refusals_for_the_pace_end_after_three_tries_or_at_the_ceiling() -> None:
    upstream = Upstream(error(429, "API rate limit exceeded", after="1"))
    with pytest.raises(errors.RateLimitedError):
        await transport(upstream).request(Tokens(), "GET", "/me")
    assert len(upstream.seen) == 3

    clock = Clock()
    upstream = Upstream(error(429, "API rate limit exceeded", after="6"))
    with pytest.raises(errors.RateLimitedError):
        await transport(upstream, clock).request(Tokens(), "GET", "/me")
    assert sum(clock.slept) <= 10


async def test_plain_text_429_is_understood() -> None:
    upstream = Upstream(PlainTextResponse("Too many requests", 429, headers={"Retry-After": "2"}), FINE)
    assert await transport(upstream).request(Tokens(), "GET", "/me") is not None


async def test_retry_after_of_a_failure_is_honoured_up_to_the_ceiling() -> None:
    clock = Clock()
    upstream = Upstream(Response(status_code=503, headers={"Retry-After": "4"}), FINE)
    await transport(upstream, clock).request(Tokens(), "GET", "/me")
    assert clock.slept == [4.0]

    upstream = Upstream(Response(status_code=503, headers={"Retry-After": "400"}))
    with pytest.raises(errors.SpotifyUnavailableError) as caught:
        await transport(upstream).request(Tokens(), "GET", "/me")
    assert len(upstream.seen) == 1
    assert caught.value.retry_after == 400.0


async def test_a_refusal_is_not_repeated() -> None:
    upstream = Upstream(error(404, "Resource not found"))
    with pytest.raises(errors.NotFoundError):
        await transport(upstream).request(Tokens(), "GET", "/tracks/x")
    assert len(upstream.seen) == 1


async def test_a_command_refused_after_its_first_try_was_lost_may_have_worked() -> None:
    refused = error(403, "Player command failed: Restriction violated", "UNKNOWN")
    with pytest.raises(errors.AmbiguousWriteError):
        await transport(Upstream(httpx2.ReadTimeout("slow"), refused)).request(
            Tokens(), "PUT", "/me/player/pause"
        )
    with pytest.raises(errors.PlayerError):
        await transport(Upstream(refused)).request(Tokens(), "PUT", "/me/player/pause")
