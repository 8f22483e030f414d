"""Fetching what stands at an address that a stranger names: the one place where we call wherever we are told.

FastMCP's guarded fetch does it: https only, the name is resolved once and every address it has must be public
(also those embedded in IPv6), the connection goes to that very address, no redirects, bounded size and time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from fastmcp.server.auth.ssrf import SSRFError, SSRFFetchError, ssrf_safe_fetch_response

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST: Final = 5 * 1024
STEP_SECONDS: Final = 4.0
WHOLE_SECONDS: Final = 8.0
FRESH_SECONDS: Final = 3600
LEAST_FRESH_SECONDS: Final = 60
MOST_FRESH_SECONDS: Final = 24 * 3600
_MAX_AGE: Final = re.compile(r"(?:^|,)\s*max-age=\"?([0-9]{1,9})\"?\s*(?:,|$)")
_UNKEPT: Final = re.compile(r"(?:^|,)\s*(?:no-store|no-cache)\s*(?:,|$)")


class UnreachableError(Exception):
    """Nothing came from the address that could be looked at.

    Args:
        message: Why not, without anything the other side said.
        may_still_resolve: Whether the system may still be busy with the name: that cannot be cancelled.
    """

    def __init__(self, message: str, *, may_still_resolve: bool = False) -> None:
        super().__init__(message)
        self.may_still_resolve = may_still_resolve


class ForbiddenAddressError(Exception):
    """The address leads to where strangers must not send us; nothing was connected to."""


class Fetched(NamedTuple):
    """What came from an address.

    Args:
        content_type: The media type, as it was sent.
        body: At most 5 KiB.
        fresh_seconds: How long it may be used before it is fetched again: what its sender says, within a
            minute and a day; an hour when it says nothing.
    """

    content_type: str
    body: bytes
    fresh_seconds: float


async def fetch(address: str) -> Fetched:
    """Fetch what stands at a public https address, within eight seconds.

    Raises:
        ForbiddenAddressError: Its host has an address that is not public.
        UnreachableError: Its name is unknown, or it did not answer in time, or not with 200, or with more
            than 5 KiB.
    """
    try:
        answer = await ssrf_safe_fetch_response(
            address,
            require_path=True,
            max_size=LARGEST,
            timeout=STEP_SECONDS,
            overall_timeout=WHOLE_SECONDS,
            request_headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )
    except SSRFError as error:
        if isinstance(error.__cause__, OSError):
            raise UnreachableError("its host is unknown") from None
        raise ForbiddenAddressError("its host is not on the public internet") from None
    except SSRFFetchError as error:
        stuck = isinstance(error.__cause__, TimeoutError)
        raise UnreachableError("it cannot be read", may_still_resolve=stuck) from None
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Fetched(headers.get("content-type", ""), answer.content, _freshness(headers))


def _freshness(headers: Mapping[str, str]) -> float:
    """Read how long an answer may be kept (RFC 9111 section 5.2.2), within our own bounds."""
    directives = headers.get("cache-control", "").lower()
    if _UNKEPT.search(directives):
        return LEAST_FRESH_SECONDS
    said = _MAX_AGE.search(directives)
    return min(max(int(said[1]), LEAST_FRESH_SECONDS), MOST_FRESH_SECONDS) if said else FRESH_SECONDS
