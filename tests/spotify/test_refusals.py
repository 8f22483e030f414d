from __future__ import annotations

import json

import httpx2
import pytest

from auxcord import errors
from auxcord.spotify.refusals import PLAYER_REASONS, cleaned, refusal, retry_after, said
from auxcord.spotify.wire import Answer

PLAYER = "/me/player/play"


def answer(status: int, body: bytes, **headers: str) -> Answer:
    return Answer(status, httpx2.Headers(headers), body)


def web(status: int, message: str, reason: str | None = None) -> Answer:
    error = {"status": status, "message": message} | ({"reason": reason} if reason else {})
    return answer(status, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("what", "path", "kind"),
    [
        (web(400, "Invalid limit"), "/search", errors.BadRequestError),
        (web(400, "Invalid base62 id"), "/tracks/x", errors.BadRequestError),
        (answer(400, b""), "/me", errors.BadRequestError),
        (answer(411, b"<html>Length Required</html>"), "/me", errors.BadRequestError),
        (answer(413, b""), "/playlists/x/images", errors.BadRequestError),
        (web(401, "The access token expired"), "/me", errors.AccessTokenRefusedError),
        (web(403, "This request requires user authentication."), "/me", errors.AccessTokenRefusedError),
        (web(403, "Insufficient client scope"), PLAYER, errors.InsufficientScopeError),
        (web(403, "Forbidden"), "/albums", errors.EndpointClosedError),
        (answer(403, b""), "/albums", errors.EndpointClosedError),
        (answer(403, b"<html>no</html>"), "/albums", errors.EndpointClosedError),
        (
            answer(
                403,
                b"Active premium subscription required for the owner of the app. When the subscription "
                b"status changes, it can take a few hours before requests are allowed again.",
            ),
            "/me",
            errors.OwnerPremiumRequiredError,
        ),
        (answer(403, b"User not registered in the Developer Dashboard"), "/me", errors.NotAllowListedError),
        (
            answer(
                403, b"Check settings on developer.spotify.com/dashboard, the user may not be registered."
            ),
            PLAYER,
            errors.NotAllowListedError,
        ),
        (
            web(403, "Player command failed: Premium required", "PREMIUM_REQUIRED"),
            PLAYER,
            errors.PremiumRequiredError,
        ),
        (web(403, "Player command failed: Premium required"), PLAYER, errors.PremiumRequiredError),
        (web(403, "Player command failed: Restriction violated", "UNKNOWN"), PLAYER, errors.PlayerError),
        (web(403, "Restriction violated"), PLAYER, errors.PlayerError),
        (web(403, "Player command failed: new", "SOMETHING_NEW"), PLAYER, errors.PlayerError),
        (
            web(404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE"),
            PLAYER,
            errors.NoActiveDeviceError,
        ),
        (web(404, "Device not found"), PLAYER, errors.DeviceNotFoundError),
        (web(404, "Player command failed", "NO_NEXT_TRACK"), PLAYER, errors.PlayerError),
        (web(404, "Resource not found"), "/tracks/x", errors.NotFoundError),
        (answer(404, b""), "/tracks/x", errors.NotFoundError),
        (web(409, "Conflict"), "/me", errors.SpotifyRefusedError),
        (web(500, "Server error"), "/me", errors.SpotifyUnavailableError),
        (answer(502, b"<html>Bad gateway</html>"), "/me", errors.SpotifyUnavailableError),
        (answer(503, b"upstream connect error"), "/me", errors.SpotifyUnavailableError),
        (answer(302, b""), "/me", errors.MalformedAnswerError),
        (
            answer(403, b'{"error":"access_denied","error_description":"no"}'),
            "/me",
            errors.EndpointClosedError,
        ),
    ],
)
def test_every_known_refusal_has_its_own_error(
    what: Answer, path: str, kind: type[errors.SpotifyError]
) -> None:
    error = refusal(what, path=path)
    assert type(error) is kind
    assert str(error).endswith(".")
    assert error.advice or kind is errors.SpotifyRefusedError


@pytest.mark.parametrize("reason", sorted(PLAYER_REASONS))
def test_every_documented_player_reason_is_told_in_words(reason: str) -> None:
    error = refusal(web(403, "Player command failed", reason), path=PLAYER)
    assert str(error) == PLAYER_REASONS[reason]
    assert isinstance(error, errors.PlayerError)
    assert error.reason == reason


def test_an_unknown_player_reason_is_passed_on_with_spotifys_message() -> None:
    error = refusal(web(403, "Player command failed: too quiet", "TOO_QUIET"), path=PLAYER)
    assert str(error) == "The player refused (TOO_QUIET): Player command failed: too quiet."
    assert isinstance(error, errors.PlayerError)
    assert error.reason == "TOO_QUIET"


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (web(403, "Player command failed: Premium required", "PREMIUM_REQUIRED"), "PREMIUM_REQUIRED"),
        (web(404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE"), "NO_ACTIVE_DEVICE"),
        (web(404, "Device not found"), ""),
        (web(403, "Restriction violated"), ""),
    ],
)
def test_spotifys_reason_is_kept_beside_the_words(what: Answer, reason: str) -> None:
    error = refusal(what, path=PLAYER)
    assert isinstance(error, errors.PlayerError)
    assert error.reason == reason


def test_spotifys_message_is_cleaned_and_shortened() -> None:
    error = refusal(web(400, "bad\x1b[31m\u202e\x00\nthing " + "x" * 5_000), path="/me")
    assert str(error).isprintable()
    assert len(str(error)) < 300


def test_html_and_json_of_other_shapes_say_nothing() -> None:
    assert said(b"<!DOCTYPE html><p>secret</p>") == ("", "")
    assert said(b"[1, 2]") == ("", "")
    assert said(b'{"error": 7}') == ("", "")
    assert said(b'{"error": {"message": {"a": 1}, "reason": null}}') == ("", "")
    assert said(b"\xff\xfe") != ""
    assert said(b"[" * 100_000).reason == ""


def test_plain_text_bodies_never_reach_the_sentence() -> None:
    error = refusal(answer(403, b"internal host 10.0.0.7 says no " * 50), path="/me")
    assert len(str(error)) < 300


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        (" 48925 ", 48_925.0),
        ("0", 0.0),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("1e9", None),
        ("9" * 40, 604_800.0),
        ("9" * 5_000, 604_800.0),
        ("²", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_only_whole_seconds_count_as_retry_after(value: str, seconds: float | None) -> None:
    assert (
        retry_after(httpx2.Headers({"Retry-After": value}) if value.isascii() else {"retry-after": value})
        == seconds
    )


def test_a_failure_of_spotifys_own_says_when_to_return() -> None:
    assert refusal(answer(503, b"", **{"Retry-After": "7"}), path="/me").retry_after == 7.0


def test_cleaning_keeps_ordinary_text() -> None:
    assert cleaned("Insufficient client scope") == "Insufficient client scope"
    assert cleaned("  two\n\nlines\t") == "two lines"


def test_what_spotify_repeats_of_a_request_is_not_repeated_to_anybody() -> None:
    token = "BQ" + "not-a-secret_" * 12
    for text in (f"Token {token} is bad", f'{{"authorization": "Bearer {token}"}}', token):
        for what in (web(400, text, text), web(403, text, text), web(418, text), answer(404, text.encode())):
            for path in ("/me", PLAYER):
                told = refusal(what, path=path)
                assert "not-a-secret" not in f"{told} {told!r} {vars(told)}"
    assert cleaned("Invalid id: 4uLU6hMCjMI75M1A2tKUQC") == "Invalid id: 4uLU6hMCjMI75M1A2tKUQC"
