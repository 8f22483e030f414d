"""How the Web API answers: JSON, nothing, and errors in their three shapes."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

OWNER_WITHOUT_PREMIUM = (
    "Active premium subscription required for the owner of the app. "
    "When the subscription status changes, it can take a few hours before requests are allowed again."
)
NOT_ON_ALLOW_LIST = "Check settings on developer.spotify.com/dashboard, the user may not be registered."


class ApiError(Exception):
    """An answer other than success.

    Args:
        status: The HTTP status.
        message: The error message, or the whole body when `plain`.
        reason: The player's or the quota's reason, when there is one.
        retry_after: Seconds for the Retry-After header.
        plain: Send the message as plain text, as Spotify's gateway does.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        reason: str | None = None,
        retry_after: int | None = None,
        plain: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.retry_after = retry_after
        self.plain = plain

    def response(self) -> Response:
        """Make the HTTP answer."""
        headers = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        if self.plain:
            return Response(self.message, self.status, headers, media_type="text/plain")
        error: dict[str, Any] = {"status": self.status, "message": self.message}
        if self.reason is not None:
            error["reason"] = self.reason
        return Response(
            dump({"error": error}), self.status, headers, media_type="application/json; charset=utf-8"
        )


def dump(data: Any) -> bytes:
    """Write JSON compactly, in UTF-8."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def found(data: Any, status: int = 200) -> Response:
    """Answer with JSON."""
    return Response(dump(data), status, media_type="application/json; charset=utf-8")


def empty(status: int = 200) -> Response:
    """Answer with no body."""
    return Response(b"", status)


def not_found() -> ApiError:
    """Say that a well-formed id names nothing (or nothing this app may see)."""
    return ApiError(404, "Resource not found")


def bad_id() -> ApiError:
    """Say that an id is not 22 base62 characters."""
    return ApiError(400, "Invalid base62 id")


def missing(name: str) -> ApiError:
    """Say that a required field is not there."""
    return ApiError(400, f"Missing required field: {name}")
