"""T22: people are sent back to where a client registered, on any loopback port, and nowhere else

Real HTTP: each URI is registered, or asked for at the authorization endpoint. The bar: every verdict is the
one written beside it; what is refused shows on our own page, repeats nothing, and leads nowhere by itself.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from auxcord.authorization.redirects import matches, place_of, problem_with
from tests.authorization.house import Program, answer_consent, code_for, open_consent, query_of
from tests.security.redirects import MATCHES, MAY_BE_REGISTERED, MAY_NOT_BE_REGISTERED

if TYPE_CHECKING:
    import httpx2

    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio


def leads_anywhere(answer: httpx2.Response) -> bool:
    """Whether an answer takes a person elsewhere without their doing."""
    return "location" in answer.headers or "refresh" in answer.headers or "http-equiv" in answer.text.lower()


async def test_what_may_be_registered_is_what_is_written_here(
    standing: ServedHouse, figures: Figures
) -> None:
    verdicts = [(uri, True) for uri in MAY_BE_REGISTERED] + [(uri, False) for uri in MAY_NOT_BE_REGISTERED]
    wrong = []
    for uri, fine in verdicts:
        answer = await standing.browser().post("/register", json={"redirect_uris": [uri]})
        said = answer.json()
        if fine:
            right = answer.status_code == 201 and said["redirect_uris"] == [uri]
        else:
            right = answer.status_code == 400 and said["error"] == "invalid_redirect_uri"
            right = right and (len(uri) < 8 or uri not in answer.text)
        if not right:
            wrong.append((uri, fine, answer.status_code, answer.text[:200]))
    assert wrong == []
    figures.count("verdicts on registering that differ from those by hand", len(wrong), "== 0")
    figures.count("redirect URIs registered or refused", len(verdicts), ">= 120")


async def test_what_matches_what_was_registered_is_what_is_written_here(
    standing: ServedHouse, figures: Figures
) -> None:
    programs: dict[str, Program] = {}
    wrong = []
    for registered, requested, same in MATCHES:
        if registered not in programs:
            programs[registered] = await Program.registered(standing, registered)
        program = programs[registered]
        program.redirect_uri = requested
        answer = await standing.browser().get(program.authorize_url())
        if same:
            right = answer.headers.get("location", "").startswith(f"{standing.base}/consent?ticket=")
        else:
            right = answer.status_code == 400 and not leads_anywhere(answer)
            right = right and "send you somewhere unexpected" in answer.text and "evil" not in answer.text
        if not right:
            wrong.append((registered, requested, same, answer.status_code))
    assert wrong == []
    figures.count("verdicts on authorization requests that differ from those by hand", len(wrong), "== 0")
    figures.count("redirect URIs asked for", len(MATCHES), ">= 70")
    both = len(MATCHES) + len(MAY_BE_REGISTERED) + len(MAY_NOT_BE_REGISTERED)
    figures.count("redirect URIs tried in all", both, ">= 150")


def test_the_rules_themselves_say_the_same() -> None:
    assert [uri for uri in MAY_BE_REGISTERED if problem_with(uri)] == []
    assert [uri for uri in MAY_NOT_BE_REGISTERED if not problem_with(uri)] == []
    assert [case for case in MATCHES if matches(case[0], case[1]) is not case[2]] == []
    assert all(place_of(uri) for uri in MAY_BE_REGISTERED)


@pytest.mark.parametrize("uri", ["https://client.example/cb?a=%20b", "cursor://cb", "http://[::1]:9/cb"])
async def test_people_arrive_where_the_client_wrote_byte_for_byte(standing: ServedHouse, uri: str) -> None:
    program = await Program.registered(standing, uri)
    page = await open_consent(browser := standing.browser(), program.authorize_url())
    denied = await answer_consent(browser, page, decision="deny")
    assert denied.startswith(f"{uri}{'&' if '?' in uri else '?'}error=access_denied")
    assert await code_for(standing, program)


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None},
        {"response_type": "token"},
        {"resource": "https://other.example/"},
        {"response_mode": "fragment"},
    ],
)
async def test_a_strangers_web_address_is_reached_only_by_a_click_on_a_link_that_names_it(
    standing: ServedHouse, changes: dict[str, str | None]
) -> None:
    program = await Program.registered(standing, "https://client.example/cb", client_name="Your bank")
    answer = await standing.browser().get(program.authorize_url(**changes))
    assert (answer.status_code, leads_anywhere(answer)) == (400, False)
    links = re.findall(r'<a [^>]*href="(https://client\.example[^"]*)"[^>]*>([^<]*)</a>', answer.text)
    assert [text for _, text in links] == ["Go to client.example"]
    told = query_of(html.unescape(links[0][0]))
    assert (told["state"], told["iss"], "error" in told) == ("the-state", standing.base, True)


async def test_an_unknown_client_leads_nowhere_whatever_it_asks_for(standing: ServedHouse) -> None:
    for client_id in ("", "0" * 32, "https://evil.example/", "//evil.example", "\n", "x" * 4000):
        program = Program(standing, standing.browser(), client_id=client_id)
        program.redirect_uri = "https://evil.example/cb"
        answer = await program.http.get(program.authorize_url())
        assert (answer.status_code, leads_anywhere(answer)) == (400, False)
        assert "evil.example" not in answer.text


async def test_a_web_client_is_sent_to_the_web_only(standing: ServedHouse) -> None:
    for uri, kind, status in (
        ("https://client.example/cb", "web", 201),
        ("http://127.0.0.1/cb", "web", 400),
        ("https://localhost/cb", "web", 400),
        ("cursor://cb", "web", 400),
        ("cursor://cb", "native", 201),
    ):
        document = {"redirect_uris": [uri], "application_type": kind}
        assert (await standing.browser().post("/register", json=document)).status_code == status
