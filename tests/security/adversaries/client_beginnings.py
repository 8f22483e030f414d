"""The malicious client begins sign-ins that would end elsewhere, or without proof."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from tests.authorization.house import challenge_of, open_consent
from tests.people import REDIRECT
from tests.replicas import PUBLIC_URL
from tests.security.adversaries.attempts import Seen, oauth, page, sent_back
from tests.security.adversaries.client import VERIFIER, MaliciousClient
from tests.security.adversaries.stage import DOCUMENT, WEB, authorize_url, code_for
from tests.security.redirects import MATCHES
from tests.security.strangers import ADDRESSES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def pkce_downgrade(me: MaliciousClient) -> None:
    """Begin a sign-in without PKCE, or with one that anybody could answer."""
    changes: tuple[dict[str, str | None], ...] = (
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "plain", "code_challenge": VERIFIER},
        {"code_challenge_method": "s256"},
        {"code_challenge_method": "S512"},
        {"code_challenge": "short"},
        {"code_challenge": "v" * 44},
        {"code_challenge": "=" * 43},
    )
    for client_id in me.ids:
        for change in changes:
            answer = await me.browser().get(authorize_url(client_id, **change))
            me.expect(f"{client_id[:8]} {change}", answer, sent_back("invalid_request"))
        me.control(works=(await me.browser().get(authorize_url(client_id))).is_redirect)


async def other_answers(me: MaliciousClient) -> None:
    """Ask for the answer in another way, or for another thing than a code."""
    for name, value, error in (
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code token", "unsupported_response_type"),
        ("response_type", "id_token", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("response_mode", "form_post", "invalid_request"),
        ("response_mode", "web_message", "invalid_request"),
    ):
        answer = await me.browser().get(authorize_url(me.client_id, **{name: value}))
        me.expect(f"{name}={value}", answer, sent_back(error))
    plain = authorize_url(me.client_id, response_type="code", response_mode="query")
    me.control(works=(await me.browser().get(plain)).is_redirect)


async def redirect_tricks(me: MaliciousClient) -> None:
    """Have the code sent to an address that only looks like a registered one."""
    ids: dict[str, str] = {}
    for registered, requested, matches in MATCHES:
        if registered not in ids:
            ids[registered] = await me.registered(registered)
        answer = await me.browser().get(authorize_url(ids[registered], redirect_uri=requested))
        if matches:
            me.control(works=answer.is_redirect)
        else:
            me.expect(f"{registered} as {requested}", answer, page("foreign_redirect"))
    several = await me.registered(REDIRECT, WEB)
    me.expect(
        "none of several",
        await me.browser().get(authorize_url(several, redirect_uri=None)),
        page("foreign_redirect"),
    )


async def foreign_client_id(me: MaliciousClient) -> None:
    """Pose as the client of somebody honest, with an address of its own, or as one nobody knows."""
    theirs = me.stage.ada.person.client_id
    for redirect in ("http://127.0.0.1:3939/steal", WEB, "http://localhost:3939/callback", "javascript:x"):
        answer = await me.browser().get(authorize_url(theirs, redirect_uri=redirect))
        me.expect(redirect, answer, page("foreign_redirect"))
    for client_id in (
        secrets.token_hex(16),
        f"{theirs} ",
        theirs.upper() + "A",
        f"{theirs}\0",
        "*",
        "' OR 1=1",
    ):
        answer = await me.browser().get(authorize_url(client_id))
        me.expect(repr(client_id), answer, page("unknown_client"))
    me.control(works=(await me.browser().get(authorize_url(theirs))).is_redirect)


async def document_at_home(me: MaliciousClient) -> None:
    """Give an address for a client document that would send us to a private machine, or is ambiguous."""
    for address in ADDRESSES:
        answer = await me.browser().get(authorize_url(address))
        me.expect(address[:60], answer, page("bad_client_document", "unknown_client"))
    me.control(works=(await me.browser().get(authorize_url(DOCUMENT))).is_redirect)


async def open_redirect(me: MaliciousClient) -> None:
    """Use an error of ours to send people to its web address from ours."""
    for change in (
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"resource": "https://other.example/mcp"},
    ):
        answer = await me.browser().get(authorize_url(DOCUMENT, redirect_uri=WEB, **change))
        me.expect(f"{change}", answer, page("faulty_request"))
    answer = await me.browser().get(
        authorize_url(DOCUMENT, redirect_uri=f"{WEB}/../open?to=https://evil.example")
    )
    me.expect("another path", answer, page("foreign_redirect"))
    for target in ("//evil.example/account", "//evil.example", "/\\evil.example", "/%5cevil.example/"):
        answer = await me.browser().get(f"{PUBLIC_URL}{target}")
        me.expect(target, answer, lambda seen: seen.status == 404 and not seen.location)
    me.control(works=(await me.browser().get(authorize_url(DOCUMENT, redirect_uri=WEB))).is_redirect)


async def twice_in_one_request(me: MaliciousClient) -> None:
    """Say a parameter twice, for two readers to read two values."""
    for name, value in (
        ("redirect_uri", "https://evil.example/"),
        ("client_id", me.stage.ada.person.client_id),
        ("code_challenge", challenge_of("w" * 43)),
        ("code_challenge_method", "plain"),
        ("resource", "https://other.example/mcp"),
        ("state", "other"),
        ("scope", "read"),
    ):
        again = f"&{name}=%20&{name}={value}" if name == "scope" else f"&{name}={value}"
        answer = await me.browser().get(authorize_url(me.client_id) + again)
        me.expect(f"authorize {name}", answer, page("malformed"))
    code = await me.code(me.stage.mallory)
    form = f"grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}&code_verifier={VERIFIER}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for more in (f"client_id={me.client_id}&client_id=x", f"client_id={me.client_id}&code=x"):
        answer = await me.http.post("/token", content=f"{form}&{more}", headers=kind)
        me.expect(f"token {more[-11:]}", answer, oauth("invalid_request"))
    me.control(works=(await me.redeem(code)).status_code == 200)


async def audience(me: MaliciousClient) -> None:
    """Have tokens made for another resource, or ours taken there."""
    others = ("https://other.example/mcp", f"{PUBLIC_URL}/mcp/other", f"{PUBLIC_URL}.evil.example/mcp", "mcp")
    for other in (*others, f"{PUBLIC_URL.replace('://', '://x@')}/mcp", f"{PUBLIC_URL}/mcp#x"):
        answer = await me.browser().get(authorize_url(me.client_id, resource=other))
        me.expect(f"authorize {other}", answer, sent_back("invalid_target"))
        code = await me.code(me.stage.mallory)
        me.expect(f"code {other}", await me.redeem(code, resource=other), oauth("invalid_target"))
    mine = await me.tokens()
    for other in others:
        me.expect(f"refresh {other}", await me.refresh(mine.refresh, resource=other), oauth("invalid_target"))
    me.control(works=(await me.refresh(mine.refresh, resource=f"{PUBLIC_URL}/mcp")).status_code == 200)


async def issuer_mix_up(me: MaliciousClient) -> None:
    """Have an answer of ours pass for one of another server's."""
    browser = me.browser()
    for change in (
        {"iss": "https://evil.example"},
        {"issuer": "https://evil.example"},
        {"state": "x&iss=evil"},
    ):
        consent = await open_consent(browser, authorize_url(me.client_id, **change))
        answer = await code_for(me.stage.house, browser, consent, "mallory", level="look")
        told = Seen.of(answer).answers
        me.harmless(f"{change}", holds=told.get("iss") == [PUBLIC_URL])
        me.control(works="code" in told)
    metadata = await me.http.get(
        "/.well-known/oauth-authorization-server", headers={"X-Forwarded-Host": "evil.example"}
    )
    me.harmless(
        "metadata", holds=metadata.json()["issuer"].rstrip("/") == PUBLIC_URL and "evil" not in metadata.text
    )


ATTACKS: Final[tuple[Callable[[MaliciousClient], Awaitable[None]], ...]] = (
    pkce_downgrade,
    other_answers,
    redirect_tricks,
    foreign_client_id,
    document_at_home,
    open_redirect,
    twice_in_one_request,
    audience,
    issuer_mix_up,
)
