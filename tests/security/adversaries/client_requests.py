"""The malicious client sends requests that two readers read differently, or that claim to be somebody's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tests.people import REDIRECT
from tests.replicas import PUBLIC_URL
from tests.revisions import LEGACY, MODERN, Wire
from tests.security.adversaries.attempts import Seen, bearer, oauth, page, request, status
from tests.security.adversaries.stage import authorize_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.security.adversaries.client import MaliciousClient

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


async def claimed_by_headers(me: MaliciousClient) -> None:
    """Say in headers of a proxy who one is, with no token and with one's own."""
    ada = me.stage.ada.person
    headers, body = Wire(me.http, None).request("tools/call", {"name": "get_account", "arguments": {}})
    names = (
        *(
            "X-User",
            "X-User-Id",
            "X-Forwarded-User",
            "X-Remote-User",
            "X-Auth-Request-User",
            "X-Original-User",
        ),
        *("X-Auxcord-User", "X-Authenticated-Userid", "Remote-User", "X-MS-CLIENT-PRINCIPAL", "X-Client-Id"),
    )
    for name in names:
        for value in (ada.user_id, me.stage.ada.mark):
            answer = await me.http.post("/mcp", headers={**headers, name: value}, json=body)
            me.expect(f"{name} alone", answer, bearer)
    everything = dict.fromkeys(names, ada.user_id)
    own = {"Authorization": f"Bearer {me.stage.mallory.access}"}
    answer = await me.http.post("/mcp", headers={**headers, **everything, **own}, json=body)
    me.harmless(
        "beside a token", holds="account: Mallory " in answer.text and me.stage.ada.mark not in answer.text
    )
    me.control(works=answer.status_code == 200)


async def claimed_by_proxy(me: MaliciousClient) -> None:
    """Say in headers of a proxy where one is, so that addresses of ours lead elsewhere."""
    evil = "evil.example"
    headers = {
        "X-Forwarded-Host": evil,
        "X-Forwarded-Server": evil,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/evil",
        "X-Original-URL": "/account",
        "X-Rewrite-URL": "/account",
        "X-Host": evil,
        "Forwarded": f"host={evil};proto=https",
    }
    for path in (
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource/mcp",
        "/",
        "/account",
        authorize_url(me.client_id),
    ):
        answer = await me.browser().get(path, headers=headers)
        text = f"{answer.headers} {answer.text}"
        told = evil not in text and "https://127" not in text and answer.status_code in {200, 302}
        me.harmless(path[:45], holds=told)
    headers |= Wire(me.http, None).headers("tools/list")
    answer = await me.http.post("/mcp", headers=headers, json={})
    me.expect("challenge", answer, lambda seen: bearer(seen) and evil not in str(seen.headers))
    answer = await me.http.post("/mcp/", headers=headers, json={})
    me.expect("slash", answer, lambda seen: seen.status in {307, 401} and evil not in seen.location)
    own = {**headers, "Authorization": f"Bearer {me.stage.mallory.access}"}
    tools = await Wire(me.http, me.stage.mallory.access).ask("tools/list", headers=own)
    me.control(works="get_account" in tools.body)


async def other_hosts(me: MaliciousClient) -> None:
    """Reach the server under another name, as a page does whose name was rebound to it."""
    name = PUBLIC_URL.removeprefix("http://")
    mine = f"Authorization: Bearer {me.stage.mallory.access}"
    for host in (
        "evil.example",
        f"{name}.evil.example",
        f"evil.example/?{name}",
        f"x@{name}",
        "",
        f"{name},x",
        "*",
    ):
        for target in ("/account", "/mcp", "/.well-known/oauth-authorization-server"):
            answer = await me.raw(request("GET", target, f"Host: {host}", mine))
            me.expect(f"Host: {host}", answer, status(400, 421))
    twice = await me.raw(request("GET", "/account", f"Host: {name}", "Host: evil.example"))
    me.expect("Host twice", twice, status(400, 421))
    absolute = await me.raw(request("GET", "http://evil.example/account", "Host: evil.example"))
    me.expect("absolute form", absolute, status(400, 421))
    for origin in (
        "https://evil.example",
        "null",
        f"{PUBLIC_URL}.evil.example",
        f"{PUBLIC_URL}x",
        "http://x@y",
    ):
        answer = await me.raw(request("POST", "/mcp", f"Origin: {origin}", mine, body=b"{}"))
        me.expect(f"Origin: {origin}", answer, status(403))
    me.control(works=(await me.raw(request("GET", "/account"))).status == 200)


async def confused_paths(me: MaliciousClient) -> None:
    """Write the path of the endpoint so that the guard before it and the router behind it disagree."""
    headers, body = Wire(me.http, None).request("tools/call", {"name": "get_account", "arguments": {}})
    lines = [f"{name}: {value}" for name, value in headers.items()] + [f"Content-Type: {JSON}"]
    content = json.dumps(body).encode()
    refused = status(400, 401, 404, 405, 421)
    for path in (
        *("//mcp", "/./mcp", "/x/../mcp", "/mcp/.", "/mcp/..", "/mcp//", "/MCP", "/Mcp", "/mcp;x", "/mcp%00"),
        *("/mcp%2f", "/%2fmcp", "/%6dcp", "/%6d%63%70", "/mcp%20", "/mcp?x=/healthz", "/healthz/../mcp"),
        *("/healthz/%2e%2e/mcp", "/.well-known/../mcp", "/account/..%2fmcp", "/\\mcp", "/mcp\\..\\healthz"),
        *("/healthz%3f/../mcp", "/mcp#/healthz", "*", "mcp", "/..;/mcp", "/%252e%252e/mcp"),
    ):
        seen = await me.raw(request("POST", path, *lines, body=content))
        me.expect(path, seen, lambda seen: refused(seen) or _is_sent_to_endpoint(seen))
    for path in ("/account/", "/ACCOUNT", "//account", "/account/%2e%2e/account/data", "/account/data/"):
        seen = await me.raw(request("GET", path))
        me.expect(path, seen, status(307, 404, 405))
    own = f"Authorization: Bearer {me.stage.mallory.access}"
    me.control(works=(await me.raw(request("POST", "/mcp", *lines, own, body=content))).status == 200)


def _is_sent_to_endpoint(seen: Seen) -> bool:
    """Whether somebody is sent to the endpoint itself, where they have to bring a token like anybody."""
    return seen.status == 307 and seen.location == f"{PUBLIC_URL}/mcp"


async def confused_methods(me: MaliciousClient) -> None:
    """Use another method than a path is made for, or say that another was meant."""
    for method in ("GET", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "HEAD"):
        for path in ("/token", "/register", "/revoke", "/account/erase", "/account/data", "/account/remove"):
            if (method, path) == ("GET", "/account/erase"):
                continue  # that page is there, and only asks
            answer = await me.browser().request(method, path)
            me.expect(f"{method} {path}", answer, status(405))
    for path in ("/authorize", "/callback", "/renew", "/consent"):
        me.expect(f"HEAD {path}", await me.browser().request("HEAD", path), status(405))
        me.expect(f"PUT {path}", await me.browser().request("PUT", path), status(405))
    code = await me.code(me.stage.mallory)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": me.client_id,
        "redirect_uri": REDIRECT,
        "code_verifier": "v" * 43,
    }
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        me.expect(name, await me.http.get("/token", params=form, headers={name: "POST"}), status(405))
        answer = await me.stage.ada.browser.get("/account/erase?_method=POST", headers={name: "POST"})
        me.harmless(f"{name} on the account page", holds="Account erased" not in answer.text)
    me.control(works=(await me.http.post("/token", data=form)).status_code == 200)


async def confused_bodies(me: MaliciousClient) -> None:
    """Send what is read as something else than it says it is."""
    code = await me.code(me.stage.mallory)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": me.client_id,
        "redirect_uri": REDIRECT,
        "code_verifier": "v" * 43,
    }
    for kind in (JSON, "text/plain", "multipart/form-data; boundary=x", f"{FORM}x", ""):
        answer = await me.http.post("/token", content=json.dumps(form), headers={"Content-Type": kind})
        me.expect(f"token as {kind}", answer, oauth("invalid_request"))
    answer = await me.http.post("/token", params=form)
    me.expect("in the address", answer, oauth("invalid_request"))
    headers, body = Wire(me.http, me.stage.mallory.access).request("tools/list")
    for kind in ("text/plain", FORM, "text/html"):
        answer = await me.http.post(
            "/mcp", content=json.dumps(body), headers={**headers, "Content-Type": kind}
        )
        me.expect(f"MCP as {kind}", answer, status(400, 415))
    for content in ("[]", "null", "5", "{", json.dumps([body, body]), '{"jsonrpc":"1.0"}', "[" * 5000):
        answer = await me.http.post("/mcp", content=content, headers={**headers, "Content-Type": JSON})
        me.expect(f"MCP body {content[:20]}", answer, status(400))
    me.control(works=(await me.http.post("/token", data=form)).status_code == 200)


async def doubled_members(me: MaliciousClient) -> None:
    """Say a member of the JSON twice, one for the check and one for the tool."""
    mine = Wire(me.http, (await me.tokens(level="look")).access)
    for named in ("get_account", "create_playlist"):
        headers, body = mine.request("tools/call", {"name": named, "arguments": {"name": "Mallory's"}})
        for first, second in (("get_account", "create_playlist"), ("create_playlist", "get_account")):
            once = f'"name": "{named}"'
            content = json.dumps(body).replace(once, f'"name": "{first}", "name": "{second}"', 1)
            answer = await me.http.post("/mcp", content=content, headers={**headers, "Content-Type": JSON})
            made = "created:" in answer.text or "playlist:" in answer.text
            me.harmless(f"{named}: {first}, {second}", holds=not made)
    me.control(works=not (await mine.call("get_account")).is_error)


async def lying_headers(me: MaliciousClient) -> None:
    """Name another method, tool or revision in the headers than in the body."""
    mine = Wire(me.http, me.stage.mallory.access)
    for name, change in (
        ("another tool", {"Mcp-Name": "list_library"}),
        ("no tool", {"Mcp-Name": None}),
        ("another method", {"Mcp-Method": "tools/list"}),
        ("no method", {"Mcp-Method": None}),
        ("another revision", {"MCP-Protocol-Version": "2099-01-01"}),
        ("in capitals", {"Mcp-Name": "GET_ACCOUNT"}),
        ("two", {"Mcp-Name": "get_account, list_library"}),
    ):
        me.expect(name, await mine.call("get_account", headers=change), status(400))
    me.control(works=not (await mine.call("get_account")).is_error)


async def too_large(me: MaliciousClient) -> None:
    """Send more than anybody needs."""
    mine = {"Authorization": f"Bearer {me.stage.mallory.access}", "Content-Type": JSON}
    for path, size, headers in (
        ("/token", 70_000, {"Content-Type": FORM}),
        ("/revoke", 70_000, {"Content-Type": FORM}),
        ("/consent", 70_000, {"Content-Type": FORM}),
        ("/account/erase", 70_000, {"Content-Type": FORM}),
        ("/mcp", 5 * 1024 * 1024, mine),
    ):
        answer = await me.browser().post(path, content=b"x" * size, headers=headers)
        me.expect(f"{path} {size}", answer, status(413))
    long = await me.browser().get(f"/authorize?client_id={'x' * 5000}")
    me.expect("a long parameter", long, page("malformed"))
    me.control(works=(await me.browser().get("/account")).status_code == 200)


async def sessions_of_others(me: MaliciousClient) -> None:
    """Use the MCP session of an honest person with one's own token, with none, and with invented ids."""
    theirs = me.stage.ada.wire(LEGACY)
    process = me.stage.house.all[0]
    await theirs.open(extensions={"replica": process})
    for token, name in ((me.stage.mallory.access, "one's own token"), (None, "no token")):
        mine = Wire(me.http, token, LEGACY, session=theirs.session)
        judge = bearer if token is None else status(404)
        me.expect(f"POST, {name}", await mine.ask("tools/list", extensions={"replica": process}), judge)
        for method in ("GET", "DELETE"):
            headers = mine.headers("-") | ({"Accept": "text/event-stream"} if method == "GET" else {})
            answer = await me.http.request(method, "/mcp", headers=headers, extensions={"replica": process})
            me.expect(f"{method}, {name}", answer, judge)
    for invented in ("0" * 32, theirs.session.upper() + "A", theirs.session[:-1], "../mcp", "*"):
        mine = Wire(me.http, me.stage.mallory.access, LEGACY, session=invented)
        answer = await mine.ask("tools/list", extensions={"replica": process})
        me.expect(f"{invented[:8]}", answer, status(400, 404))
    still = await theirs.ask("tools/list", extensions={"replica": process})
    me.control(works=still.status == 200)


async def resources_of_others(me: MaliciousClient) -> None:
    """Read resources that are somebody else's, or no resources at all."""
    for revision in (MODERN, LEGACY):
        mine = Wire(me.http, me.stage.mallory.access, revision)
        if revision == LEGACY:
            await mine.open(extensions={"replica": me.stage.house.all[0]})
        for uri in (
            f"spotify://me?user={me.stage.ada.person.user_id}",
            f"spotify://{me.stage.ada.person.user_id}@me",
            f"spotify://me/{me.stage.ada.mark}",
            f"spotify://playlist/{me.stage.ada.known}/../../me",
            "spotify://playlist/..%2f..%2fv1%2fme",
            "file:///etc/passwd",
            "spotify://track/*",
            "http://127.0.0.1/",
        ):
            asked: dict[str, Any] = {"uri": uri}
            headers = {"Mcp-Name": uri} if revision == MODERN else None
            reply = await mine.ask(
                "resources/read", asked, headers=headers, extensions={"replica": me.stage.house.all[0]}
            )
            me.expect(f"{revision} {uri[:40]}", reply, lambda seen: '"error"' in seen.body)
        own = await mine.ask(
            "resources/read",
            {"uri": "spotify://me"},
            headers={"Mcp-Name": "spotify://me"} if revision == MODERN else None,
            extensions={"replica": me.stage.house.all[0]},
        )
        me.control(works="Mallory" in own.body)


ATTACKS: Final[tuple[Callable[[MaliciousClient], Awaitable[None]], ...]] = (
    claimed_by_headers,
    claimed_by_proxy,
    other_hosts,
    confused_paths,
    confused_methods,
    confused_bodies,
    doubled_members,
    lying_headers,
    too_large,
    sessions_of_others,
    resources_of_others,
)
