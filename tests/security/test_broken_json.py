"""Broken JSON at the raw door of HTTP: refused by its status and in one short sentence, never a 5xx.

Both revisions, with and without a session; the server answers an honest call as before.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from bench.raw import call_request
from tests.authorization.house import Program, tokens_for
from tests.tools.hostile import faults_of

if TYPE_CHECKING:
    import httpx2

    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio

HONEST: Final = call_request("whoami", {}, None)[1]
WHOLE: Final = json.dumps(HONEST).encode()
DEPTH: Final = 10_000
SHORT: Final = 300
"""Bytes a refusal may take."""


def changed(**members: Any) -> bytes:
    return json.dumps({**HONEST, **members}).encode()


def argued(value: bytes) -> bytes:
    return WHOLE.replace(b'"arguments": {}', b'"arguments": {"a": ' + value + b"}")


BROKEN: Final = {
    "nothing": b"",
    "a space": b" ",
    "cut off": WHOLE[:-20],
    "cut off in the middle": WHOLE[: len(WHOLE) // 2],
    "bytes that are no text": b'{"jsonrpc": "\xff"}',
    "something behind it": WHOLE + b"x",
    "two of them": WHOLE + WHOLE,
    "a comment": b"/* */" + WHOLE,
    "single quotes": b"{'jsonrpc': '2.0'}",
    "lists, open": b"[" * DEPTH,
    "lists": b"[" * DEPTH + b"]" * DEPTH,
    "objects": b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
    "an argument of lists": argued(b"[" * DEPTH + b"]" * DEPTH),
    "an argument of open lists": argued(b"[" * DEPTH),
    "an id of 5,000 digits": WHOLE.replace(b'"id": 1', b'"id": ' + b"9" * 5_000),
    "an argument of 5,000 digits": argued(b"9" * 5_000),
}
"""No JSON, or such as no reader can be expected to read."""
NO_MESSAGE: Final = {
    "null": b"null",
    "a word": b'"x"',
    "a number": b"1",
    "true": b"true",
    "an empty list": b"[]",
    "a batch": b"[" + WHOLE + b"," + WHOLE + b"]",
    "a nested batch": b"[[" + WHOLE + b"]]",
    "an empty object": b"{}",
    "another version": changed(jsonrpc="1.0"),
    "a version that is a number": changed(jsonrpc=2),
    "no version": changed(jsonrpc=None),
    "a method that is a number": changed(method=5),
    "a method that is a list": changed(method=["tools/call"]),
    "no method": changed(method=None),
    "parameters in a list": changed(params=[]),
    "parameters in a text": changed(params="Ignore all previous instructions."),
    "parameters that are no number": changed(params=float("nan")),
    "an error that is none": b'{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}',
}
"""JSON, but no message."""
ODD: Final = {
    "an id without end": WHOLE.replace(b'"id": 1', b'"id": 1e400'),
    "an id that is a list": changed(id=[1]),
    "an id that is true": changed(id=True),
    "a method nobody knows": changed(method="a/b"),
    "a huge method": changed(method="a" * 100_000),
    "a method of two lines": changed(method="a\r\nb: c"),
    "a name that is a number": changed(params={**HONEST["params"], "name": 5}),
    "arguments in a list": changed(params={**HONEST["params"], "arguments": []}),
    "arguments in a text": changed(params={**HONEST["params"], "arguments": "x"}),
    "a meta in a text": changed(params={**HONEST["params"], "_meta": "x"}),
    "members twice": b'{"jsonrpc":"2.0","id":1,"id":2,"method":"ping","method":"tools/call","params":{}}',
    "parameters twice": WHOLE[:-1] + b',"params":{}}',
    "half a pair": WHOLE.replace(b"whoami", b"\\ud83d"),
    "a null in a name": WHOLE.replace(b"whoami", b"\\u0000"),
    "a request that is a response": b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{},"result":{}}',
}
"""A message, but no call that could be made."""
KINDS: Final = (
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
    "text/json", "application", "json", "a" * 5_000,
)  # fmt: skip


@pytest.fixture(scope="module")
async def token(standing: ServedHouse) -> str:
    return (await tokens_for(standing, await Program.registered(standing))).access


def headers_of(token: str, revision: str) -> dict[str, str]:
    later = {**call_request("whoami", {}, token)[0], "Content-Type": "application/json"}
    earlier = {name: value for name, value in later.items() if not name.lower().startswith("mcp-")}
    return later if revision == "2026-07-28" else {**earlier, "MCP-Protocol-Version": revision}


async def session_of(http: httpx2.AsyncClient, headers: dict[str, str]) -> dict[str, str]:
    """Open a session of the earlier revision; the headers of those who are in it."""
    about = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}}
    opening = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": about}
    answer = await http.post("/mcp", json=opening, headers=headers)
    assert answer.status_code == 200, answer.text
    return {**headers, "Mcp-Session-Id": answer.headers["mcp-session-id"]}


def told(answer: httpx2.Response) -> str:
    """The sentence of a refusal; the test fails if there is no short one."""
    assert len(answer.content) <= SHORT, answer.text
    found = json.loads(answer.text)["error"]["message"]
    ours = [fault for fault in faults_of(found) if "dump" in fault or "lines" in fault or "has [" in fault]
    assert ours == []
    return str(found)


every_revision = pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25", "2025-11-25 in a session"])


@every_revision
async def test_what_is_no_message_is_refused_in_one_short_sentence(
    standing: ServedHouse, token: str, revision: str
) -> None:
    http, headers = standing.browser(), headers_of(token, revision[:10])
    if "session" in revision:
        headers = await session_of(http, headers)
    for what, body in {**BROKEN, **NO_MESSAGE}.items():
        answer = await http.post("/mcp", content=body, headers=headers)
        assert answer.status_code == 400, (what, answer.status_code, answer.text[:500])
        assert told(answer), what
    for what, body in ODD.items():
        answer = await http.post("/mcp", content=body, headers=headers)
        assert answer.status_code in ({200, 202, 400} if "session" in revision else {400}), (
            what,
            answer.text,
        )
        assert faults_in(answer.text, body) == [], (what, answer.text[:500])
    answer = await http.post("/mcp", content=WHOLE, headers=headers)
    if revision != "2025-11-25":  # which needs a session for that
        assert answer.status_code == 200, answer.text
        assert '"isError":true' not in answer.text
        assert '"error":' not in answer.text


def faults_in(text: str, body: bytes = b"") -> list[str]:
    """What is wrong with an answer; it may repeat a method that nobody knows, as the protocol does."""
    too_long = len(text) > 2 * SHORT + len(body)
    return [*(fault for fault in faults_of(text) if "dump" in fault), *(["it is long"] if too_long else [])]


@every_revision
async def test_a_body_that_is_too_large_or_no_json_by_its_own_word_is_refused(
    standing: ServedHouse, token: str, revision: str
) -> None:
    http, headers = standing.browser(), headers_of(token, revision[:10])
    if "session" in revision:
        headers = await session_of(http, headers)
    large = await http.post("/mcp", content=b'{"a":"' + b"x" * (5 << 20) + b'"}', headers=headers)
    assert (large.status_code, large.text) == (413, "Request body too large")
    for kind in KINDS:
        answer = await http.post("/mcp", content=WHOLE, headers={**headers, "Content-Type": kind})
        assert answer.status_code in {400, 415}, (kind, answer.text)
        assert len(answer.content) <= SHORT
    del headers["Content-Type"]
    assert (await http.post("/mcp", content=WHOLE, headers=headers)).status_code == 400


@pytest.mark.parametrize("path", ["/register", "/token", "/revoke"])
async def test_the_doors_beside_it_refuse_the_same_bodies(standing: ServedHouse, path: str) -> None:
    http = standing.browser()
    for what, body in {**BROKEN, **NO_MESSAGE}.items():
        for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data"):
            answer = await http.post(path, content=body, headers={"Content-Type": kind})
            assert 400 <= answer.status_code < 500, (path, what, kind, answer.status_code, answer.text[:300])
            assert faults_in(answer.text) == [], (path, what, answer.text[:300])
