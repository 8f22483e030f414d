"""The way to Spotify is made when it is first needed: reading the authorities to trust takes a while."""

from __future__ import annotations

import httpx2


class LateTransport(httpx2.AsyncBaseTransport):
    """Sends requests over the network, of which nothing is set up before the first."""

    def __init__(self) -> None:
        self._network: httpx2.AsyncHTTPTransport | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request."""
        if self._network is None:
            self._network = httpx2.AsyncHTTPTransport(trust_env=False)
        return await self._network.handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._network is not None:
            await self._network.aclose()
