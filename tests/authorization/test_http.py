"""The HTTP application around it all: hosts, origins, headers, sizes, the page at the root."""

from __future__ import annotations

import re

import httpx2
import pytest
from fastmcp import Client, Context, FastMCP
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.server.http import StreamableHTTPASGIApp

from auxcord.server.http import Edge, build_http_app
from auxcord.server.sessions import MOST
from tests.authorization.house import BASE, House, Program, call_tool, fixture_mcp, open_house, tokens_for

pytestmark = pytest.mark.anyio


async def test_the_root_says_what_this_is_and_how_to_connect(house: House) -> None:
    page = await house.browser().get("/")
    assert page.status_code == 200
    assert f"{BASE}/mcp" in page.text
    assert "<script" not in page.text
    browser = house.browser()
    for address in re.findall(r'(?:href|src)="([^"]+)"', page.text):
        assert (await browser.get(address)).status_code == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/mcp", "/token", "/consent?ticket=x", "/nowhere"])
async def test_every_answer_carries_the_security_headers(house: House, path: str) -> None:
    answer = await house.browser().get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers
    assert "cross-origin-opener-policy" not in answer.headers


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "a/?x=", "user@127.0.0.1", "", "127.0.0.1@evil.example"],
)
@pytest.mark.parametrize("path", ["/", "/mcp", "/authorize", "/healthz"])
async def test_a_foreign_host_is_misdirected(house: House, host: str, path: str) -> None:
    answer = await house.browser().get(path, headers={"Host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
async def test_a_foreign_origin_is_forbidden(house: House, program: Program, origin: str) -> None:
    tokens = await tokens_for(house, program)
    headers = {"Origin": origin, "Authorization": f"Bearer {tokens.access}"}
    assert (await house.browser().post("/mcp", json={}, headers=headers)).status_code == 403


async def test_behind_a_proxy_that_ends_tls_our_own_form_passes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with open_house(tmp_path_factory.mktemp("proxy"), base="https://auxcord.test") as house:
        plain = httpx2.ASGITransport(app=house.app)
        async with httpx2.AsyncClient(transport=plain, base_url="http://auxcord.test") as http:
            answer = await http.post(
                "/consent", headers={"Origin": "https://auxcord.test"}, data={"ticket": "x"}
            )
            assert answer.status_code == 400
            assert "This sign-in has ended" in answer.text
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
            for path in ("/mcp/", "/account/"):  # a proxy that says nothing of https changes nothing
                moved = await http.post(path)
                assert moved.status_code == 307
                assert moved.headers["location"] == f"https://auxcord.test{path[:-1]}"


async def test_a_client_in_a_browser_is_served_if_its_origin_is_allowed() -> None:
    origin = "https://inspector.example"
    app = build_http_app(fixture_mcp(), None, public_url=BASE, edge=Edge(browser_origins=[origin]))
    wire = httpx2.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=wire, base_url=BASE) as http:
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,mcp-method,mcp-name,mcp-protocol-version",
        }
        preflight = await http.options("/mcp", headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == origin
        answer = await http.get("/healthz", headers={"Origin": origin})
        readable = answer.headers["access-control-expose-headers"].split(", ")
        assert {"X-Request-Id", "Retry-After", "WWW-Authenticate", "Mcp-Session-Id"} <= set(readable)
        assert (
            await http.options("/mcp", headers={**asked, "Origin": "https://evil.example"})
        ).status_code == 403


async def test_without_a_provider_the_same_application_serves_anybody() -> None:
    app = build_http_app(fixture_mcp(), None, public_url=BASE)
    wire = httpx2.ASGITransport(app=app)
    async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=wire, base_url=BASE) as http:
        answer = await call_tool(http, None, "whoami")
        assert answer.status_code == 200
        assert "nobody" in answer.text
        assert (await http.get("/")).status_code == 200
        page = await http.get("/")
        for address in re.findall(r'(?:href|src)="([^"]+)"', page.text):
            assert (await http.get(address)).status_code == 200


async def test_progress_reaches_the_client_in_the_default_mode() -> None:
    mcp = FastMCP("Progress")

    async def count(ctx: Context) -> str:
        for step in range(3):
            await ctx.report_progress(step, 3)
        return "counted"

    count.__annotations__["ctx"] = Context
    mcp.tool(count)
    app = build_http_app(mcp, None, public_url=BASE)
    wire = httpx2.ASGITransport(app=app)
    steps: list[float] = []

    async def note(step: float, _total: float | None, _message: str | None) -> None:
        steps.append(step)

    transport = StreamableHttpTransport(
        f"{BASE}/mcp", httpx_client_factory=lambda **_: httpx2.AsyncClient(transport=wire, base_url=BASE)
    )
    async with app.router.lifespan_context(app), Client(transport, progress_handler=note) as client:
        result = await client.call_tool("count")
    assert result.data == "counted"
    assert steps == [0, 1, 2]


async def test_sessions_are_bounded(house: House) -> None:
    managers = [
        inner.session_manager
        for route in house.app.routes
        if isinstance(inner := getattr(getattr(route, "endpoint", None), "app", None), StreamableHTTPASGIApp)
    ]
    assert [manager.max_sessions for manager in managers if manager is not None] == [MOST]


async def test_a_huge_message_is_refused(house: House, program: Program) -> None:
    tokens = await tokens_for(house, program)
    headers = {
        "Authorization": f"Bearer {tokens.access}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    answer = await program.http.post("/mcp", content=b" " * (4 * 1024 * 1024 + 1), headers=headers)
    assert answer.status_code == 413
