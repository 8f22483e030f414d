"""The malicious client tries to get around the consent of people: by their browsers, or without them."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from auxcord.authorization.verification import FRESH_SECONDS
from tests.authorization.house import answer_consent, fields_of, open_consent, query_of
from tests.replicas import PUBLIC_URL
from tests.security.adversaries.attempts import Seen, page, sent_back, status
from tests.security.adversaries.stage import OURS, at_spotify, authorize_url, code_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx2

    from tests.security.adversaries.client import MaliciousClient

OTHERS: Final = (
    "https://evil.example",
    "null",
    "http://127.0.0.1:8001",
    "https://127.0.0.1:8000",
    "http://127.0.0.1",
)


async def at_home(me: MaliciousClient, client_id: str) -> tuple[httpx2.AsyncClient, str]:
    """Begin a sign-in of the client's and agree in its own browser; returns it and the address at Spotify."""
    browser = me.browser()
    consent = await open_consent(browser, authorize_url(client_id))
    return browser, await answer_consent(browser, consent)


async def captured_address(me: MaliciousClient) -> None:
    """Agree oneself, and have an honest person open the address at Spotify (CVE-2026-27124)."""
    for client_id in me.ids:
        own, where = await at_home(me, client_id)
        for honest in me.stage.honest:
            _, again = await at_home(me, client_id)
            back = await at_spotify(me.stage.house, honest.browser, again, honest.mark)
            answer = await honest.browser.get(back)
            me.expect(f"{client_id[:8]} in a browser that is signed in", answer, page("foreign_browser"))
            me.received.append(answer.content)
        back = await at_spotify(me.stage.house, own, where, "mallory")
        me.expect("in an empty browser", await me.stage.browser().get(back), page("foreign_browser"))
        me.control(works="code" in query_of((await own.get(back)).headers["location"]))


async def captured_consent(me: MaliciousClient) -> None:
    """Have an honest person open a consent page that was agreed to already, and press its buttons."""
    own = me.browser()
    consent = await open_consent(own, authorize_url(me.client_id))
    form = {**fields_of(consent), "level": "everything", "decision": "allow"}
    await answer_consent(own, consent)
    victim = me.stage.ada.browser
    me.expect("open", await victim.get(str(consent.url)), page("foreign_browser"))
    me.expect("answer", await victim.post("/consent", data=form, headers=OURS), page("forged"))
    me.expect(
        "deny", await victim.post("/consent", data={**form, "decision": "deny"}, headers=OURS), page("forged")
    )
    me.control(works=(await own.post("/consent", data=form, headers=OURS)).status_code == 303)


async def answered_for_them(me: MaliciousClient) -> None:
    """Have another site answer the consent page that stands open in an honest person's browser."""
    victim = me.stage.ada.browser
    consent = await open_consent(victim, authorize_url(me.client_id))
    form = {**fields_of(consent), "level": "everything", "decision": "allow"}
    for origin in OTHERS:
        answer = await victim.post("/consent", data=form, headers={"Origin": origin})
        foreign = status(403)
        me.expect(f"from {origin}", answer, foreign)
    for name, change in (
        ("no token", {"csrf": ""}),
        ("a guess", {"csrf": secrets.token_hex(32)}),
        ("no ticket", {"ticket": ""}),
        ("no level", {"level": ""}),
        ("another level", {"level": "admin"}),
        ("another decision", {"decision": "ALLOW"}),
    ):
        answer = await victim.post("/consent", data={**form, **change}, headers=OURS)
        wanted = {"no ticket": "expired", "no token": "forged", "a guess": "forged"}.get(name, "malformed")
        me.expect(name, answer, page(wanted))
    for path in (
        f"/consent?{urlencode(form)}",
        f"/consent?ticket={form['ticket']}&level=everything&decision=allow",
    ):
        answer = await victim.get(path)
        me.harmless(
            "prefilled in the address", holds=answer.status_code == 200 and not Seen.of(answer).location
        )
    framed = await victim.get(f"/consent?ticket={form['ticket']}")
    policy = framed.headers["content-security-policy"]
    me.harmless("framed", holds="frame-ancestors 'none'" in policy and "'unsafe" not in policy)
    denied = await victim.post("/consent", data={**form, "decision": "deny"}, headers=OURS)
    me.control(works=Seen.of(denied).answers.get("error") == ["access_denied"])


async def tokens_of_another_page(me: MaliciousClient) -> None:
    """Mix the ticket, form token and cookie of two sign-ins in two browsers."""
    one, other = me.browser(), me.stage.ada.browser
    mine = await open_consent(one, authorize_url(me.client_id))
    theirs = await open_consent(other, authorize_url(me.stage.ada.person.client_id))
    press = {"level": "everything", "decision": "allow"}
    swaps = (
        ("my form in their browser", other, fields_of(mine)),
        ("their form in my browser", one, fields_of(theirs)),
        ("my token on their ticket, theirs", other, {**fields_of(theirs), "csrf": fields_of(mine)["csrf"]}),
        ("my token on their ticket, mine", one, {**fields_of(theirs), "csrf": fields_of(mine)["csrf"]}),
        ("their token on my ticket", one, {**fields_of(mine), "csrf": fields_of(theirs)["csrf"]}),
    )
    for name, browser, form in swaps:
        answer = await browser.post("/consent", data={**form, **press}, headers=OURS)
        me.expect(name, answer, page("forged"))
    own = await one.post("/consent", data={**fields_of(mine), **press}, headers=OURS)
    me.control(works=own.status_code == 303)


async def no_consent_at_all(me: MaliciousClient) -> None:
    """Come back from Spotify without anybody having been asked."""
    browser = me.browser()
    consent = await open_consent(browser, authorize_url(me.client_id))
    ticket = fields_of(consent)["ticket"]
    cookie = next(iter(browser.cookies.values()))
    for name, state in (
        ("the ticket", ticket),
        ("the cookie", cookie),
        ("the client's state", "the-state"),
        ("a guess", secrets.token_urlsafe(32)),
        ("a short one", "x"),
        ("a wild one", "%"),
    ):
        answer = await browser.get(f"/callback?{urlencode({'state': state, 'code': 'x'})}")
        me.expect(f"{name} as state", answer, page("expired"))
    for query in ("", "code=x", "state=&code=x"):
        me.expect(f"/callback?{query}", await browser.get(f"/callback?{query}"), page("malformed"))
    answer = await browser.get("/callback?state=x&state=y&code=x")
    me.expect("two states", answer, page("malformed"))
    finished = await code_for(me.stage.house, browser, consent, "mallory", level="look")
    me.control(works="code" in Seen.of(finished).answers)


async def callback_again(me: MaliciousClient) -> None:
    """Open the way back from Spotify once more, for a second code."""
    own, where = await at_home(me, me.client_id)
    back = await at_spotify(me.stage.house, own, where, "mallory")
    first = await own.get(back)
    me.control(works="code" in Seen.of(first).answers)
    for name, browser in (("the same browser", own), ("another browser", me.browser())):
        me.expect(name, await browser.get(back), page("expired"))
    me.expect("only peeked at", await own.request("HEAD", back), status(405))


async def denied_by_error(me: MaliciousClient) -> None:
    """Add words of one's own to what Spotify sends back."""
    for extra in ("&error=access_denied", "&error=access_denied&error_description=<script>"):
        own, where = await at_home(me, me.client_id)
        back = await at_spotify(me.stage.house, own, where, "mallory")
        me.expect(extra, await own.get(back + extra), sent_back("access_denied"))
    own, where = await at_home(me, me.client_id)
    back = await at_spotify(me.stage.house, own, where, "mallory")
    me.expect("another error", await own.get(f"{back}&error=x"), page("spotify_sign_in_failed"))
    own, where = await at_home(me, me.client_id)
    back = await at_spotify(me.stage.house, own, where, "mallory")
    me.control(works="code" in Seen.of(await own.get(back)).answers)


async def step_up_of_others(me: MaliciousClient) -> None:
    """Have a grant widened by a link: with a grant that is none, or by a click instead of a consent."""
    mine = await me.tokens(level="look")
    grant = await me.stage.grant_of(mine)
    for name, asked, code in (
        ("unknown", secrets.token_hex(16), "unknown_grant"),
        ("a token", mine.access, "unknown_grant"),
        ("a user", me.stage.ada.person.user_id, "unknown_grant"),
        ("none", "", "unknown_grant"),
    ):
        me.expect(name, await me.browser().get(f"/renew?grant={asked}"), page(code))
    again = await me.browser().get(f"/renew?grant={grant}&grant={grant}")
    me.expect("twice", again, page("malformed"))
    more = f"/renew?grant={grant}&level=everything&decision=allow&scope=edit"
    shown = await me.browser().get(more)
    me.harmless("by a click", holds=shown.headers["location"].startswith(f"{PUBLIC_URL}/consent?ticket="))
    narrow = await mine.call("create_playlist", {"name": "Mallory's"})
    me.harmless("afterwards", holds="[not_permitted]" in narrow.text)
    browser = me.browser()
    consent = await open_consent(browser, f"/renew?grant={grant}")
    await code_for(me.stage.house, browser, consent, "mallory", level="everything")
    await asyncio.sleep(FRESH_SECONDS)  # so long may another process go by what it knew
    me.control(works=not (await mine.call("create_playlist", {"name": "Mallory's"})).is_error)


ATTACKS: Final[tuple[Callable[[MaliciousClient], Awaitable[None]], ...]] = (
    captured_address,
    captured_consent,
    answered_for_them,
    tokens_of_another_page,
    no_consent_at_all,
    callback_again,
    denied_by_error,
    step_up_of_others,
)
