"""What the suites of well-known OAuth providers ask of an authorization server, one request each."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM: Final = "application/x-www-form-urlencoded"
METADATA: Final = "/.well-known/oauth-authorization-server"
RESOURCE: Final = "/.well-known/oauth-protected-resource/mcp"


class Point(NamedTuple):
    """One request and what has to come of it.

    Args:
        name: What is asked.
        method: The HTTP method.
        path: Where; `{client}`, `{token}`, `{code}` stand for those of the test's program.
        status: What has to come.
        error: The OAuth error that has to be in it, if any.
        body: What is sent.
        headers: What is sent beside it.
    """

    name: str
    method: str
    path: str
    status: int
    error: str | None = None
    body: str | None = None
    headers: Mapping[str, str] = {}


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}", "Content-Type": FORM}


def _form(name: str, path: str, status: int, error: str | None, body: str, kind: str = FORM) -> Point:
    return Point(name, "POST", path, status, error, body, {"Content-Type": kind})


_REFRESH: Final = "grant_type=refresh_token&refresh_token=x&client_id={client}"
_AUTHORIZE: Final = (
    "/authorize?client_id={client}&response_type=code&code_challenge_method=S256&state=s&scope=read"
    "&resource={resource}&redirect_uri={redirect}&code_challenge=" + "A" * 43
)
METHODS: Final = tuple(
    Point(f"{method} {path}", method, path, 405)
    for path, methods in {
        "/token": ("GET", "HEAD", "PUT", "PATCH", "DELETE"),
        "/revoke": ("GET", "HEAD", "PUT", "DELETE"),
        "/register": ("GET", "HEAD", "PUT", "DELETE"),
        "/authorize": ("HEAD", "POST", "PUT", "DELETE"),
        "/consent": ("HEAD", "PUT", "DELETE"),
        "/callback": ("HEAD", "POST", "PUT", "DELETE"),
        "/renew": ("HEAD", "POST"),
        METADATA: ("POST", "PUT", "DELETE"),
        RESOURCE: ("POST", "PUT", "DELETE"),
    }.items()
    for method in methods
)
BODIES: Final = (
    _form("JSON at the token endpoint", "/token", 400, "invalid_request", "{}", "application/json"),
    _form("text at the token endpoint", "/token", 400, "invalid_request", _REFRESH, "text/plain"),
    _form("multipart at the token endpoint", "/token", 400, "invalid_request", "", "multipart/form-data"),
    _form("no media type", "/token", 400, "invalid_request", _REFRESH, ""),
    _form("a media type with a charset", "/token", 400, "invalid_grant", _REFRESH, f"{FORM}; charset=UTF-8"),
    _form("a media type in capitals", "/token", 400, "invalid_grant", _REFRESH, FORM.upper()),
    _form("an empty body", "/token", 401, "invalid_client", ""),
    _form("bytes that are no text", "/token", 400, "invalid_grant", f"{_REFRESH}&x=%FF"),
    _form("half a percent sign", "/token", 400, "invalid_grant", f"{_REFRESH}&x=%"),
    _form("41 parameters", "/token", 400, "invalid_request", "&".join(f"p{n}=1" for n in range(41))),
    _form("a parameter of 5,000 signs", "/token", 400, "invalid_request", f"{_REFRESH}&x={'y' * 5000}"),
    _form("an empty parameter counts as absent", "/token", 401, "invalid_client", f"{_REFRESH[:-8]}"),
    _form("unknown parameters are ignored", "/token", 400, "invalid_grant", f"{_REFRESH}&unknown=1"),
    _form(
        "a secret nobody gave out is ignored", "/token", 400, "invalid_grant", f"{_REFRESH}&client_secret=x"
    ),
    _form("parameters in the address", f"/token?{_REFRESH}", 401, "invalid_client", ""),
    _form("JSON at the revocation endpoint", "/revoke", 400, "invalid_request", "{}", "application/json"),
    _form("no token to revoke", "/revoke", 400, "invalid_request", "client_id={client}"),
    _form("no client to revoke for", "/revoke", 401, "invalid_client", "token=x"),
    _form("an unknown client", "/revoke", 401, "invalid_client", "token=x&client_id=unknown"),
    _form("an unknown token", "/revoke", 200, None, "token=x&client_id={client}"),
    _form("an unknown hint", "/revoke", 200, None, "token=x&client_id={client}&token_type_hint=id_token"),
    _form("a form to register with", "/register", 400, "invalid_client_metadata", "redirect_uris=x"),
)
REPEATED: Final = (
    *(
        _form(
            f"{name} twice at the token endpoint",
            "/token",
            400,
            "invalid_request",
            f"{_REFRESH}&{name}=a&{name}=b",
        )
        for name in (
            *("grant_type", "refresh_token", "client_id", "code", "code_verifier", "redirect_uri"),
            *("scope", "resource", "anything"),
        )
    ),
    *(
        _form(
            f"{name} twice at the revocation endpoint",
            "/revoke",
            400,
            "invalid_request",
            f"{name}=a&{name}=a",
        )
        for name in ("token", "client_id", "token_type_hint")
    ),
    *(
        Point(f"{name} twice at the authorization endpoint", "GET", f"{_AUTHORIZE}&{name}=S256", 400)
        for name in (
            *("client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method"),
            *("state", "scope", "resource"),
        )
    ),
)
NAMING: Final = (
    Point(
        "Basic with an empty password",
        "POST",
        "/token",
        400,
        "invalid_grant",
        "{refresh}",
        {"basic": "{client}:"},
    ),
    Point(
        "Basic with any password",
        "POST",
        "/token",
        400,
        "invalid_grant",
        "{refresh}",
        {"basic": "{client}:x:y"},
    ),
    Point("Basic beside the form", "POST", "/token", 400, "invalid_grant", _REFRESH, {"basic": "{client}:"}),
    Point("Basic against the form", "POST", "/token", 400, "invalid_request", _REFRESH, {"basic": "other:"}),
    Point(
        "Basic without a colon", "POST", "/token", 401, "invalid_client", "{refresh}", {"basic": "{client}"}
    ),
    Point(
        "Basic with an unknown name",
        "POST",
        "/token",
        401,
        "invalid_client",
        "{refresh}",
        {"basic": "other:"},
    ),
    Point("Basic with no name", "POST", "/token", 401, "invalid_client", "{refresh}", {"basic": ":"}),
    Point(
        "Basic with nothing",
        "POST",
        "/token",
        401,
        "invalid_client",
        "{refresh}",
        {"Authorization": "Basic"},
    ),
    Point(
        "Basic that is no base64",
        "POST",
        "/token",
        401,
        "invalid_client",
        "{refresh}",
        {"Authorization": "Basic é?"},
    ),
    Point(
        "another scheme is ignored",
        "POST",
        "/token",
        400,
        "invalid_grant",
        _REFRESH,
        {"Authorization": "Bearer x"},
    ),
    Point(
        "Basic at the revocation endpoint", "POST", "/revoke", 200, None, "token=x", {"basic": "{client}:"}
    ),
    Point("an unknown name there", "POST", "/revoke", 401, "invalid_client", "token=x", {"basic": "other:"}),
)
AUTHORIZING: Final = (
    Point("a proper request", "GET", _AUTHORIZE, 302),
    Point("unknown parameters are ignored", "GET", f"{_AUTHORIZE}&prompt=consent&nonce=x&login_hint=y", 302),
    Point("a request object is not read", "GET", f"{_AUTHORIZE}&request=x.y.z", 302),
    Point(
        "a request object elsewhere is not fetched",
        "GET",
        f"{_AUTHORIZE}&request_uri=https://a.example/",
        302,
    ),
    Point("the response mode we have", "GET", f"{_AUTHORIZE}&response_mode=query", 302),
    Point("a parameter of 5,000 signs", "GET", f"{_AUTHORIZE}&x={'y' * 5000}", 400),
    Point("no parameters", "GET", "/authorize", 400),
    Point("a consent page of no sign-in", "GET", "/consent?ticket=x", 400),
    Point("a consent page without a ticket", "GET", "/consent", 400),
    Point(
        "an answer to no sign-in",
        "POST",
        "/consent",
        400,
        None,
        "ticket=x&decision=allow",
        {"Content-Type": FORM},
    ),
    Point(
        "an answer that is no form", "POST", "/consent", 400, None, "{}", {"Content-Type": "application/json"}
    ),
    Point("a renewal of nothing", "GET", "/renew?grant=x", 404),
    Point("a renewal without a grant", "GET", "/renew", 404),
    Point("a callback of no sign-in", "GET", "/callback?state=x&code=y", 400),
    Point("a callback without a state", "GET", "/callback?code=y", 400),
    Point("the resource's metadata without its path", "GET", "/.well-known/oauth-protected-resource", 404),
)
POINTS: Final = (*METHODS, *BODIES, *REPEATED, *NAMING, *AUTHORIZING)
