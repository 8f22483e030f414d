"""Every address a server process answers at, each with a request that works there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from starlette.routing import Mount, Route

from auxcord.server.assembly import Parts
from auxcord.server.draining import Draining
from auxcord.server.monitoring import metrics_app
from auxcord.server.settings import Settings
from auxcord.server.shared import build_app
from bench.raw import call_request
from tests.people import REDIRECT
from tests.security.fuzzing.knocks import Knock
from tests.security.fuzzing.scene import HTML, OURS, VERIFIER, authorize_query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from starlette.routing import BaseRoute

    from tests.security.fuzzing.scene import Scene


class Door(NamedTuple):
    """An address and what works there.

    Attributes:
        method: As the application names it.
        path: As the application names it.
        knock: Makes a request that works.
        works: The status of its answer.
        uses: The kind of thing that is used up when it works; see `Scene.new_…`.
        at_metrics: Whether the listener for metrics answers there.
        once: A variant of a door: what is different about it.
    """

    method: str
    path: str
    knock: Callable[[Scene], Awaitable[Knock]]
    works: int = 200
    uses: str = ""
    at_metrics: bool = False
    once: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}{' ' if self.once else ''}{self.once}"


def _plain(path: str) -> Callable[[Scene], Awaitable[Knock]]:
    async def knock(_scene: Scene) -> Knock:
        return Knock("GET", path, headers=HTML)

    return knock


def _preflight(path: str) -> Callable[[Scene], Awaitable[Knock]]:
    async def knock(_scene: Scene) -> Knock:
        asked = (
            ("Origin", "http://127.0.0.1:8000"),
            ("Access-Control-Request-Method", "GET" if "well-known" in path else "POST"),
            ("Access-Control-Request-Headers", "content-type"),
        )
        return Knock("OPTIONS", path, headers=asked)

    return knock


async def _style(scene: Scene) -> Knock:
    page = await scene.fetch(Knock("GET", "/", headers=HTML))
    return Knock("GET", page.text.partition('href="http://127.0.0.1:8000')[2].partition('"')[0])


async def _authorize(scene: Scene) -> Knock:
    return Knock("GET", "/authorize", tuple(authorize_query(scene.ada.client_id).items()), headers=HTML)


async def _consent(scene: Scene) -> Knock:
    under = await scene.of("consent")
    return Knock("GET", "/consent", under.fields[:1], headers=HTML, cookies=under.cookies)


async def _agree(scene: Scene) -> Knock:
    under = await scene.of("consent")
    form = (*under.fields, ("level", "control"), ("decision", "allow"))
    return Knock("POST", "/consent", headers=(*HTML, *OURS), cookies=under.cookies, form=form)


async def _callback(scene: Scene) -> Knock:
    under = await scene.of("arrival")
    return Knock("GET", "/callback", under.fields, headers=HTML, cookies=under.cookies)


async def _renew(scene: Scene) -> Knock:
    return Knock("GET", "/renew", (("grant", await scene.of("grant")),), headers=HTML)


def _account(path: str) -> Callable[[Scene], Awaitable[Knock]]:
    async def knock(scene: Scene) -> Knock:
        sitting = await scene.of("sitting")
        return Knock("GET", path, (("note", "removed"),), headers=HTML, cookies=sitting.cookies)

    return knock


def _press(step: str, *, proof: str = "page", **more: str) -> Callable[[Scene], Awaitable[Knock]]:
    async def knock(scene: Scene) -> Knock:
        sitting = await scene.of("sitting")
        form = (("csrf", sitting.proofs[proof]), *more.items())
        return Knock("POST", f"/account/{step}", headers=OURS, cookies=sitting.cookies, form=form)

    return knock


async def _register(scene: Scene) -> Knock:
    return Knock(
        "POST",
        "/register",
        document={
            "client_name": "Test program",
            "redirect_uris": [REDIRECT, "https://client.example/cb"],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "application_type": "native",
            "scope": "read playback",
            "client_uri": "https://client.example/",
            "logo_uri": "https://client.example/logo.png",
            "contacts": ["nobody@client.example"],
            "jwks": {"keys": []},
            "software_id": scene.ada.client_id,
        },
    )


async def _trade(scene: Scene) -> Knock:
    form = {
        "grant_type": "authorization_code",
        "code": await scene.of("code"),
        "client_id": scene.ada.client_id,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        "resource": "http://127.0.0.1:8000/mcp",
    }
    return Knock("POST", "/token", form=tuple(form.items()))


async def _refresh(scene: Scene) -> Knock:
    person = await scene.of("person")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": person.refresh,
        "client_id": person.client_id,
        "scope": "read",
        "resource": "http://127.0.0.1:8000/mcp",
    }
    return Knock("POST", "/token", form=tuple(form.items()))


async def _revoke(scene: Scene) -> Knock:
    person = await scene.of("person")
    form = {"token": person.refresh, "token_type_hint": "refresh_token", "client_id": person.client_id}
    return Knock("POST", "/revoke", form=tuple(form.items()))


def _later(method: str, params: Mapping[str, Any] | None = None) -> Callable[[Scene], Awaitable[Knock]]:
    """A message of revision 2026-07-28."""

    async def knock(scene: Scene) -> Knock:
        headers, body = call_request("get_account", {}, scene.ada.access)
        headers["Mcp-Method"] = body["method"] = method
        if params is not None:
            headers.pop("Mcp-Name")
            body["params"] = {**params, "_meta": body["params"]["_meta"]}
        return Knock("POST", "/mcp", headers=tuple(headers.items()), document=body)

    return knock


def earlier(method: str, params: Mapping[str, Any]) -> Callable[[Scene], Awaitable[Knock]]:
    """A message of revision 2025-11-25, in a session if it needs one."""

    async def knock(scene: Scene) -> Knock:
        headers = scene.older()
        if method != "initialize":
            headers = (*headers, ("Mcp-Session-Id", await scene.of("session")))
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": dict(params)}
        return Knock("POST", "/mcp", headers=headers, document=body)

    return knock


def _session(method: str) -> Callable[[Scene], Awaitable[Knock]]:
    async def knock(scene: Scene) -> Knock:
        session = ("Mcp-Session-Id", await scene.of("session"))
        return Knock(method, "/mcp", headers=(*scene.older(), session, ("Last-Event-ID", "1")))

    return knock


_BEGIN: Final = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"roots": {"listChanged": True}},
    "clientInfo": {"name": "t", "version": "0"},
}
_WELL_KNOWN: Final = (
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource/mcp",
)
DOORS: Final[tuple[Door, ...]] = (
    *(Door("GET", path, _plain(path)) for path in ("/", "/healthz", "/readyz", *_WELL_KNOWN)),
    *(Door("OPTIONS", path, _preflight(path)) for path in (*_WELL_KNOWN, "/token", "/revoke", "/register")),
    Door("GET", "/assets/{name}", _style),
    Door("GET", "/authorize", _authorize, 302),
    Door("GET", "/consent", _consent),
    Door("POST", "/consent", _agree, 303, "consent"),
    Door("GET", "/callback", _callback, 302, "arrival"),
    Door("GET", "/renew", _renew, 302),
    Door("GET", "/account", _account("/account")),
    Door("POST", "/account/sign-in", _press("sign-in", ticket="t", app="a"), 303),
    Door("POST", "/account/renew", _press("renew"), 303),
    Door("POST", "/account/remove", _press("remove", client="c"), 303),
    Door("POST", "/account/data", _press("data")),
    Door("GET", "/account/erase", _account("/account/erase")),
    Door("POST", "/account/erase", _press("erase", proof="erasing"), 200, "sitting"),
    Door("POST", "/account/sign-out", _press("sign-out"), 303, "sitting"),
    Door("POST", "/register", _register, 201),
    Door("POST", "/token", _trade, 200, "code", once="with a code"),
    Door("POST", "/token", _refresh, 200, "person", once="with a refresh token"),
    Door("POST", "/revoke", _revoke, 200, "person"),
    Door("POST", "/mcp", _later("tools/call"), once="a call"),
    Door("POST", "/mcp", _later("tools/list", {"cursor": None}), once="a listing"),
    Door("POST", "/mcp", _later("server/discover", {}), once="a discovery"),
    Door("POST", "/mcp", earlier("initialize", _BEGIN), once="a beginning, earlier"),
    Door(
        "POST",
        "/mcp",
        earlier("tools/call", {"name": "get_account", "arguments": {}}),
        once="a call, earlier",
    ),
    Door("GET", "/mcp", _session("GET"), 200, "session"),
    Door("DELETE", "/mcp", _session("DELETE"), 200, "session"),
    Door("GET", "/metrics", _plain("/metrics"), at_metrics=True),
)


def routes_of(environment: Mapping[str, str]) -> set[tuple[str, str, bool]]:
    """What `auxcord serve` answers at: method, path, and whether that is the listener for metrics."""
    settings = Settings.load(environment)
    parts = Parts.of(settings, settings.keys)
    beside: Any = None
    return {
        *((*one, False) for one in _walked(build_app(settings, parts, Draining()).routes)),
        *((*one, True) for one in _walked(metrics_app(beside, on_loopback=True).routes)),
    }


def _walked(routes: Iterable[BaseRoute], below: str = "") -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for route in routes:
        if isinstance(route, Mount):
            found |= _walked(route.routes, below + route.path)
        elif isinstance(route, Route):
            found |= {(method, below + route.path) for method in route.methods or {"*"}}
        else:
            found.add((type(route).__name__, below + str(getattr(route, "path", route))))
    return found
