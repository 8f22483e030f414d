"""T24: what a header says of a call has to be what its body says

A real process over HTTP, revision 2026-07-28. The bar: a request whose Mcp-Method, Mcp-Name, Mcp-Param or
MCP-Protocol-Version differs from its body, is missing, malformed or there twice, gets 400 with -32020 (or
-32022 for a revision nobody speaks) and runs nothing; a name written in base64 counts as the name. (The
conformance suite's http-header-validation scenario runs in `tests/conformance`.)
"""

from __future__ import annotations

import base64
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest
from fastmcp import FastMCP
from fastmcp.tools import Tool

from auxcord.server.http import build_http_app
from auxcord.server.listener import bind, port_of, serving
from tests.people import enrol
from tests.replicas import replicas
from tests.revisions import MODERN, Wire, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas
    from tests.revisions import Reply

pytestmark = [pytest.mark.anyio, pytest.mark.server]

TOOL: Final = "create_playlist"
MISMATCH: Final = -32020


def coded(text: str) -> str:
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


LIES: Final[dict[str, dict[str, str | None]]] = {
    "another method": {"Mcp-Method": "tools/list"},
    "a method in capitals": {"Mcp-Method": "TOOLS/CALL"},
    "a method with more behind it": {"Mcp-Method": "tools/call/x"},
    "an empty method": {"Mcp-Method": ""},
    "no method": {"Mcp-Method": None},
    "another tool": {"Mcp-Name": "get_account"},
    "a tool in capitals": {"Mcp-Name": "CREATE_PLAYLIST"},
    "a tool with more behind it": {"Mcp-Name": f"{TOOL}2"},
    "two tools in one": {"Mcp-Name": f"{TOOL}, get_account"},
    "an empty tool": {"Mcp-Name": ""},
    "no tool": {"Mcp-Name": None},
    "another tool in base64": {"Mcp-Name": coded("get_account")},
    "base64 without its end": {"Mcp-Name": coded(TOOL)[:-2]},
    "base64 of base64": {"Mcp-Name": coded(coded(TOOL))},
    "base64 that is none": {"Mcp-Name": "=?base64?!!!!?="},
    "base64 with other last bits": {"Mcp-Name": "=?base64?Y3JlYXRlX3BsYXlsaXN0Cg=?="},
    "base64 in capitals": {"Mcp-Name": coded(TOOL).replace("base64", "BASE64")},
    "base64 of no text": {"Mcp-Name": "=?base64?/w==?="},
}


@pytest.fixture(scope="module")
async def house(anyio_backend: str) -> AsyncIterator[Replicas]:
    async with replicas(1) as house:
        yield house


@pytest.fixture(scope="module")
async def ada(house: Replicas) -> Person:
    (ada,) = await enrol(house, ["ada"])
    return ada


def wire(person: Person) -> Wire:
    return Wire(person.house.http, person.access, MODERN)


async def asked_of_spotify(house: Replicas) -> int:
    return len([entry for entry in await house.simulator.requests() if entry["path"].startswith("/v1/")])


async def test_headers_that_differ_from_the_body_run_nothing(
    house: Replicas, ada: Person, figures: Figures
) -> None:
    await house.simulator.forget_requests()
    through = []
    for name, headers in LIES.items():
        reply = await wire(ada).call(TOOL, {"name": name}, headers=headers)
        through += [(name, reply.status, reply.code)] if (reply.status, reply.code) != (400, MISMATCH) else []
    figures.count("calls whose Mcp-Method or Mcp-Name is not the body's", len(LIES), f"== {len(LIES)}")
    figures.count("of these, calls not answered with 400 and -32020", len(through), "== 0")
    figures.count("requests they caused at Spotify", await asked_of_spotify(house), "== 0")


@pytest.mark.parametrize("header", ["Mcp-Method", "Mcp-Name", "MCP-Protocol-Version"])
@pytest.mark.parametrize("order", ["lie first", "lie last"])
async def test_a_header_that_is_there_twice_runs_nothing(
    house: Replicas, ada: Person, header: str, order: str
) -> None:
    true = {"Mcp-Method": "tools/call", "Mcp-Name": TOOL, "MCP-Protocol-Version": MODERN}[header]
    lie = {"Mcp-Method": "tools/list", "Mcp-Name": "get_account", "MCP-Protocol-Version": "2026-01-01"}[
        header
    ]
    await house.simulator.forget_requests()
    reply = await twice(ada, header, (lie, true) if order == "lie first" else (true, lie))
    assert reply.status == 400
    assert await asked_of_spotify(house) == 0


async def twice(person: Person, header: str, values: tuple[str, str]) -> Reply:
    sent = wire(person).headers("tools/call", TOOL) | {"Content-Type": "application/json"}
    headers = [
        *((name, value) for name, value in sent.items() if name != header),
        *((header, v) for v in values),
    ]
    answer = await person.house.http.post("/mcp", headers=headers, content=json.dumps(call_body()))
    return read(answer, 1)


def call_body(version: str = MODERN, **arguments: Any) -> dict[str, Any]:
    prefix = "io.modelcontextprotocol"
    meta = {
        f"{prefix}/protocolVersion": version,
        f"{prefix}/clientCapabilities": {},
        f"{prefix}/clientInfo": {"name": "test", "version": "1"},
    }
    params = {"name": TOOL, "arguments": arguments or {"name": "Twice"}, "_meta": meta}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


@pytest.mark.parametrize(
    "version",
    [None, "", "2026-07-27", "2099-01-01", "latest", "2025-11-25", "2024-11-05"],
)
async def test_a_missing_or_other_version_runs_nothing(
    house: Replicas, ada: Person, version: str | None
) -> None:
    """Those of an older revision lead to the door of that revision, which asks for a session first."""
    await house.simulator.forget_requests()
    reply = await wire(ada).call(TOOL, {"name": "Versions"}, headers={"MCP-Protocol-Version": version})
    assert 400 <= reply.status < 500, reply
    assert await asked_of_spotify(house) == 0


async def test_a_version_in_the_body_that_is_not_the_headers_runs_nothing(
    house: Replicas, ada: Person
) -> None:
    await house.simulator.forget_requests()
    for version in ("2026-07-27", "2025-11-25", "2099-01-01", ""):
        answer = await ada.house.http.post(
            "/mcp", headers=wire(ada).headers("tools/call", TOOL), json=call_body(version)
        )
        assert answer.status_code == 400, version
    assert await asked_of_spotify(house) == 0


async def test_a_name_in_base64_is_the_name(house: Replicas, ada: Person) -> None:
    reply = await wire(ada).call("get_account", headers={"Mcp-Name": coded("get_account")})
    assert "account: Ada" in reply.text


# --- Mcp-Param ----------------------------------------------------------------------------------------------

SCHEMA: Final = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "limit": {"type": "integer", "x-mcp-header": "Limit"},
    },
}


@asynccontextmanager
async def paramed() -> AsyncIterator[tuple[Wire, list[str]]]:
    """Our application around a tool whose arguments are told in headers too, and what it was called with."""
    ran: list[str] = []

    def place(region: str = "", limit: int = 0) -> str:
        ran.append(f"{region} {limit}")
        return "placed"

    tool = Tool.from_function(place)
    tool.parameters = SCHEMA
    listener = bind("127.0.0.1", 0)
    base = f"http://127.0.0.1:{port_of(listener)}"
    app = build_http_app(FastMCP("Parameters", tools=[tool]), None, public_url=base)
    async with serving(app, listener), httpx2.AsyncClient(base_url=base, trust_env=False) as http:
        yield Wire(http, None, MODERN), ran


PARAMETERS: Final[list[tuple[dict[str, Any], dict[str, str]]]] = [
    ({"region": "eu"}, {"Mcp-Param-Region": "us"}),
    ({"region": "eu"}, {}),
    ({}, {"Mcp-Param-Region": "eu"}),
    ({"region": "eu"}, {"Mcp-Param-Region": coded("us")}),
    ({"region": "eu"}, {"Mcp-Param-Region": "=?base64?!!?="}),
    ({"region": "eu", "limit": 5}, {"Mcp-Param-Region": "eu", "Mcp-Param-Limit": "6"}),
    ({"region": "eu", "limit": 5}, {"Mcp-Param-Region": "eu"}),
    ({"region": "eu", "limit": 5}, {"Mcp-Param-Region": "eu", "Mcp-Param-Limit": "five"}),
]


async def test_a_parameter_told_in_a_header_has_to_be_the_argument(figures: Figures) -> None:
    async with paramed() as (client, ran):
        replies = [
            await client.call("place", arguments, headers=headers) for arguments, headers in PARAMETERS
        ]
        wrong = [reply for reply in replies if (reply.status, reply.code) != (400, MISMATCH)]
        figures.count("calls whose Mcp-Param headers are not the arguments", len(replies), "== 8")
        figures.count(
            "of these, calls not answered with 400 and -32020 or that ran", len(wrong) + len(ran), "== 0"
        )
        for region in ("eu", coded("eu")):
            headers = {"Mcp-Param-Region": region, "Mcp-Param-Limit": "5"}
            assert (
                "placed" in (await client.call("place", {"region": "eu", "limit": 5}, headers=headers)).text
            )
        assert ran == ["eu 5", "eu 5"]
