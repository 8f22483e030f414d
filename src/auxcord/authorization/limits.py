"""How often somebody may do something, counted in this process."""

from __future__ import annotations

import ipaddress
import math
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import HTTPConnection

_MOST_KEYS: Final = 10_000


Rate = tuple[int, float]
"""So many at once, and so many a minute after that."""


class Limit:
    """A bucket for each key, such as an address: full at first, emptied by use, refilled by time.

    However many keys come, only so many buckets are kept: the one unused longest is the fullest and goes
    first.

    Args:
        rate: How many; None for any number.
        clock: Seconds that only go forward.
    """

    def __init__(self, rate: Rate | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, per_minute = rate or (0, 0.0)
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def seconds_to_wait(self, key: str) -> float:
        """Use one up; returns 0, or the seconds until the next one if the bucket is empty."""
        if not self._burst:
            return 0.0
        now = self._clock()
        left, since = self._buckets.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) * self._per_second)
        while len(self._buckets) >= _MOST_KEYS:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = (left - 1 if left >= 1 else left, now)
        return 0.0 if left >= 1 else (1 - left) / self._per_second


def too_many(what: str, wait: float) -> JSONResponse:
    """Answer a program that asks too often.

    Args:
        what: What there were too many of, such as `registrations from one address`.
        wait: Seconds until another one is answered.
    """
    content = {"error": "too_many_requests", "error_description": f"too many {what}; wait"}
    return JSONResponse(content, 429, {"Retry-After": str(math.ceil(wait)), "Cache-Control": "no-store"})


def address_of(request: HTTPConnection) -> str:
    """Return the address a request comes from; of IPv6 the network that one household or machine has."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""  # whatever is no address shares one bucket: its texts could be endless
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return host


class Rates(NamedTuple):
    """How often one address may use the addresses of the authorization server."""

    tokens: Rate | None = (300, 600)
    sign_ins: Rate | None = (120, 60)
    registrations: Rate | None = (30, 6)


RATES: Final = Rates()


class AddressLimits:
    """The limits of one authorization server."""

    def __init__(self, rates: Rates) -> None:
        self.tokens = Limit(rates.tokens)
        self.sign_ins = Limit(rates.sign_ins)
        self.registrations = Limit(rates.registrations)
