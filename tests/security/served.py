"""The whole server in this process, but reached over real sockets; its clock can still be moved."""

from __future__ import annotations

import itertools
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final

import httpx2

from auxcord.authorization.limits import RATES, Rates
from auxcord.server.listener import bind, port_of, serving
from tests.authorization.house import House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


_NO_AUTHORITIES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here is https; reading the authorities for every browser would take longer than its requests."""


def _addresses() -> Iterator[str]:
    """Addresses of this machine, none twice: whoever has its own is nobody's neighbour."""
    for second, third, fourth in itertools.product(range(1, 255), range(255), range(1, 255)):
        yield f"127.{second}.{third}.{fourth}"


@dataclass
class ServedHouse(House):
    """A house on a loopback port."""

    closing: AsyncExitStack = field(default_factory=AsyncExitStack)
    addresses: Iterator[str] = field(default_factory=_addresses)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.base.rpartition(":")[2])

    def browser(self, *, address: str | None = None) -> httpx2.AsyncClient:
        """A new browser (or client program) with no cookies, from an address of its own or a given one."""
        own = address or next(self.addresses)
        wire = httpx2.AsyncHTTPTransport(local_address=own, trust_env=False, verify=_NO_AUTHORITIES)
        http = httpx2.AsyncClient(transport=wire, base_url=self.base, trust_env=False, timeout=30)
        self.closing.push_async_callback(http.aclose)
        return http


@asynccontextmanager
async def served_house(folder: Path, *, rates: Rates = RATES) -> AsyncIterator[ServedHouse]:
    """Build a server and listen; `rates` limits what one address may ask."""
    listener = bind("127.0.0.1", 0)
    base = f"http://127.0.0.1:{port_of(listener)}"
    async with (
        open_house(folder, base=base, rates=rates) as house,
        serving(house.app, listener, lifespan=False),
        AsyncExitStack() as closing,
    ):
        built = {part.name: getattr(house, part.name) for part in fields(House)}
        yield ServedHouse(**built, closing=closing)
