"""The malicious user at the pages: his own account page, other people's, and sign-ins across browsers."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.authorization.house import answer_consent, open_consent
from tests.replicas import PUBLIC_URL
from tests.security.adversaries.attempts import SCRIPT, Seen, page, status
from tests.security.adversaries.stage import (
    ACCOUNT_COOKIE,
    OURS,
    at_spotify,
    authorize_url,
    finish,
    proof_on,
    sign_in_to_account,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx2

    from tests.security.adversaries.user import MaliciousUser

STEPS: Final = ("renew", "remove", "data", "erase", "sign-out")


def query_at(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


async def forms_of_others(me: MaliciousUser) -> None:
    """Press the buttons of an account page with the form token of another person, page or site."""
    theirs, mine = await proof_on(me.stage.ada.browser), await proof_on(me.own)
    asking = await proof_on(me.own, "/account/erase")
    for step in STEPS:
        for name, proof in (
            ("Ada's", theirs),
            ("none", ""),
            ("a guess", secrets.token_hex(32)),
            ("wild", "é\x00"),
        ):
            me.expect(f"{step}: {name}", await me.press(step, csrf=proof), page("forged"))
        wrong = mine if step == "erase" else asking
        me.expect(f"{step}: of another page", await me.press(step, csrf=wrong), page("forged"))
        for origin in ("https://evil.example", "null", f"{PUBLIC_URL}.evil.example"):
            answer = await me.stage.ada.browser.post(
                f"/account/{step}", data={"csrf": theirs}, headers={"Origin": origin}
            )
            me.expect(f"{step}: from {origin}", answer, status(403))
        answer = await me.stage.ada.browser.post(f"/account/{step}", data={"csrf": mine}, headers=OURS)
        me.expect(f"{step}: mine in Ada's browser", answer, page("forged"))
    me.control(works=(await me.press("data")).status_code == 200)


async def grants_of_others(me: MaliciousUser) -> None:
    """Remove the access of an honest person's clients, by every id there is of it."""
    ada = me.stage.ada.person
    grant = await me.stage.grant_of(ada)
    spare = await me.stage.sacrifice(me.person)
    for name, form in (
        ("the client", {"client": ada.client_id, "user": ada.user_id}),
        ("the grant", {"client": grant, "grant": grant}),
        ("the user", {"client": ada.user_id, "user_id": ada.user_id}),
        ("all", {"client": "*"}),
        ("SQL", {"client": "' OR '1'='1"}),
        ("LIKE", {"client": "%"}),
    ):
        answer = await me.press("remove", **form)
        me.harmless(
            f"{name} {answer.status_code}", holds=await me.stage.works(ada) and answer.status_code == 303
        )
    me.stage.dead.append(spare.access)  # his own, of the same client, went with the first
    me.stage.mallory.access = (await me.stage.sacrifice(me.person)).access
    me.control(works=(await spare.renew()).status_code == 400)


async def sessions_by_cookie(me: MaliciousUser) -> None:
    """Plant a session, or take one, by cookies of every sort."""
    session = me.own.cookies[ACCOUNT_COOKIE]
    me.control(works="Mallory" in (await me.own.get("/account")).text)
    for name, cookies in (
        ("two, his last", f"{ACCOUNT_COOKIE}={'A' * 43}; {ACCOUNT_COOKIE}={session}"),
        ("two, his first", f"{ACCOUNT_COOKIE}={session}; {ACCOUNT_COOKIE}={'A' * 43}"),
        ("with a prefix", f"__Host-{ACCOUNT_COOKIE}={session}"),
        ("with another prefix", f"__Secure-{ACCOUNT_COOKIE}={session}"),
        ("with a space", f"\xa0{ACCOUNT_COOKIE}={session}"),
        ("with another space", f"\x85{ACCOUNT_COOKIE}={session}"),
        ("in capitals", f"{ACCOUNT_COOKIE.upper()}={session}"),
        ("quoted", f'{ACCOUNT_COOKIE}="{session}"'),
        ("cut", f"{ACCOUNT_COOKIE}={session[:-1]}"),
        ("longer", f"{ACCOUNT_COOKIE}={session}A"),
        ("the form token", f"{ACCOUNT_COOKIE}={await proof_on(me.own)}"),
        ("a user", f"{ACCOUNT_COOKIE}={me.stage.ada.person.user_id}"),
        ("SQL", f"{ACCOUNT_COOKIE}=' OR 1=1 --"),
    ):
        held = [(b"cookie", cookies.encode("latin-1"))]
        answer = await me.browser().get("/account", headers=held)
        me.harmless(name, holds=answer.status_code == 200 and "Apps with access" not in answer.text)
    await me.stage.linked("mallory-four")
    victim = me.browser()
    victim.cookies.set(ACCOUNT_COOKIE, session, domain="127.0.0.1")
    await sign_in_to_account(me.stage.house, victim, "mallory-four")
    await _replaced(me, "planted", victim, session)
    planted = "B" * 43
    victim = me.browser()
    victim.cookies.set(ACCOUNT_COOKIE, planted, domain="127.0.0.1")
    await sign_in_to_account(me.stage.house, victim, "mallory-four")
    await _replaced(me, "chosen", victim, planted)


async def _replaced(me: MaliciousUser, name: str, victim: httpx2.AsyncClient, before: str) -> None:
    """Look whether somebody who has signed in has another session than they had before, and their own."""
    shown = await victim.get("/account")
    holds = before not in victim.cookies.values() and "Mallory-four" in shown.text
    me.harmless(f"{name} before the sign-in", holds=holds)


async def ticket_of_other(me: MaliciousUser) -> None:
    """Go on with another person's sign-in to the account page, from a link."""
    away = await me.stage.ada.browser.post("/account/sign-in", data={"x": "y"}, headers=OURS)
    assert away.status_code == 303, away.text
    state = query_at(away.headers["location"])["state"]
    for query in (
        {"ticket": state},
        {"ticket": secrets.token_urlsafe(32)},
        {"ticket": SCRIPT},
        {"note": SCRIPT},
    ):
        shown = await me.browser().get(f"/account?{urlencode(query)}")
        me.harmless(f"{query}", holds="<script" not in shown.text and "Apps with access" not in shown.text)
        again = await me.browser().post("/account/sign-in", data=query, headers=OURS)
        fresh = query_at(again.headers["location"])["state"]
        me.harmless(f"begun with {query}", holds=fresh != state)
    me.control(works=away.headers["location"].startswith(me.stage.house.simulator.url))


async def sign_in_as_me(me: MaliciousUser) -> None:
    """Have an honest person's browser finish his sign-in to the account page, and his finish theirs."""
    for honest in me.stage.honest:
        before = honest.browser.cookies[ACCOUNT_COOKIE]
        away = await me.own.post("/account/sign-in", data={"x": "y"}, headers=OURS)
        back = await at_spotify(me.stage.house, me.own, away.headers["location"], "mallory")
        answer = await honest.browser.get(back)
        me.expect("mine in theirs", answer, page("foreign_browser"))
        me.harmless("their session", holds=honest.browser.cookies[ACCOUNT_COOKIE] == before)
        me.control(works=(await me.own.get(back)).is_redirect)
        away = await honest.browser.post("/account/sign-in", data={"x": "y"}, headers=OURS)
        back = await at_spotify(me.stage.house, honest.browser, away.headers["location"], honest.mark)
        me.expect("theirs in mine", await me.own.get(back), page("foreign_browser"))
        await finish(me.stage.house, honest.browser, away.headers["location"], honest.mark)


async def codes_across_states(me: MaliciousUser) -> None:
    """Put his code of Spotify's into an honest person's sign-in, and theirs into his own."""
    ada = me.stage.ada
    begun = [
        (me.own, await open_consent(me.own, authorize_url(ada.person.client_id)), "mallory"),
        (ada.browser, await open_consent(ada.browser, authorize_url(ada.person.client_id)), ada.mark),
    ]
    backs = []
    for browser, consent, handle in begun:
        where = await answer_consent(browser, consent)
        backs.append(query_at(await at_spotify(me.stage.house, browser, where, handle)))
    mine, theirs = backs
    for name, browser, state, code in (
        ("my code in their state", ada.browser, theirs["state"], mine["code"]),
        ("their code in my state", me.own, mine["state"], theirs["code"]),
    ):
        answer = await browser.get(f"/callback?{urlencode({'state': state, 'code': code})}")
        me.expect(name, answer, page("spotify_sign_in_failed"))
    answer = await me.own.get(f"/callback?{urlencode(theirs)}")
    me.expect("their whole way back", answer, page("expired"))
    consent = await open_consent(me.own, authorize_url(ada.person.client_id))
    done = await finish(me.stage.house, me.own, await answer_consent(me.own, consent), "mallory")
    me.control(works="code" in Seen.of(done).answers)


async def links_of_others(me: MaliciousUser) -> None:
    """Open the step-up link of an honest person as oneself, and have them open one's own."""
    ada = me.stage.ada
    theirs = await me.stage.sacrifice(ada, level="look")
    mine = await me.stage.sacrifice(me.person, level="look")
    for name, of, browser, handle in (
        ("theirs as me", theirs, me.own, "mallory"),
        ("theirs as another of mine", theirs, me.browser(), "mallory-three"),
        ("mine as Ada", mine, ada.browser, ada.mark),
        ("mine as another of mine", mine, me.browser(), "mallory-three"),
    ):
        for tool in ("create_playlist", "connect_account"):
            reply = await me.wire(of=of).call(tool, {"name": "x"} if tool == "create_playlist" else {})
            link = f"/renew?grant={reply.text.split('/renew?grant=')[1].split()[0]}"
            consent = await open_consent(browser, link)
            answer = await finish(me.stage.house, browser, await answer_consent(browser, consent), handle)
            me.expect(f"{name}, by {tool}", answer, page("already_linked"))
        denied = await me.wire(of=of).call("create_playlist", {"name": "x"})
        me.harmless(f"{name}: afterwards", holds="[not_permitted]" in denied.text)
    consent = await open_consent(me.own, f"/renew?grant={await me.stage.grant_of(mine)}")
    done = await finish(me.stage.house, me.own, await answer_consent(me.own, consent), "mallory")
    me.control(works=done.status_code == 200)


async def other_spotify_account(me: MaliciousUser) -> None:
    """Renew one's own link with another Spotify account, to sit on two, or to take somebody's over."""
    for handle in ("mallory-two", "mallory-three", me.stage.ada.mark):
        away = await me.press("renew")
        answer = await finish(me.stage.house, me.own, away.headers["location"], handle)
        me.expect(f"as {handle[:10]}", answer, page("already_linked"))
    shown = await me.wire().call("get_account")
    me.harmless("afterwards", holds="account: Mallory (Spotify user id mallory)" in shown.text)
    away = await me.press("renew")
    done = await finish(me.stage.house, me.own, away.headers["location"], "mallory")
    me.control(works=done.headers["location"].endswith("note=renewed"))


async def not_on_the_list(me: MaliciousUser) -> None:
    """Link a Spotify account that only looks like one on the operator's list."""
    mark = me.stage.ada.mark
    lookalikes = (
        "m\u0430llory",
        "mallory\u200b",
        "\uff4dallory",
        "mallory\u0301",
        "mallory ",
        "mallory,x",
        "mallory%20",
        "spotify:user:mallory",
        "https://open.spotify.com/user/mallory",
        f"{mark}\u00ad",
        mark.replace("q", "\u051b"),
        "somebody-else",
    )
    for number, lookalike in enumerate(lookalikes):
        handle = f"lookalike-{number}"
        made = {"handle": handle, "id": lookalike}
        await me.stage.house.simulator.control("POST", "/users", json=made)
        browser = me.browser()
        consent = await open_consent(browser, authorize_url(me.person.client_id))
        answer = await finish(me.stage.house, browser, await answer_consent(browser, consent), handle)
        me.expect(repr(lookalike), answer, page("not_admitted"))
        visit = await sign_in_to_account(me.stage.house, me.browser(), handle)
        me.expect(f"{lookalike!r}, the account page", visit, page("nobody_here"))
    browser = me.browser()
    consent = await open_consent(browser, authorize_url(me.person.client_id))
    done = await finish(me.stage.house, browser, await answer_consent(browser, consent), "mallory-four")
    me.control(works="code" in Seen.of(done).answers)


async def data_of_others(me: MaliciousUser) -> None:
    """Download, read the history of, and erase somebody else, by naming them."""
    ada = me.stage.ada
    name = {
        "user": ada.person.user_id,
        "user_id": ada.person.user_id,
        "id": ada.mark,
        "sub": ada.person.user_id,
    }
    data = await me.press("data", **name)
    me.harmless("data", holds=ada.mark not in data.text and ada.person.user_id not in data.text)
    me.control(works=me.person.user_id in data.text and "mallory" in data.text)
    for path in ("/account", "/account/erase"):
        shown = await me.own.get(f"{path}?{urlencode(name)}")
        me.harmless(f"GET {path}", holds=ada.mark not in shown.text and shown.status_code == 200)
    for path in (f"/account/{ada.person.user_id}", "/account/activity", "/account/audit", "/users", "/admin"):
        me.expect(path, await me.own.get(f"{path}?{urlencode(name)}"), status(404))
    me.expect("data by GET", await me.own.get(f"/account/data?{urlencode(name)}"), status(405))
    mine = await me.signed_in("mallory-four")
    erased = await me.press("erase", browser=mine, csrf=await proof_on(mine, "/account/erase"), **name)
    me.harmless("erase", holds=erased.status_code == 200 and await me.stage.works(ada.person))


async def after_the_session(me: MaliciousUser) -> None:
    """Use a page, its forms and its cookie after the session is over."""
    browser = await me.signed_in("mallory")
    session, proof = browser.cookies[ACCOUNT_COOKIE], await proof_on(browser)
    asking = await proof_on(browser, "/account/erase")
    me.control(works=(await me.press("sign-out", browser=browser, csrf=proof)).status_code == 303)
    late = me.browser()
    late.cookies.set(ACCOUNT_COOKIE, session)
    for step in STEPS:
        answer = await me.press(step, browser=late, csrf=asking if step == "erase" else proof)
        me.expect(step, answer, lambda seen: seen.location == f"{PUBLIC_URL}/account?note=over")
    shown = await late.get("/account")
    me.harmless("the page", holds="Apps with access" not in shown.text)


ATTACKS: Final[tuple[Callable[[MaliciousUser], Awaitable[None]], ...]] = (
    forms_of_others,
    grants_of_others,
    sessions_by_cookie,
    ticket_of_other,
    sign_in_as_me,
    codes_across_states,
    links_of_others,
    other_spotify_account,
    not_on_the_list,
    data_of_others,
    after_the_session,
)
