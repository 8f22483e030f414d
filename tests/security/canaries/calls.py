"""MCP: every tool with right and wrong arguments, in both revisions, under every trouble there is."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, Final

from auxcord.simulator.faults import KINDS
from tests.people import enrol, follow
from tests.reliability.test_every_wrong_argument import RIGHT
from tests.revisions import CAN_ASK, LEGACY, MODERN, REVISIONS, Wire, agreed
from tests.security.canaries.ledger import CLIENT_SECRET, PASTED
from tests.tools.questioning import SCHEMAS

if TYPE_CHECKING:
    from tests.people import Person
    from tests.security.canaries.stage import Stage

_SEEN: Final = ("get_account", "search", "get_playback", "list_library", "play")
_REPEATED: Final = (400, 401, 403, 404, 409, 500)
"""Statuses with which Spotify repeats all it was sent."""


async def drive(stage: Stage) -> None:
    """Call everything there is, the worst at the end."""
    anna, bert = await enrol(stage.house, ["ada", stage.handle])
    await stage.note_kept(anna, bert)
    await _tools(stage, anna)
    await Wire(stage.house.http, bert.access).call("connect_account")
    await _messages(stage, anna, bert)
    await _links(stage)
    await _asking(stage)
    await _bearers(stage, anna)
    await _repeated(stage)
    await _faults(stage)


async def _tools(stage: Stage, person: Person) -> None:
    wire = Wire(stage.house.http, person.access)
    for name in SCHEMAS:
        if name == "disconnect_account":
            continue
        right = RIGHT.get(name, {})
        await wire.call(name, right)
        await wire.call(name, {argument: {"a": [1]} for argument in _arguments(name)})
        pasted = {argument: secrets.token_urlsafe(24) for argument in _arguments(name)}
        for argument, text in pasted.items():
            stage.ledger.note(PASTED, text)
            await wire.call(name, {**right, argument: text})
        await wire.call(name, pasted)
        await wire.call(name, {**right, "no_such_argument": secrets.token_urlsafe(24)})
        stage.paths.add(f"tool {name}: right, wrong, pasted")


def _arguments(tool: str) -> tuple[str, ...]:
    return tuple(SCHEMAS[tool].get("properties", ()))


async def _messages(stage: Stage, anna: Person, bert: Person) -> None:
    house = stage.house
    for revision in REVISIONS:
        wire = Wire(house.http, bert.access, revision, capabilities=CAN_ASK)
        if revision == LEGACY:
            await wire.open()
            foreign = Wire(house.http, anna.access, revision, session=wire.session)
            await foreign.ask("tools/list")
        for method, params in _MESSAGES:
            reply = await wire.ask(method, params)
            assert reply.status < 500, reply
            stage.paths.add(f"{revision} {method} {params or ''}"[:90])
    for content in (b"", b"{", b"[" * 5_000, b'"x"', b"\xff\xfe", b'{"jsonrpc": "2.0", "id": 1}'):
        sent = Wire(house.http, anna.access).headers("tools/call", "search")
        answer = await house.http.post(
            "/mcp", content=content, headers={**sent, "Content-Type": "application/json"}
        )
        assert answer.status_code == 400, answer.text
    stage.paths.add("messages that are none")
    for path in ("/", "/healthz", "/readyz", "/nowhere", "/.well-known/oauth-authorization-server"):
        await house.http.get(path, params={"token": secrets.token_urlsafe(24)})
        stage.paths.add(f"GET {path}")
    await house.http.get("/mcp", params={"access_token": anna.access}, headers={"Accept": "application/json"})
    await house.http.get(
        "/healthz", headers={"Host": "evil.example", "Authorization": f"Bearer {anna.access}"}
    )
    stage.paths.add("a token in the address, and another host")


_MESSAGES: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("tools/list", {}),
    ("resources/list", {}),
    ("resources/templates/list", {}),
    ("resources/read", {"uri": "spotify://me"}),
    ("resources/read", {"uri": "spotify://playlist/nothing"}),
    ("resources/read", {"uri": "file:///etc/passwd"}),
    ("prompts/list", {}),
    ("prompts/get", {"name": "no_such_prompt"}),
    (
        "completion/complete",
        {"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "y", "value": "z"}},
    ),
    ("no/such/method", {}),
)  # fmt: skip


async def _links(stage: Stage) -> None:
    """A client that may only look is sent to its person, who then lets it do more."""
    (looker,) = await enrol(stage.house, [stage.handle], level="look")
    wire = Wire(stage.house.http, looker.access)
    refused = await wire.call("play", {})
    offered = await wire.call("connect_account", {})
    link = next(word for word in offered.text.split() if "/renew?" in word)
    assert refused.is_error
    await follow(stage.house, link, stage.handle)
    stage.paths.add("a link that widens what a client may do")
    await wire.call("disconnect_account", {})
    stage.paths.add("a client that may not vouch for its person")
    await stage.house.simulator.control("POST", "/revoke", json={"user": stage.handle})
    for tool in ("get_account", "search", "connect_account"):
        await wire.call(tool, RIGHT.get(tool, {}))
    stage.paths.add("consent taken back at Spotify")


async def _asking(stage: Stage) -> None:
    """Questions to the person: by word and by form, answered rightly, wrongly and twice."""
    for number, capabilities in enumerate(({}, CAN_ASK)):
        handle = f"{stage.handle}-{number}{secrets.token_hex(2)}"
        await stage.house.simulator.control("POST", "/users", json={"handle": handle})
        (person,) = await enrol(stage.house, [handle])
        wire = Wire(stage.house.http, person.access, MODERN, capabilities=capabilities)
        asked = await wire.call("disconnect_account", {})
        if not capabilities:
            word = asked.text.partition("confirm=")[2].split()[0]
            await wire.call("disconnect_account", {"confirm": f"{word[:-4]}AAAA"})
            assert "erased" in (await wire.call("disconnect_account", {"confirm": word})).text
        else:
            answer = {"inputResponses": agreed()}
            for state in (asked.state[:-4] + "AAAA", asked.state):
                await wire.call("disconnect_account", {}, requestState=state, **answer)
            await wire.call("disconnect_account", {}, requestState=asked.state, **answer)
        await wire.call("get_account")
        stage.paths.add(f"everything erased after a question by {'form' if capabilities else 'word'}")


async def _bearers(stage: Stage, person: Person) -> None:
    made_up = f"aux_at_{secrets.token_hex(22)}"
    for what, token in {"no": None, "a made-up": made_up, "a refresh": person.refresh}.items():
        reply = await Wire(stage.house.http, token).call("get_account")
        assert reply.status == 401
        stage.paths.add(f"{what} token as bearer")
    secret = secrets.token_urlsafe(24)
    stage.ledger.note(CLIENT_SECRET, secret)
    await Wire(stage.house.http, None).call("get_account", headers={"Authorization": f"Basic {secret}"})
    stage.paths.add("another scheme as bearer")


async def _repeated(stage: Stage) -> None:
    """Spotify answers with errors that quote the request, at the Web API and when a token is renewed."""
    (person,) = await enrol(stage.house, [stage.handle])
    wire = Wire(stage.house.http, person.access)
    before = stage.upstream.repeated
    for status, old in zip(_REPEATED, await enrol(stage.house, len(_REPEATED), expired=True), strict=True):
        stage.upstream.repeats = status
        await asyncio.gather(*(wire.call(tool, RIGHT.get(tool, {})) for tool in _SEEN))
        await Wire(stage.house.http, old.access).call("get_account")
        stage.upstream.repeats = None
        stage.paths.add(f"Spotify repeats tokens with {status}")
    assert stage.upstream.repeated - before >= 2 * len(_REPEATED)


async def _faults(stage: Stage) -> None:
    """Every kind of fault at the Web API, each met by somebody of their own, and at the token endpoint."""
    for path, expired in (("/v1/*", False), ("/api/token", True)):
        people = await enrol(stage.house, len(KINDS), expired=expired)
        for person, kind in zip(people, KINDS, strict=True):
            more: dict[str, Any] = {"size": 9_000_000} if kind == "huge" else {"retry_after": 1}
            more |= {"status": 400, "body": "no"} if kind == "status" else {}
            more |= {"seconds": 0.1} if kind == "latency" else {}
            more |= {"fields": ["id", "uri", "items", "access_token"]} if kind == "missing-fields" else {}
            who = {} if path == "/api/token" else {"user": person.handle}
            await stage.fault(kind, path, times=3, **who, **more)
            stage.paths.add(f"{path} meets {kind}")
        asked = [
            Wire(stage.house.http, person.access).call(tool, RIGHT.get(tool, {}))
            for person in people
            for tool in ("get_account", "search", "pause")
        ]
        await asyncio.gather(*asked)
        await stage.house.simulator.no_faults()
