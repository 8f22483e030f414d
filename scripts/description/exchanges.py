"""Requests and their answers, as they passed between the client and the simulator."""

from __future__ import annotations

from typing import NamedTuple

import httpx2


class Exchange(NamedTuple):
    """A request and its answer. `path` follows the API's own address; of a token only that it was there."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    content_type: str
    body: bytes
    status: int
    answer_type: str
    answer: bytes
    etag: str | None = None
    bearer: bool = True


class Recorder(httpx2.AsyncBaseTransport):
    """A transport that keeps what passes through it.

    Args:
        inner: The transport that does the work.
        below: The path of the API on its server; requests to other paths are not kept.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, below: str = "/v1") -> None:
        self._inner = inner
        self._below = below
        self.kept: list[Exchange] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass a request on, and remember it with its answer."""
        sent = await request.aread()
        response = await self._inner.handle_async_request(request)
        answer = await response.aread()
        path = request.url.raw_path.decode("ascii").partition("?")[0]
        if path.startswith(f"{self._below}/"):
            self.kept.append(
                Exchange(
                    method=request.method,
                    path=path.removeprefix(self._below),
                    query=tuple(request.url.params.multi_items()),
                    content_type=_plain_type(request.headers),
                    body=sent,
                    status=response.status_code,
                    answer_type=_plain_type(response.headers),
                    answer=answer,
                    etag=response.headers.get("etag"),
                    bearer=request.headers.get("authorization", "").startswith("Bearer "),
                )
            )
        return response

    def take(self) -> list[Exchange]:
        """Give what was kept since the last time."""
        kept, self.kept = self.kept, []
        return kept


def _plain_type(headers: httpx2.Headers) -> str:
    return str(headers.get("content-type", "")).partition(";")[0].strip().lower()
