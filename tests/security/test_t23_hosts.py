"""T23: only requests for our own host, and from our own origin, are answered

Raw sockets to a real process. The bar: a foreign, malformed or doubled Host, a foreign target in the request
line or a foreign Origin gets 400, 403 or 421 and reaches no page, endpoint or tool, and no answer repeats the
foreign name; ours pass. (The conformance suite's dns-rebinding scenario runs in `tests/conformance`.)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio
import pytest

from tests.people import enrol
from tests.replicas import replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.figures import Figures
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

OURS: Final = (
    "127.0.0.1:8000",
    "127.0.0.1",
    "localhost",
    "localhost:8000",
    "127.0.0.1:1",
    "LOCALHOST",
    "127.0.0.1:",
)
FOREIGN: Final = (
    "evil.example",
    "evil.example:8000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example#127.0.0.1",
    "127.0.0.1@evil.example",
    "evil.example@127.0.0.1",
    "user:pass@127.0.0.1",
    "a/?x=",
    "127.0.0.1/?x=",
    "127.0.0.1:8000/..",
    "127.0.0.1\\evil.example",
    "127.0.0.1, evil.example",
    "127.0.0.1 evil.example",
    "127.0.0.1:evil.example",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "[::ffff:127.0.0.1]",
    "[::1].evil.example",
    "[::1",
    "0.0.0.0",  # noqa: S104 - a name to refuse
    "169.254.169.254",
    "127.0.0.1%00.evil.example",
    "xn--locahost-7z8d",
    "",
)
ORIGINS: Final = (
    "null",
    "https://evil.example",
    "http://evil.example:8000",
    "http://127.0.0.1.evil.example",
    "http://127.0.0.1:8000.evil.example",
    "http://evil.example#127.0.0.1",
    "http://127.0.0.1@evil.example",
    "file://",
    "chrome-extension://abcdef",
    "javascript:alert(1)",
    "http://",
    "evil.example",
    "127.0.0.1:8000",
)
PATHS: Final = ("/", "/mcp", "/authorize", "/token", "/healthz", "/.well-known/oauth-authorization-server")
REFUSED: Final = {400, 403, 421}


class Answer(NamedTuple):
    status: int
    content: str


@pytest.fixture(scope="module")
async def house(anyio_backend: str) -> AsyncIterator[Replicas]:
    async with replicas(1) as house:
        yield house


async def send(house: Replicas, *lines: str, body: bytes = b"") -> Answer:
    """Send a request as it is written here, and read the answer to its end."""
    head = "".join(
        f"{line}\r\n" for line in (*lines, f"Content-Length: {len(body)}", "Connection: close", "")
    )
    stream = await anyio.connect_tcp("127.0.0.1", house.all[0].port)
    received = b""
    async with stream:
        await stream.send(head.encode("latin-1") + body)
        with anyio.fail_after(20):
            try:
                while part := await stream.receive():
                    received += part
            except anyio.EndOfStream:
                pass
    first, _, content = received.decode("utf-8", "replace").partition("\r\n")
    return Answer(int(first.split()[1]), content)


def tool_call(house: Replicas, token: str) -> tuple[list[str], bytes]:
    """The headers and body of a call that would make a playlist."""
    prefix = "io.modelcontextprotocol"
    meta = {
        f"{prefix}/protocolVersion": "2026-07-28",
        f"{prefix}/clientCapabilities": {},
        f"{prefix}/clientInfo": {"name": "raw", "version": "1"},
    }
    params = {"name": "create_playlist", "arguments": {"name": "From elsewhere"}, "_meta": meta}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = [
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        "Accept: application/json, text/event-stream",
        "MCP-Protocol-Version: 2026-07-28",
        "Mcp-Method: tools/call",
        "Mcp-Name: create_playlist",
    ]
    return headers, json.dumps(body).encode()


async def test_our_own_hosts_are_answered(house: Replicas) -> None:
    for host in OURS:
        assert (await send(house, "GET /healthz HTTP/1.1", f"Host: {host}")).status == 200, host


async def test_every_foreign_host_is_refused_on_every_path(house: Replicas, figures: Figures) -> None:
    through, repeated = [], []
    for host in FOREIGN:
        for path in PATHS:
            answer = await send(house, f"GET {path} HTTP/1.1", f"Host: {host}")
            through += [(host, path)] if answer.status not in REFUSED else []
            repeated += [(host, path)] if "evil.example" in answer.content else []
    figures.count("foreign or malformed Host headers tried, times paths", len(FOREIGN) * len(PATHS), ">= 150")
    figures.count("of these, requests that were answered", len(through), "== 0")
    figures.count("answers that repeat the foreign name", len(repeated), "== 0")


async def test_two_hosts_are_refused_whichever_comes_first(house: Replicas) -> None:
    for first, second in (("127.0.0.1", "evil.example"), ("evil.example", "127.0.0.1"), ("127.0.0.1",) * 2):
        answer = await send(house, "GET /healthz HTTP/1.1", f"Host: {first}", f"Host: {second}")
        assert answer.status == 400, (first, second)


async def test_no_host_is_refused(house: Replicas) -> None:
    assert (await send(house, "GET /healthz HTTP/1.1")).status == 400


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/mcp",
        "http://evil.example/healthz",
        "http://127.0.0.1@evil.example/healthz",
        "https://evil.example",
        "//evil.example/healthz",
        "evil.example:443",
        "http:///healthz",
        "*",
    ],
)
async def test_a_target_elsewhere_in_the_request_line_leads_nowhere(house: Replicas, target: str) -> None:
    """Even with our own Host beside it; the target never decides what is served or where a link leads."""
    for method in ("GET", "POST"):
        answer = await send(house, f"{method} {target} HTTP/1.1", "Host: 127.0.0.1:8000")
        assert answer.status >= 400, answer
        assert "evil.example" not in answer.content


async def test_an_absolute_target_of_ours_does_not_make_up_for_a_foreign_host(house: Replicas) -> None:
    answer = await send(house, "GET http://127.0.0.1:8000/healthz HTTP/1.1", "Host: evil.example")
    assert answer.status in {404, 421}
    assert "ok" not in answer.content


async def test_what_a_proxy_says_of_the_host_is_not_believed(house: Replicas) -> None:
    for header in (
        "X-Forwarded-Host: evil.example",
        "Forwarded: host=evil.example",
        "X-Original-Host: evil.example",
    ):
        answer = await send(
            house, "GET /.well-known/oauth-authorization-server HTTP/1.1", "Host: 127.0.0.1:8000", header
        )
        assert answer.status == 200
        assert "evil.example" not in answer.content
        assert '"issuer":"http://127.0.0.1:8000"' in answer.content


async def test_a_call_for_a_foreign_host_or_from_a_foreign_origin_runs_no_tool(
    house: Replicas, figures: Figures
) -> None:
    (ada,) = await enrol(house, ["ada"])
    headers, body = tool_call(house, ada.access)
    await house.simulator.forget_requests()
    answers = [
        await send(house, "POST /mcp HTTP/1.1", f"Host: {host}", *headers, body=body) for host in FOREIGN
    ]
    answers += [
        await send(
            house, "POST /mcp HTTP/1.1", "Host: 127.0.0.1:8000", f"Origin: {origin}", *headers, body=body
        )
        for origin in ORIGINS
    ]
    figures.count(
        "tool calls with a foreign Host or Origin", len(answers), f">= {len(FOREIGN) + len(ORIGINS)}"
    )
    figures.count(
        "of these, calls that were let through", sum(a.status not in REFUSED for a in answers), "== 0"
    )
    figures.count("requests they caused at Spotify", len(await house.simulator.requests()), "== 0")
    ours = ("Host: 127.0.0.1:8000", "Origin: http://127.0.0.1:8000")
    assert "From elsewhere" in (await send(house, "POST /mcp HTTP/1.1", *ours, *headers, body=body)).content


async def test_two_origins_do_not_hide_each_other(house: Replicas) -> None:
    (bram,) = await enrol(house, ["bram"])
    headers, body = tool_call(house, bram.access)
    for pair in (
        ("http://127.0.0.1:8000", "https://evil.example"),
        ("https://evil.example", "http://127.0.0.1:8000"),
    ):
        origins = [f"Origin: {origin}" for origin in pair]
        answer = await send(
            house, "POST /mcp HTTP/1.1", "Host: 127.0.0.1:8000", *origins, *headers, body=body
        )
        assert answer.status in REFUSED, pair
