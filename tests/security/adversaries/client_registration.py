"""The malicious client registers: with names that do something, with too much, and far too often."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from tests.authorization.house import open_consent
from tests.people import REDIRECT
from tests.security.adversaries.attempts import SCRIPT, oauth, status
from tests.security.adversaries.stage import authorize_url
from tests.security.redirects import MAY_NOT_BE_REGISTERED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.security.adversaries.client import MaliciousClient

MOST: Final = 400
HOSTILE_NAMES: Final = (
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "</title><h1>Signed in</h1>",
    "{{ 1111*1111 }}${1111*1111}<%= 1111*1111 %>",
    "Spotify\u202egnihtemos",
    "Auxcord\u2066\u2069\u200b\u200f",
    "\x1b[2J\x1b]0;owned\x07",
    "one\r\nSet-Cookie: aux_account=x",
    "\U000e0041\U000e0042hidden",
)
UNSEEN: Final = re.compile("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\x1b\x07\U000e0000-\U000e007f]")


async def hostile_names(me: MaliciousClient) -> None:
    """Register names that would be markup, commands or another text than they seem, and show the page."""
    for name in HOSTILE_NAMES:
        client_id = await me.registered(REDIRECT, client_name=name)
        page = await open_consent(me.browser(), authorize_url(client_id))
        raw = any(mark in page.text for mark in ("<script", "<img src=x", "<h1>Signed", "1234321"))
        split = "set-cookie: aux_account" in str(page.headers).lower()
        me.harmless(repr(name), holds=not raw and not split and not UNSEEN.search(page.text))
        me.control(works='name="decision"' in page.text)


async def hostile_links(me: MaliciousClient) -> None:
    """Register addresses of logos and terms that would be shown, opened or fetched."""
    for name in ("logo_uri", "client_uri", "tos_uri", "policy_uri", "jwks_uri", "sector_identifier_uri"):
        for link in ("javascript:alert(1)", "data:text/html,x", "https://evil.example/pixel.png"):
            answer = await me.browser().post(
                "/register", json={"client_name": "X", "redirect_uris": [REDIRECT], name: link}
            )
            if answer.status_code != 201:
                me.expect(f"{name} {link}", answer, oauth("invalid_client_metadata"))
                continue
            page = await open_consent(me.browser(), authorize_url(answer.json()["client_id"]))
            me.harmless(f"{name} {link}", holds=link not in page.text and "evil.example" not in page.text)
    me.control(works=bool(await me.registered(REDIRECT)))


async def hostile_redirects(me: MaliciousClient) -> None:
    """Register addresses that are no place to send a person to."""
    refused = oauth("invalid_redirect_uri", "invalid_client_metadata")
    for uri in MAY_NOT_BE_REGISTERED:
        document = {"client_name": "X", "redirect_uris": [REDIRECT, uri]}
        answer = await me.browser().post("/register", json=document)
        me.expect(repr(uri)[:60], answer, refused)
    me.control(works=bool(await me.registered(REDIRECT)))


async def chosen_identity(me: MaliciousClient) -> None:
    """Register under the id of an honest person's client, or with a secret and powers of one's own."""
    theirs = me.stage.ada.person.client_id
    document = {
        "client_id": theirs,
        "client_secret": "not-a-secret",
        "client_name": "Test program",
        "redirect_uris": [REDIRECT],
        "grant_types": ["client_credentials", "implicit", "authorization_code"],
        "response_types": ["token", "code"],
        "token_endpoint_auth_method": "client_secret_post",
        "scope": "admin read",
    }
    answer = await me.browser().post("/register", json=document)
    got = answer.json()
    me.harmless("its id", holds=got["client_id"] != theirs)
    me.harmless("a secret", holds="client_secret" not in got)
    powers = {"grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none"}
    me.harmless("powers", holds=all(got[name] == value for name, value in powers.items()))
    for method in ("PUT", "DELETE", "GET"):
        for path, code in ((f"/register/{theirs}", 404), ("/register", 405)):
            me.expect(f"{method} {path[:10]}", await me.browser().request(method, path), status(code))
    me.control(works=answer.status_code == 201)


async def too_much(me: MaliciousClient) -> None:
    """Register what is too large, too deep or no client at all."""
    refused = oauth("invalid_client_metadata", "invalid_redirect_uri")
    for name, content, judge in (
        ("70 KB", json.dumps({"redirect_uris": [REDIRECT], "x": "y" * 70_000}), status(413)),
        ("deep", '{"redirect_uris":' + "[" * 20_000 + "]" * 20_000 + "}", refused),
        ("a long name", json.dumps({"redirect_uris": [REDIRECT], "client_name": "n" * 101}), refused),
        ("11 addresses", json.dumps({"redirect_uris": [f"{REDIRECT}{n}" for n in range(11)]}), refused),
        ("no addresses", json.dumps({"client_name": "X"}), refused),
        ("a list", "[]", refused),
        ("null", "null", refused),
        ("no JSON", "{", refused),
        ("a number", json.dumps({"redirect_uris": [REDIRECT], "client_name": 5}), refused),
    ):
        answer = await me.browser().post(
            "/register", content=content, headers={"Content-Type": "application/json"}
        )
        me.expect(name, answer, judge)
    me.control(works=bool(await me.registered(REDIRECT)))


async def flood(me: MaliciousClient) -> None:
    """Register from one address until somebody stops it."""
    browser, last = me.browser(), None
    for _ in range(MOST):
        last = await browser.post("/register", json={"redirect_uris": [REDIRECT]})
        if last.status_code != 201:
            break
    assert last is not None
    me.expect(f"{MOST} times", last, lambda seen: seen.status == 429 and "retry-after" in seen.headers)
    me.control(works=bool(await me.registered(REDIRECT)))


ATTACKS: Final[tuple[Callable[[MaliciousClient], Awaitable[None]], ...]] = (
    hostile_names,
    hostile_links,
    hostile_redirects,
    chosen_identity,
    too_much,
    flood,
)
