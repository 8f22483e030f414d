"""The consent page in Chromium: whatever people do with their browsers, one answer reaches the client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.stage import start
from tests.browser.window import at_spotify, begin, choose, code_of

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import OpenWindow
    from tests.browser.stage import Served

pytestmark = [pytest.mark.anyio, pytest.mark.server]

LEVELS = {"look": ("read", "playback"), "control": ("playback", "edit"), "everything": ("edit", "")}


async def form_of(page: Page) -> dict[str, str]:
    """What the consent form would send if it were allowed."""
    fields = await page.locator('form input[type="hidden"]').all()
    hidden = {await each.get_attribute("name"): await each.get_attribute("value") for each in fields}
    return {**{str(name): str(value) for name, value in hidden.items()}, "level": "look", "decision": "allow"}


@pytest.mark.parametrize("level", LEVELS)
async def test_who_allows_gives_the_program_what_they_chose_and_no_more(
    window: OpenWindow, served: Served, level: str
) -> None:
    ada, program = await served.somebody(), await served.program()
    page = await begin(await window(), program)
    await choose(page, level)
    await at_spotify(page, ada)
    await page.get_by_role("heading", name="Received").wait_for()
    tokens = await served.redeemed(program)
    held, lacking = LEVELS[level]
    assert held in tokens.scope
    assert not lacking or lacking not in tokens.scope
    assert ada.capitalize() in await served.told(tokens)


async def test_the_page_names_the_program_and_where_it_leads(window: OpenWindow, served: Served) -> None:
    page = await begin(await window(), await served.program("Kitchen radio"))
    await page.get_by_role("heading", name="Let Kitchen radio use your Spotify?").wait_for()
    facts = await page.locator(".facts").inner_text()
    assert "App name not verified" in facts
    assert "a program on this computer (127.0.0.1)" in facts


async def test_who_cancels_sends_the_program_an_error_and_never_sees_spotify(
    window: OpenWindow, served: Served
) -> None:
    program = await served.program()
    page = await begin(await window(), program)
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("heading", name="Received").wait_for()
    answers = served.received(program)
    assert [answer["error"] for answer in answers] == ["access_denied"]


async def test_who_cancels_at_spotify_sends_the_program_an_error(window: OpenWindow, served: Served) -> None:
    ada, program = await served.somebody(), await served.program()
    page = await begin(await window(), program)
    await choose(page)
    await at_spotify(page, ada, answer="Cancel")
    await page.get_by_role("heading", name="Received").wait_for()
    assert [answer["error"] for answer in served.received(program)] == ["access_denied"]


async def test_who_clicks_twice_fast_arrives_once(window: OpenWindow, served: Served) -> None:
    ada, program = await served.somebody(), await served.program()
    page = await begin(await window(), program)
    button = page.get_by_role("button", name="Allow and continue")
    await button.dblclick(no_wait_after=True)
    await page.wait_for_url(f"{served.spotify}/**")
    await at_spotify(page, ada)
    await page.get_by_role("heading", name="Received").wait_for()
    assert ada.capitalize() in await served.told(await served.redeemed(program))


async def test_a_form_sent_again_when_all_is_done_gets_no_second_code(
    window: OpenWindow, served: Served
) -> None:
    ada, program = await served.somebody(), await served.program()
    jar = await window()
    page = await begin(jar, program)
    form = await form_of(page)
    await choose(page)
    await at_spotify(page, ada)
    await page.get_by_role("heading", name="Received").wait_for()
    again = await jar.context.request.post(
        f"{served.base}/consent", form=form, headers={"Origin": served.base}, max_redirects=0
    )
    assert again.status == 400
    assert "This sign-in has ended" in await again.text()
    assert ada.capitalize() in await served.told(await served.redeemed(program))


async def test_the_same_page_answered_in_two_tabs_ends_in_one_code(
    window: OpenWindow, served: Served
) -> None:
    ada, program = await served.somebody(), await served.program()
    jar = await window()
    first = await begin(jar, program)
    second = await jar.tab(first.url)
    await choose(first)
    await choose(second, "look")
    await at_spotify(first, ada)  # its state was replaced by that of the second tab
    assert await code_of(first) == "expired"
    await at_spotify(second, ada)
    await second.get_by_role("heading", name="Received").wait_for()
    assert "playback" not in (await served.redeemed(program)).scope


async def test_back_from_spotify_lets_a_person_choose_again(window: OpenWindow, served: Served) -> None:
    ada, program = await served.somebody(), await served.program()
    page = await begin(await window(), program)
    await choose(page, "everything")
    await page.wait_for_url(f"{served.spotify}/**")
    await page.go_back()
    await choose(page, "look")
    await at_spotify(page, ada)
    await page.get_by_role("heading", name="Received").wait_for()
    assert "edit" not in (await served.redeemed(program)).scope


async def test_back_after_all_is_done_says_that_it_is(window: OpenWindow, served: Served) -> None:
    ada, program = await served.somebody(), await served.program()
    page = await begin(await window(), program)
    consent = page.url
    await choose(page)
    await at_spotify(page, ada)
    await page.get_by_role("heading", name="Received").wait_for()
    while page.url != consent:
        await page.go_back()
    assert await code_of(page) == "expired"
    assert len(served.received(program)) == 1


async def test_two_sign_ins_in_one_browser_do_not_disturb_each_other(
    window: OpenWindow, served: Served
) -> None:
    ada, radio, lamp = await served.somebody(), await served.program("Radio"), await served.program("Lamp")
    jar = await window()
    one, other = await begin(jar, radio), await begin(jar, lamp)
    await choose(one, "look")
    await choose(other, "everything")
    await at_spotify(other, ada)
    await other.get_by_role("heading", name="Received").wait_for()
    await at_spotify(one, ada)
    await one.get_by_role("heading", name="Received").wait_for()
    looking, editing = await served.redeemed(radio), await served.redeemed(lamp)
    assert "edit" in editing.scope
    assert "edit" not in looking.scope


async def test_an_expired_page_says_so_when_it_is_answered_and_when_it_is_opened(
    window: OpenWindow, served: Served
) -> None:
    program = await served.program()
    jar = await window()
    page = await begin(jar, program)
    consent = page.url
    assert served.alter("UPDATE sign_ins SET expires_at = 0 WHERE client_id = ?", program.client_id) == 1
    await choose(page)
    assert await code_of(page) == "expired"
    assert await code_of(await jar.tab(consent)) == "expired"
    assert served.received(program) == []


async def test_a_sign_in_that_expires_at_spotify_ends_on_our_page(window: OpenWindow, served: Served) -> None:
    ada, program = await served.somebody(), await served.program()
    page = await begin(await window(), program)
    await choose(page)
    await page.wait_for_url(f"{served.spotify}/**")
    assert served.alter("UPDATE sign_ins SET expires_at = 0 WHERE client_id = ?", program.client_id) == 1
    await at_spotify(page, ada)
    assert await code_of(page) == "expired"
    assert served.received(program) == []


async def test_a_consent_page_that_was_answered_opens_in_no_other_browser(
    window: OpenWindow, served: Served
) -> None:
    ada, program = await served.somebody(), await served.program()
    page = await begin(await window(), program)
    consent = page.url
    await choose(page)
    stranger = await (await window()).tab(consent)
    assert await code_of(stranger) == "foreign_browser"
    await at_spotify(page, ada)
    await page.get_by_role("heading", name="Received").wait_for()


async def test_of_two_browsers_with_the_same_page_only_the_first_to_answer_goes_on(
    window: OpenWindow, served: Served
) -> None:
    ada, program = await served.somebody(), await served.program()
    mine = await begin(await window(), program)
    theirs = await (await window()).tab(mine.url)
    await choose(mine)
    await choose(theirs)
    assert await code_of(theirs) == "foreign_browser"
    await at_spotify(mine, ada)
    await mine.get_by_role("heading", name="Received").wait_for()
    assert len(served.received(program)) == 1


async def test_spotify_s_page_opened_in_another_browser_signs_nobody_in(
    window: OpenWindow, served: Served
) -> None:
    """Somebody begins a sign-in and sends the second half of it to a person who is to finish it for them."""
    victim, program = await served.somebody(), await served.program()
    page = await begin(await window(), program)
    await choose(page)
    await page.wait_for_url(f"{served.spotify}/**")
    elsewhere = await (await window()).tab(page.url)
    await at_spotify(elsewhere, victim)
    assert await code_of(elsewhere) == "foreign_browser"
    assert served.received(program) == []


async def test_spotify_s_answer_opened_in_another_browser_is_refused_and_not_used_up(
    window: OpenWindow, served: Served
) -> None:
    ada, program = await served.somebody(), await served.program()
    jar = await window()
    page = await begin(jar, program)
    await choose(page)
    await page.wait_for_url(f"{served.spotify}/**")
    ticket = await page.locator('input[name="ticket"]').get_attribute("value")
    press = {"ticket": str(ticket), "user": ada, "decision": "approve"}
    sent_back = await jar.context.request.post(f"{served.spotify}/authorize", form=press, max_redirects=0)
    callback = sent_back.headers["location"]
    assert urlsplit(callback).path == "/callback"
    stranger = await (await window()).tab(callback)
    assert await code_of(stranger) == "foreign_browser"
    assert served.received(program) == []
    await page.goto(callback)
    await page.get_by_role("heading", name="Received").wait_for()
    assert ada.capitalize() in await served.told(await served.redeemed(program))


async def test_a_browser_that_keeps_no_cookies_is_told_so(window: OpenWindow, served: Served) -> None:
    program = await served.program()
    jar = await window()
    page = await begin(jar, program)
    await jar.context.clear_cookies()
    await choose(page)
    assert await code_of(page) == "forged"
    assert "Allow cookies for this site" in await page.locator("main").inner_text()


async def test_without_javascript_everything_works(window: OpenWindow, served: Served) -> None:
    ada, program = await served.somebody(), await served.program()
    jar = await window(java_script_enabled=False)
    page = await begin(jar, program)
    await choose(page, "control")
    await at_spotify(page, ada)
    await page.get_by_role("heading", name="Received").wait_for()
    assert "playback" in (await served.redeemed(program)).scope


async def test_three_people_sign_in_at_once_in_their_own_browsers(window: OpenWindow, served: Served) -> None:
    async def one(number: int) -> tuple[str, str]:
        handle, program = await served.somebody(), await served.program(f"Program {number}")
        page = await begin(await window(), program)
        await choose(page)
        await at_spotify(page, handle)
        await page.get_by_role("heading", name="Received").wait_for()
        return handle, await served.told(await served.redeemed(program))

    for handle, told in await asyncio.gather(*(one(number) for number in range(3))):
        assert handle.capitalize() in told


async def test_a_preview_of_the_link_begins_nothing(window: OpenWindow, served: Served) -> None:
    program = await served.program()
    jar = await window()
    answer = await jar.context.request.head(start(served, program), max_redirects=0)
    assert answer.status == 405
    assert served.alter("UPDATE sign_ins SET level = level WHERE client_id = ?", program.client_id) == 0
