"""Spans from an MCP call to the requests it makes at Spotify, for whoever asked for them (AUXCORD_TRACES).

They say which tool, which route, what came of it and how long it took; never an argument, an id, a name, a
token, or an error's own words. Only our spans are exported: the provider is our own and not the process's, so
that what libraries put into theirs (people's and sessions' ids, for one) does not leave.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final, TypeAlias

from auxcord.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

Value: TypeAlias = str | int | bool

_NOTHING: Final[AbstractContextManager[None]] = nullcontext()


class _Tracing:
    """Who makes the spans of this process, if anybody does."""

    def __init__(self) -> None:
        self.tracer: Tracer | None = None
        self.provider: TracerProvider | None = None


_tracing: Final = _Tracing()


def span(
    name: str, known: Mapping[str, Value], *, incoming: bool = False
) -> AbstractContextManager[Span | None]:
    """Let a span cover the block; nothing, and None, unless somebody asked for traces.

    Args:
        name: Of a short list: a tool's, or a route's.
        known: Attributes that are known beforehand.
        incoming: Whether it is what a client asked of us, not what we ask of Spotify.
    """
    tracer = _tracing.tracer
    if tracer is None:
        return _NOTHING
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 - not before somebody wants it

    return tracer.start_as_current_span(
        name,
        kind=SpanKind.SERVER if incoming else SpanKind.CLIENT,
        attributes=known,
        record_exception=False,  # an error's words may quote anything
        set_status_on_exception=False,
    )


def is_on() -> bool:
    """Whether somebody asked for traces."""
    return _tracing.tracer is not None


def name_request(name: str) -> None:
    """Let the span around us tell the name of the request it belongs to."""
    if _tracing.tracer is not None:
        from opentelemetry.trace import get_current_span  # noqa: PLC0415 - as above

        get_current_span().set_attribute("auxcord.request_id", name)


def tell(span: Span | None, learnt: Mapping[str, Value], *, failed: bool) -> None:
    """Say what came of it, if there is a span."""
    if span is None:
        return
    from opentelemetry.trace import StatusCode  # noqa: PLC0415 - as above

    span.set_attributes(learnt)
    if failed:
        span.set_status(StatusCode.ERROR)


def switch_on(exporter: SpanExporter | None = None) -> None:
    """Export spans from now on.

    Args:
        exporter: Takes them; OTLP over HTTP, as the OTEL_EXPORTER_OTLP_* variables say, when omitted.

    Raises:
        SettingsError: What exports them is not installed.
    """
    try:
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor  # noqa: PLC0415

        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
                OTLPSpanExporter,
            )
    except ImportError:
        missing = (
            "AUXCORD_TRACES needs what is not installed: run pip install 'auxcord[traces]', or unset it."
        )
        raise SettingsError((missing,)) from None
    resource = Resource.create()
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):  # no OTEL_SERVICE_NAME
        resource = resource.merge(Resource({SERVICE_NAME: "auxcord"}))
    provider = TracerProvider(resource=resource, shutdown_on_exit=True)
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter()) if exporter is None else SimpleSpanProcessor(exporter)
    )
    switch_off()
    _tracing.provider, _tracing.tracer = provider, provider.get_tracer("auxcord")


def switch_off() -> None:
    """Export what is left, and make no more spans."""
    provider = _tracing.provider
    _tracing.provider = _tracing.tracer = None
    if provider is not None:
        provider.shutdown()
