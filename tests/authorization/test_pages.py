"""The consent page and the callback: who may answer, and what a person reads when something goes wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from auxcord.authorization import problems
from auxcord.authorization.pages import Pages
from tests.authorization.house import (
    BASE,
    SPOTIFY,
    House,
    Program,
    agree,
    answer_consent,
    fields_of,
    open_consent,
    query_of,
    to_spotify,
)

if TYPE_CHECKING:
    import httpx2

pytestmark = pytest.mark.anyio

PROBLEMS = [value for value in vars(problems).values() if isinstance(value, problems.Problem)]


async def press(
    browser: httpx2.AsyncClient, page: httpx2.Response, headers: dict[str, str] | None = None, **changes: str
) -> httpx2.Response:
    data = {**fields_of(page), "level": "look", "decision": "allow", **changes}
    return await browser.post("/consent", data=data, headers={"Origin": BASE} if headers is None else headers)


async def test_the_page_names_the_program_where_it_leads_and_that_nobody_checked(house: House) -> None:
    program = await Program.registered(house, "https://claude.ai/api/mcp/auth_callback", client_name="Claude")
    page = await open_consent(house.browser(), program.authorize_url())
    text = re.sub(r"<[^>]+>", " ", page.text)
    assert "Claude" in text
    assert "claude.ai" in text
    assert "not verified" in text
    for words in ("Only look", "Look and control playback", "Look, control and edit", "Cancel"):
        assert words in text


async def test_the_page_keeps_to_itself(house: House, program: Program) -> None:
    page = await open_consent(house.browser(), program.authorize_url())
    policy = dict(part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"].split() == ["'self'", SPOTIFY, "http://127.0.0.1:3939"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "http" not in page.text.replace(BASE, "")


@pytest.mark.parametrize(
    ("redirect_uri", "source"),
    [
        ("https://claude.ai/cb", "https:"),
        ("http://[::1]:99/cb", "http:"),
        ("http://localhost:99/cb", "http://localhost:99"),
        ("cursor://cb", "cursor:"),
    ],
)
async def test_the_form_may_lead_on_to_the_program(house: House, redirect_uri: str, source: str) -> None:
    program = await Program.registered(house, redirect_uri)
    page = await open_consent(house.browser(), program.authorize_url())
    allowed = re.search(r"form-action ([^;]+);", page.headers["content-security-policy"])
    assert allowed is not None
    assert source in allowed[1].split()


async def test_the_style_sheet_is_served_under_its_own_content_for_good(
    house: House, program: Program
) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    for address in re.findall(r'(?:href|src)="([^"]+/assets/[^"]+)"', page.text):
        answer = await browser.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"].split(";")[0] in {"text/css", "image/svg+xml"}
    assert (await browser.get("/assets/auxcord-000000000000.css")).status_code == 404
    assert (await browser.get("/assets/..%2fconsent.html")).status_code == 404


async def test_the_consent_page_comes_every_time(house: House, program: Program) -> None:
    browser = house.browser()
    await agree(house, browser, program.authorize_url())
    await open_consent(browser, program.authorize_url())


async def test_an_answer_without_the_cookie_is_refused(house: House, program: Program) -> None:
    page = await open_consent(house.browser(), program.authorize_url())
    answer = await press(house.browser(), page)
    assert answer.status_code == 403
    assert "forged" in answer.text


@pytest.mark.parametrize("csrf", ["", "0" * 64, "é"])
async def test_an_answer_with_a_wrong_proof_is_refused(house: House, program: Program, csrf: str) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    assert (await press(browser, page, csrf=csrf)).status_code == 403


async def test_the_proof_of_another_sign_in_is_refused(house: House, program: Program) -> None:
    browser = house.browser()
    one = await open_consent(browser, program.authorize_url())
    two = await open_consent(browser, program.authorize_url())
    assert (await press(browser, one, csrf=fields_of(two)["csrf"])).status_code == 403


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "http://127.0.0.1:8001", "http://localhost:8000"]
)
async def test_an_answer_from_another_origin_is_refused(house: House, program: Program, origin: str) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    assert (await press(browser, page, {"Origin": origin})).status_code == 403


async def test_an_answer_without_an_origin_passes_on_its_cookie_and_proof(
    house: House, program: Program
) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    assert (await press(browser, page, {})).status_code == 303


@pytest.mark.parametrize(
    "changes", [{"decision": "maybe"}, {"decision": ""}, {"level": "admin"}, {"level": ""}]
)
async def test_an_answer_that_is_no_answer_is_a_400(
    house: House, program: Program, changes: dict[str, str]
) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    assert (await press(browser, page, **changes)).status_code == 400


async def test_an_answer_that_is_no_form_is_a_400(house: House, program: Program) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    assert (await browser.post("/consent", json=fields_of(page))).status_code == 400
    twice = b"decision=deny&decision=allow"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await browser.post("/consent", content=twice, headers=headers)).status_code == 400
    huge = b"a=" + b"x" * 70_000
    assert (await browser.post("/consent", content=huge, headers=headers)).status_code == 413


async def test_the_sign_in_belongs_to_the_browser_that_agreed(house: House, program: Program) -> None:
    victim, other = house.browser(), house.browser()
    page = await open_consent(victim, program.authorize_url())
    theirs = await other.get(str(page.url))
    assert theirs.status_code == 200
    await answer_consent(victim, page)
    assert (await press(other, theirs)).status_code == 403
    assert (await other.get(str(page.url))).status_code == 403


async def test_a_captured_callback_opened_elsewhere_changes_nothing(house: House, program: Program) -> None:
    browser, thief = house.browser(), house.browser()
    arrival = await to_spotify(browser, program.authorize_url())
    await house.at_spotify("ada")
    back = (await house.spotify.get(arrival)).headers["location"]
    stolen = await thief.get(back)
    assert stolen.status_code == 403
    assert "foreign_browser" in stolen.text
    assert "/api/token" not in await house.spotify_requests()
    rightful = await browser.get(back)
    assert "code" in query_of(rightful.headers["location"])


async def test_a_preview_of_the_callback_changes_nothing(house: House, program: Program) -> None:
    browser = house.browser()
    arrival = await to_spotify(browser, program.authorize_url())
    await house.at_spotify("ada")
    back = (await house.spotify.get(arrival)).headers["location"]
    assert (await browser.head(back)).status_code == 405
    assert "code" in query_of((await browser.get(back)).headers["location"])


async def test_a_sign_in_ends_after_ten_minutes(house: House, program: Program) -> None:
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url())
    arrival = await to_spotify(browser, program.authorize_url())
    await house.at_spotify("ada")
    back = (await house.spotify.get(arrival)).headers["location"]
    house.clock.advance(601)
    for answer in (await browser.get(str(page.url)), await press(browser, page), await browser.get(back)):
        assert answer.status_code == 400
        assert "This sign-in has ended" in answer.text
    assert "/api/token" not in await house.spotify_requests()


@pytest.mark.parametrize(
    ("path", "status", "body", "code", "shown"),
    [
        ("/v1/me", 403, "the user may not be registered", "spotify_user_not_registered", 403),
        (
            "/v1/me",
            403,
            "Active premium subscription required for the owner of the app.",
            "spotify_owner_premium_required",
            503,
        ),
        ("/api/token", 503, "", "spotify_unavailable", 503),
        ("/api/token", 429, "", "spotify_rate_limited", 503),
        ("/api/token", 400, {"error": "invalid_grant"}, "spotify_sign_in_failed", 502),
        ("/api/token", 400, {"error": "invalid_client"}, "spotify_invalid_client", 500),
        ("/api/token", 200, "<html>", "spotify_unavailable", 503),
    ],
)
async def test_what_spotify_refuses_is_told_in_words_and_may_be_tried_again(
    house: House, program: Program, path: str, status: int, body: object, code: str, shown: int
) -> None:
    browser = house.browser()
    await house.spotify_answers(path, status, body)
    answer = await agree(house, browser, program.authorize_url())
    assert answer.status_code == shown
    assert f"<code>{code}</code>" in answer.text
    assert "Traceback" not in answer.text
    assert ("retry-after" in answer.headers) is (shown == 503)
    retry = re.search(r'href="([^"]+/consent\?ticket=[^"]+)"', answer.text)
    assert retry is not None
    page = await browser.get(retry[1])
    assert page.status_code == 200
    assert 'value="everything" required checked' in page.text
    await house.at_spotify("ada")
    sent_back = await house.spotify.get(await answer_consent(browser, page))
    assert "code" in query_of((await browser.get(sent_back.headers["location"])).headers["location"])


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"allow_list": ["bram"]}, "spotify_user_not_registered"),
        ({"owner_premium": False}, "spotify_owner_premium_required"),
    ],
)
async def test_a_person_the_spotify_app_is_not_open_to_reads_why(
    house: House, program: Program, rules: dict[str, object], code: str
) -> None:
    app = {"client_id": "00000000000000000000000000000001"}
    assert (await house.spotify.post("/_simulator/apps", json={**app, **rules})).is_success
    answer = await agree(house, house.browser(), program.authorize_url(), person="ada")
    assert f"<code>{code}</code>" in answer.text
    assert "whoever runs this server" in answer.text


async def test_an_error_of_spotifys_own_is_told_in_words(house: House, program: Program) -> None:
    browser = house.browser()
    state = query_of(await to_spotify(browser, program.authorize_url()))["state"]
    answer = await browser.get("/callback", params={"error": "server_error", "state": state})
    assert answer.status_code == 502
    assert "Try again" in answer.text


async def test_what_nobody_foresaw_is_a_page_without_a_trace_too(house: House, program: Program) -> None:
    browser = house.browser()
    arrival = await to_spotify(browser, program.authorize_url())
    await house.at_spotify("ada")
    back = (await house.spotify.get(arrival)).headers["location"]
    async with house.store.write() as connection:
        await connection.execute(
            text("CREATE TRIGGER nobody BEFORE INSERT ON grants BEGIN SELECT RAISE(ABORT, 'foreseen'); END")
        )
    with capture_logs() as logged:
        answer = await browser.get(back)
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "foreseen" not in answer.text
    reference = re.search(r"the reference (\w+)", answer.text)
    assert reference is not None
    told = [(event["event"], event["reference"]) for event in logged if event["log_level"] == "error"]
    assert told == [("unforeseen error", reference[1])]
    assert "foreseen'" not in repr(logged)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.code)
def test_every_problem_says_what_happened_and_what_to_do(problem: problems.Problem) -> None:
    page = Pages(BASE).problem(problem)
    text = bytes(page.body).decode()
    assert page.status_code == problem.status >= 400
    assert f"<title>{problem.title}" in text.replace("&#39;", "'")
    assert len(problem.sentence) > 20
    assert len(problem.advice) > 8
    assert "<script" not in text


def test_problems_have_codes_of_their_own() -> None:
    assert len({problem.code for problem in PROBLEMS}) == len(PROBLEMS)
