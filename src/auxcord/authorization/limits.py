"""How often one address may do something, counted in this process."""

from __future__ import annotations

import ipaddress
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

_MOST_ADDRESSES: Final = 10_000


class AddressLimit:
    """A bucket for each address: full at first, emptied by use, refilled by time.

    Args:
        burst: How many at once.
        per_minute: How many a minute after that.
        clock: Seconds that only go forward.
    """

    def __init__(self, *, burst: int, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def seconds_to_wait(self, address: str) -> float:
        """Use one up; returns 0, or the seconds until the next one if the bucket is empty."""
        now = self._clock()
        left, since = self._buckets.pop(address, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_second
        while len(self._buckets) >= _MOST_ADDRESSES:  # the one unused longest is the fullest
            del self._buckets[next(iter(self._buckets))]
        self._buckets[address] = (left - 1 if left >= 1 else left, now)
        return wait


def address_of(request: Request) -> str:
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
