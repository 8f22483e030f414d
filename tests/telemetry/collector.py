"""A collector of traces on loopback: takes what OpenTelemetry's exporter sends."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from auxcord.server.listener import bind, port_of, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opentelemetry.proto.trace.v1.trace_pb2 import Span
    from starlette.requests import Request


class Received:
    """What arrived.

    Attributes:
        url: Where the collector listens.
        bytes: Every body, one after the other.
        spans: The spans in them.
        services: The names of those who sent them.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.bytes = b""
        self.spans: list[Span] = []
        self.services: set[str] = set()

    async def take(self, request: Request) -> Response:
        """Take one request of an exporter."""
        body = await request.body()
        self.bytes += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services |= {
                a.value.string_value for a in resource.resource.attributes if a.key == "service.name"
            }
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return Response(b"", media_type="application/x-protobuf")


@asynccontextmanager
async def collector() -> AsyncIterator[Received]:
    """Collect until the block is left."""
    listener = bind("127.0.0.1", 0)
    received = Received(f"http://127.0.0.1:{port_of(listener)}")
    app = Starlette(routes=[Route("/v1/traces", received.take, methods=["POST"])])
    async with serving(app, listener, lifespan=False):
        yield received
