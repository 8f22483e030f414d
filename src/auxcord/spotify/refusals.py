"""From what Spotify answered to an error a person can act on.

Spotify has four shapes of error: `{"error": {"status", "message", "reason"}}`, the flat OAuth
`{"error", "error_description"}`, plain text, and nothing or HTML. Raw bodies never leave this module.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from auxcord.errors import (
    AccessTokenRefusedError,
    BadRequestError,
    DeviceNotFoundError,
    EndpointClosedError,
    InsufficientScopeError,
    MalformedAnswerError,
    NoActiveDeviceError,
    NotAllowListedError,
    NotFoundError,
    OwnerPremiumRequiredError,
    PlayerError,
    PremiumRequiredError,
    SpotifyError,
    SpotifyRefusedError,
    SpotifyUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auxcord.spotify.wire import Answer

_LONGEST = 200
_LONGEST_WAIT = 7 * 24 * 3600.0
"""Whoever names a time without sense wants to be left alone, not to be asked again in a moment."""
_TEXT_CEILING = 2_000
_TAG = re.compile(r"<[!/a-zA-Z]")
_OPAQUE = re.compile(r"[\w+/~=%-]{28,}")
"""Longer than an id or a reason: a service that quotes what it was sent would quote tokens and codes."""

PLAYER_REASONS: dict[str, str] = {
    "NO_PREV_TRACK": "There is no previous track to go back to.",
    "NO_NEXT_TRACK": "There is no next track to skip to.",
    "NO_SPECIFIC_TRACK": "That track is not part of what is playing.",
    "ALREADY_PAUSED": "Playback is paused already.",
    "NOT_PAUSED": "Playback is not paused.",
    "NOT_PLAYING_LOCALLY": "Nothing is playing on that device.",
    "NOT_PLAYING_TRACK": "No track is playing.",
    "NOT_PLAYING_CONTEXT": "No album, playlist or show is playing.",
    "ENDLESS_CONTEXT": "This cannot be done with an endless stream.",
    "CONTEXT_DISALLOW": "What is playing does not allow this.",
    "ALREADY_PLAYING": "This is playing already.",
    "RATE_LIMITED": "The player got too many commands in a short time.",
    "REMOTE_CONTROL_DISALLOW": "This device does not take commands from other apps.",
    "DEVICE_NOT_CONTROLLABLE": "This device cannot be controlled.",
    "VOLUME_CONTROL_DISALLOW": "The volume of this device cannot be set from here.",
    "UNKNOWN": "The player refused; it may already be in that state, or the item cannot be played.",
}
"""A sentence for each reason Spotify's player has been documented to give; others may come."""


class Said(NamedTuple):
    """What an error answer says, whatever its shape: Spotify's short message, and the reason code if any."""

    message: str
    reason: str


def cleaned(text: str) -> str:
    """Somebody else's text made safe to show.

    No control or invisible characters, nothing that could be a token, at most 200 characters.
    """
    visible = "".join(c if c.isprintable() else " " for c in text[:_TEXT_CEILING])
    return " ".join(_OPAQUE.sub("…", visible).split())[:_LONGEST]


def said(body: bytes | None) -> Said:
    """Read an error body of any shape; an unreadable one says nothing."""
    if not body:
        return Said("", "")
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Said(_plain(body), "")
    if isinstance(value, str):
        return Said(cleaned(value), "")
    if not isinstance(value, dict):
        return Said("", "")
    return _from_object(value)


def _from_object(value: dict[str, Any]) -> Said:
    error = value.get("error")
    if isinstance(error, dict):
        return Said(_text(error.get("message")), _text(error.get("reason")))
    if isinstance(error, str):
        return Said(_text(value.get("error_description")) or cleaned(error), "")
    return Said(_text(value.get("message")), _text(value.get("reason")))


def _text(value: object) -> str:
    return cleaned(value) if isinstance(value, str) else ""


def _plain(body: bytes) -> str:
    text = body[:_TEXT_CEILING].decode("utf-8", "replace")
    return "" if _TAG.search(text) else cleaned(text)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from a Retry-After header, a week at most; None when it is not a whole number of seconds."""
    text = headers.get("retry-after", "").strip()
    return min(float(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() else None


def refusal(answer: Answer, *, path: str) -> SpotifyError:
    """The error for an answer that is neither a success nor a 429.

    Args:
        answer: What came back.
        path: Of the request, without its query; the player's refusals are told apart by it.
    """
    status = answer.status
    if status >= 500 or status == 408:
        after = retry_after(answer.headers)
        return SpotifyUnavailableError("Spotify is failing at the moment.", retry_after=after)
    if 400 <= status < 500:
        return _refused(status, said(answer.body), player="/me/player" in path)
    return MalformedAnswerError(f"Spotify gave an answer that cannot be understood (status {status}).")


def _refused(status: int, what: Said, *, player: bool) -> SpotifyRefusedError:
    match status:
        case 400 | 411 | 414 | 415 | 422:
            error: SpotifyRefusedError = BadRequestError(
                _quoting("Spotify says the request is malformed", what.message)
            )
        case 401:
            error = AccessTokenRefusedError("Spotify did not accept the access token.")
        case 403:
            error = _about_the_app(what) or _about_the_person(what) or _forbidden(what, player=player)
        case 404:
            error = _missing(what, player=player)
        case 413:
            error = BadRequestError("Spotify says what was sent is too large.")
        case _:
            error = SpotifyRefusedError(_quoting(f"Spotify refused with status {status}", what.message))
    return error


def _quoting(sentence: str, message: str) -> str:
    return f"{sentence}: {message.rstrip('.')}." if message else f"{sentence}."


def _about_the_app(what: Said) -> SpotifyRefusedError | None:
    text = what.message.lower()
    if "premium" in text and "owner" in text:
        return OwnerPremiumRequiredError("Spotify stopped this app because its owner has no active Premium.")
    if "registered" in text and ("developer" in text or "user" in text):
        return NotAllowListedError("This Spotify user is not on the app's list of allowed users.")
    return None


def _about_the_person(what: Said) -> SpotifyRefusedError | None:
    text = what.message.lower()
    if what.reason == "PREMIUM_REQUIRED" or "premium required" in text:
        return PremiumRequiredError("Spotify allows this with Premium only.", reason=_code(what))
    if "scope" in text:
        return InsufficientScopeError("The person's consent at Spotify does not cover this.")
    if "user authentication" in text:
        return AccessTokenRefusedError("Spotify wants a person's own access token for this.")
    return None


def _forbidden(what: Said, *, player: bool) -> SpotifyRefusedError:
    text = what.message.lower()
    if player and (what.reason or "player command failed" in text or "restriction" in text):
        return _player_refusal(what)
    message = "" if text == "forbidden" else what.message
    return EndpointClosedError(_quoting("Spotify does not allow this", message))


def _missing(what: Said, *, player: bool) -> SpotifyRefusedError:
    text = what.message.lower()
    if what.reason == "NO_ACTIVE_DEVICE" or "no active device" in text:
        return NoActiveDeviceError("No device is playing or ready.", reason=_code(what))
    if "device not found" in text:
        return DeviceNotFoundError("Spotify knows no such device.", reason=_code(what))
    if player and what.reason:
        return _player_refusal(what)
    return NotFoundError("Spotify has no such thing, or not for this person.")


def _player_refusal(what: Said) -> PlayerError:
    known = PLAYER_REASONS.get(what.reason)
    if known is not None:
        return PlayerError(known, reason=_code(what))
    if "restriction violated" in what.message.lower():
        return PlayerError(PLAYER_REASONS["UNKNOWN"], reason=_code(what))
    named = f" ({_code(what)})" if what.reason else ""
    return PlayerError(_quoting(f"The player refused{named}", what.message), reason=_code(what))


def _code(what: Said) -> str:
    """Spotify's reason, as long as a reason may be."""
    return what.reason[:60]
