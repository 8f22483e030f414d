"""T16: nothing is given to a client without its own page, pressed by the person in their own browser

Real HTTP. The bar: the consent page comes for every client and every time, however much was agreed before,
and names the client, where it leads and what it asks; an answer that is forged, from another page, another
browser or another sign-in is 403 and changes nothing; no page can be framed; the cookie is `__Host-`, Secure,
HttpOnly and Lax over https, and HttpOnly and Lax on loopback.
"""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, Final

import httpx2
import pytest

from auxcord.server.listener import bind, port_of, serving
from tests.authorization.house import (
    SPOTIFY,
    Program,
    agree,
    fields_of,
    open_consent,
    open_house,
    query_of,
    tokens_for,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio

ELSEWHERE: Final = "http://127.0.0.1:3939/other"
PAGES: Final = (
    "/",
    "/account",
    "/consent?ticket=unknown",
    "/callback?state=unknown&code=x",
    "/authorize",
    "/renew?grant=unknown",
)


async def press(
    browser: httpx2.AsyncClient, page: httpx2.Response, origin: str | None = "own", **changes: str | None
) -> httpx2.Response:
    """Send the form of a consent page, with changes; one to None leaves the field out."""
    own = f"{page.url.scheme}://{page.url.netloc.decode()}"
    data = {**fields_of(page), "level": "everything", "decision": "allow", **changes}
    headers = {} if origin is None else {"Origin": own if origin == "own" else origin}
    present = {name: value for name, value in data.items() if value is not None}
    return await browser.post("/consent", data=present, headers=headers)


# --- The page comes every time ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"scope": "read playback edit"},
        {"scope": "read"},
        {"redirect_uri": ELSEWHERE},
        {"state": "another"},
        {"prompt": "none"},
        {"prompt": "none", "consent": "given"},
        {"login_hint": "ada"},
    ],
    ids=lambda change: " ".join(change) or "the same again",
)
async def test_no_earlier_agreement_spares_the_page(standing: ServedHouse, change: dict[str, str]) -> None:
    program, browser = await both_redirects(standing), standing.browser()
    first = await agree(standing, browser, program.authorize_url(), person="ada")
    assert "code" in query_of(first.headers["location"])
    at_spotify = len(await standing.spotify_requests())
    answer = await browser.get(program.authorize_url(**change))
    assert answer.headers["location"].startswith(f"{standing.base}/consent?ticket=")
    page = await browser.get(answer.headers["location"])
    assert (page.status_code, "Allow" in page.text) == (200, True)
    assert len(await standing.spotify_requests()) == at_spotify


async def both_redirects(house: ServedHouse) -> Program:
    return await Program.registered(house, redirect_uris=["http://127.0.0.1:3939/callback", ELSEWHERE])


async def test_a_new_client_of_the_same_person_has_a_page_of_its_own_that_names_it(
    standing: ServedHouse,
) -> None:
    browser = standing.browser()
    known = await Program.registered(standing, client_name="The known one")
    await agree(standing, browser, known.authorize_url(), person="ada")
    other = await Program.registered(standing, "https://elsewhere.example/cb", client_name="The known one")
    page = await open_consent(browser, other.authorize_url())
    words = " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
    assert "elsewhere.example" in words, "two of one name are told apart by where they lead"
    assert "not verified" in words
    assert "set-cookie" in page.headers


async def test_a_client_that_wants_more_than_it_has_asks_on_the_page_again(standing: ServedHouse) -> None:
    program = await Program.registered(standing)
    await tokens_for(standing, program, level="look", scope="read")
    page = await open_consent(standing.browser(), program.authorize_url(scope="read playback edit"))
    assert 'value="everything" required checked' in page.text


# --- Who may answer it --------------------------------------------------------------------------------------

FORGED: Final[dict[str, dict[str, Any]]] = {
    "no proof": {"csrf": None},
    "an empty proof": {"csrf": ""},
    "a made-up proof": {"csrf": "0" * 64},
    "another sign-in's proof": {"csrf": "other"},
    "another sign-in's ticket": {"ticket": "other"},
    "from nowhere": {"origin": "null"},
    "from another site": {"origin": "https://evil.example"},
    "from another port": {"origin": "http://127.0.0.1:1"},
    "from another name of ours": {"origin": "http://localhost"},
    "from our name in another": {"origin": "http://127.0.0.1.evil.example"},
}


@pytest.mark.parametrize("jar", ["own", "empty", "another person's"])
async def test_a_forged_answer_is_refused_and_changes_nothing(
    standing: ServedHouse, jar: str, figures: Figures
) -> None:
    through = []
    for name, change in FORGED.items():
        program, browser = await Program.registered(standing), standing.browser()
        page = await open_consent(browser, program.authorize_url())
        other = await open_consent(browser, program.authorize_url())
        changes = {
            field: fields_of(other)[field] if value == "other" else value for field, value in change.items()
        }
        sender = browser if jar == "own" else standing.browser()
        if jar == "another person's":
            await open_consent(sender, program.authorize_url())
        answer = await press(sender, page, **changes)
        if answer.status_code != 403 or "location" in answer.headers:
            through.append((name, answer.status_code))
        onward = await press(browser, page)
        assert onward.headers["location"].startswith(SPOTIFY), f"the person's own answer, after {name}"
    figures.count(f"forged answers to the consent page, {jar} cookie jar", len(FORGED), "== 10")
    figures.count(f"of these, answers that counted ({jar} jar)", len(through), "== 0")


async def test_without_its_cookie_even_the_right_form_is_refused(standing: ServedHouse) -> None:
    program, browser = await Program.registered(standing), standing.browser()
    page = await open_consent(browser, program.authorize_url())
    for stranger in (standing.browser(), standing.browser()):
        assert (await press(stranger, page)).status_code == 403
        assert (await press(stranger, page, origin=None)).status_code == 403
    assert (await press(browser, page)).status_code == 303


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
async def test_no_other_method_agrees(standing: ServedHouse, method: str) -> None:
    program, browser = await Program.registered(standing), standing.browser()
    page = await open_consent(browser, program.authorize_url())
    fields = {**fields_of(page), "level": "everything", "decision": "allow"}
    answer = await browser.request(method, "/consent", params=fields)
    assert "location" not in answer.headers
    assert (await press(browser, page)).status_code == 303


# --- What a browser may do with it --------------------------------------------------------------------------


async def test_no_page_can_be_framed(standing: ServedHouse, figures: Figures) -> None:
    program, browser = await Program.registered(standing), standing.browser()
    consent = await open_consent(browser, program.authorize_url())
    answers = [consent, *[await browser.get(path) for path in PAGES]]
    framed = [
        str(answer.url)
        for answer in answers
        if "frame-ancestors 'none'" not in answer.headers["content-security-policy"]
        or answer.headers["x-frame-options"] != "DENY"
    ]
    figures.count("pages looked at for whether they can be framed", len(answers), ">= 7")
    figures.count("pages that can be framed", len(framed), "== 0")
    assert "script-src" not in consent.headers["content-security-policy"]
    assert "default-src 'none'" in consent.headers["content-security-policy"]


def the_cookie(page: httpx2.Response) -> tuple[str, Any]:
    ((name, morsel),) = SimpleCookie(page.headers["set-cookie"]).items()
    return name, morsel


async def test_on_loopback_the_cookie_is_http_only_and_lax(standing: ServedHouse) -> None:
    program = await Program.registered(standing)
    name, morsel = the_cookie(await open_consent(standing.browser(), program.authorize_url()))
    assert re.fullmatch(r"aux_[0-9a-f]{16}", name)
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "lax", "/")
    assert (morsel["max-age"], morsel["domain"], morsel["secure"]) == ("600", "", "")


async def test_over_https_the_cookie_is_host_only_and_secure_too(tmp_path: Path) -> None:
    """As behind a proxy that ends TLS: the public address is https, what arrives is plain."""
    listener = bind("127.0.0.1", 0)
    where = f"http://127.0.0.1:{port_of(listener)}"
    async with (
        open_house(tmp_path, base="https://auxcord.test") as house,
        serving(house.app, listener, lifespan=False),
        httpx2.AsyncClient(base_url=where, headers={"Host": "auxcord.test"}, trust_env=False) as browser,
    ):
        document = {"client_name": "Test", "redirect_uris": ["http://127.0.0.1:3939/callback"]}
        client_id = (await browser.post("/register", json=document)).json()["client_id"]
        program = Program(house, browser, client_id=client_id)
        to_page = (await browser.get(program.authorize_url())).headers["location"]
        assert to_page.startswith("https://auxcord.test/consent?ticket=")
        page = await browser.get(to_page.removeprefix("https://auxcord.test"))
        name, morsel = the_cookie(page)
        assert re.fullmatch(r"__Host-aux_[0-9a-f]{16}", name)
        assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "lax", "/")
        assert (morsel["secure"], morsel["domain"]) == (True, "")
        assert page.headers["strict-transport-security"].startswith("max-age=")
        form = {**fields_of(page), "level": "look", "decision": "allow"}
        kept = {"Cookie": f"{name}={morsel.value}", "Origin": "https://auxcord.test"}
        downgraded = {
            "Cookie": f"{name.removeprefix('__Host-')}={morsel.value}",
            "Origin": "https://auxcord.test",
        }
        assert (await browser.post("/consent", data=form, headers=downgraded)).status_code == 403
        plain = {"Cookie": f"{name}={morsel.value}", "Origin": "http://auxcord.test"}
        assert (await browser.post("/consent", data=form, headers=plain)).status_code == 403
        assert (await browser.post("/consent", data=form, headers=kept)).status_code == 303
