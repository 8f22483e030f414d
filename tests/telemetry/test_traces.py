"""Traces: from the call to the requests it makes, and nothing in them that is anybody's."""

from __future__ import annotations

import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import fastmcp
import pytest
from fastmcp import Client
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from auxcord.errors import SettingsError
from auxcord.server.assembly import Parts, build_local_mcp
from auxcord.server.settings import Settings
from auxcord.telemetry import traces
from auxcord.telemetry.requests import named_request
from auxcord.vault import KeyRing
from bench.raw import call_request
from tests.people import sign_in
from tests.replicas import replicas
from tests.telemetry.collector import collector

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

pytestmark = pytest.mark.anyio

ALLOWED = {
    "mcp.tool",
    "url.template",
    "http.request.method",
    "http.response.status_code",
    "error.type",
    "auxcord.app",
    "auxcord.grant",
    "auxcord.outcome",
    "auxcord.request_id",
}
SONG = "Not A Song Anybody Sings"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """The spans of this process."""
    exporter = InMemorySpanExporter()
    traces.switch_on(exporter)
    try:
        yield exporter
    finally:
        traces.switch_off()


async def test_nothing_is_traced_until_somebody_asks() -> None:
    assert not traces.is_on()
    with traces.span("anything", {}) as span:
        assert span is None
        traces.tell(span, {"error.type": "x"}, failed=True)


async def test_a_call_and_the_requests_it_makes_are_one_trace(spans: InMemorySpanExporter) -> None:
    with named_request("outer"), traces.span("tools/call search", {"mcp.tool": "search"}, incoming=True):
        traces.name_request("request-1")
        with traces.span("GET /search", {"url.template": "/search"}) as inner:
            traces.tell(inner, {"http.response.status_code": 503}, failed=True)
    request, call = spans.get_finished_spans()
    assert (request.name, call.name) == ("GET /search", "tools/call search")
    assert request.parent is not None
    assert request.parent.span_id == call.context.span_id
    assert (request.kind, call.kind) == (SpanKind.CLIENT, SpanKind.SERVER)
    assert (request.status.status_code, call.status.status_code) == (StatusCode.ERROR, StatusCode.UNSET)
    assert call.attributes is not None
    assert call.attributes["auxcord.request_id"] == "request-1"
    assert call.resource.attributes["service.name"] == "auxcord"


async def test_an_errors_own_words_stay_out(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="secret"), traces.span("GET /me", {}):
        raise ValueError("not-a-secret-but-like-one")
    (span,) = spans.get_finished_spans()
    assert (span.events, span.status.description) == ((), None)


async def test_over_a_whole_server_every_span_is_ours_and_names_nobody(
    spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    async with local(tmp_path) as client:
        await client.call_tool("search", {"query": SONG}, raise_on_error=False)
        await client.call_tool("no_such_tool", {"query": SONG}, raise_on_error=False)
        await client.list_tools()
    finished = spans.get_finished_spans()
    outcomes = {span.name: attributes_of(span).get("auxcord.outcome") for span in finished}
    assert outcomes == {"tools/call search": "not_linked", "tools/call other": "invalid_input"}
    for span in finished:
        assert attributes_of(span).keys() <= ALLOWED
        assert SONG not in span.to_json()
        assert "no_such_tool" not in span.to_json()


@pytest.mark.server
async def test_a_server_process_exports_what_the_standard_variables_say(tmp_path: Path) -> None:
    async with collector() as received, replicas(0, folder=tmp_path) as house:
        replica = await house.add(
            fresh=True,
            AUXCORD_TRACES="true",
            OTEL_EXPORTER_OTLP_ENDPOINT=received.url,
            OTEL_SERVICE_NAME="music-for-everybody",
            OTEL_BSP_SCHEDULE_DELAY="50",
        )
        ada = await sign_in(house, "ada")
        headers, body = call_request("get_account", {}, ada.access)
        answered = await house.http.post("/mcp", headers=headers, json=body)
        await ada.call("search", {"query": SONG})
        assert await replica.terminate() == 0  # the last spans leave at the end
    told = received.spans
    calls = {span.name: span for span in told if span.name.startswith("tools/call")}
    asked = {span.name: span for span in told if span.name.startswith("GET ")}
    assert calls.keys() == {"tools/call get_account", "tools/call search"}
    assert asked["GET /search"].parent_span_id == calls["tools/call search"].span_id
    assert asked["GET /search"].trace_id == calls["tools/call search"].trace_id
    assert "POST /api/token" in {span.name for span in told}
    assert received.services == {"music-for-everybody"}
    for span in told:
        assert {attribute.key for attribute in span.attributes} <= ALLOWED
    values = [attribute.value.string_value for span in told for attribute in span.attributes]
    assert not [value for value in values if "?" in value]
    assert answered.headers["x-request-id"] in values
    for secret in (SONG, ada.access, ada.refresh, ada.client_id):
        assert secret.encode() not in received.bytes


def test_without_the_extra_the_setting_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['opentelemetry.sdk'] = None\n"
        "from auxcord.errors import SettingsError\n"
        "from auxcord.telemetry import traces\n"
        "try:\n    traces.switch_on()\nexcept SettingsError as error:\n    print(error.problems[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("AUXCORD_TRACES needs what is not installed")
    assert "auxcord[traces]" in done.stdout
    assert issubclass(SettingsError, Exception)


async def test_the_frameworks_own_spans_are_off_because_they_name_people(tmp_path: Path) -> None:
    async with local(tmp_path):
        assert fastmcp.settings.telemetry_mode == "off"


def attributes_of(span: ReadableSpan) -> dict[str, object]:
    """What a span tells."""
    return dict(span.attributes or {})


@asynccontextmanager
async def local(folder: Path) -> AsyncIterator[Client]:
    """One person's server with nobody linked, and a client of it."""
    settings = Settings.load(
        {
            "SPOTIFY_CLIENT_ID": "0" * 32,
            "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'data' / 'auxcord.sqlite3'}",
        },
        command="stdio",
    )
    parts = Parts.of(settings, [KeyRing.new_key()], alone=True)
    async with Client(build_local_mcp(parts)) as client:
        yield client
