"""Signing in by keyboard alone: everything can be reached, seen to be focused, and done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.looks import NARROW
from tests.browser.window import begin, code_of, signed_in

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import OpenWindow
    from tests.browser.stage import Served

pytestmark = [pytest.mark.anyio, pytest.mark.server]

PHONE = {"viewport": {"width": NARROW, "height": 740}}
FOCUSED = """
() => {
  const at = document.activeElement;
  const ring = [at, at.closest(".choice")].filter(Boolean).map((element) => getComputedStyle(element))
    .some((style) => style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2);
  const box = at.getBoundingClientRect();
  const inside = box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
  return {words: (at.value && at.type === "radio" ? at.value : at.innerText || "").trim(), ring, inside};
}
"""


async def tab_to(page: Page, words: str) -> list[str]:
    """Press Tab until something with these words is focused; returns what was focused on the way."""
    passed: list[str] = []
    for _ in range(30):
        await page.keyboard.press("Tab")
        focused: dict[str, Any] = await page.evaluate(FOCUSED)
        assert focused["ring"], f"nothing shows that this is focused: {focused['words']}"
        assert focused["inside"], f"out of sight: {focused['words']}"
        passed.append(" ".join(focused["words"].split()))
        if passed[-1].startswith(words):
            return passed
    msg = f"Tab never came to {words!r}: {passed}"
    raise AssertionError(msg)


async def press_at_spotify(page: Page, handle: str) -> None:
    """Answer on Spotify's page by keyboard."""
    await page.keyboard.press("Tab")
    chosen = page.locator('input[name="user"]:checked')
    for _ in range(200):
        if await chosen.get_attribute("value") == handle:
            break
        await page.keyboard.press("ArrowUp")  # the newest people come last
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
async def test_a_sign_in_by_keyboard_comes_to_its_end(
    window: OpenWindow, served: Served, options: dict[str, Any]
) -> None:
    ada, program = await served.somebody(), await served.program()
    page = await begin(await window(**options), program)
    assert await tab_to(page, "everything") == ["everything"]  # chosen already; the arrows choose among them
    await page.keyboard.press("ArrowUp")
    assert await page.locator('input[name="level"]:checked').get_attribute("value") == "control"
    assert await tab_to(page, "Allow and continue") == ["Allow and continue"]
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{served.spotify}/**")
    await press_at_spotify(page, ada)
    await page.get_by_role("heading", name="Received").wait_for()
    assert "edit" not in (await served.redeemed(program)).scope


async def test_the_order_is_that_of_the_page_and_cancel_comes_after_allow(
    window: OpenWindow, served: Served
) -> None:
    program = await served.program()
    page = await begin(await window(), program)
    order = await tab_to(page, "your account page")
    assert order == ["everything", "Allow and continue", "Cancel", "your account page"]
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Space")
    await page.get_by_role("heading", name="Received").wait_for()
    assert [answer["error"] for answer in served.received(program)] == ["access_denied"]


async def test_enter_in_the_form_allows_nothing_that_was_not_chosen(
    window: OpenWindow, served: Served
) -> None:
    page = await begin(await window(), await served.program(), scope="read")
    await tab_to(page, "look")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{served.spotify}/**")
    asked = await page.locator("ul").inner_text()
    assert "user-modify-playback-state" not in asked


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
async def test_everything_on_the_account_page_can_be_done_by_keyboard(
    window: OpenWindow, served: Served, options: dict[str, Any]
) -> None:
    ada, program = await served.somebody(), await served.program("Radio")
    jar = await window(**options)
    page = await begin(jar, program)
    await tab_to(page, "Allow and continue")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{served.spotify}/**")
    await press_at_spotify(page, ada)
    await page.get_by_role("heading", name="Received").wait_for()
    account = await signed_in(jar, ada)
    order = await tab_to(account, "Disconnect and erase")
    assert order == [
        "Sign out",
        "Renew the link",
        "Remove the access of Radio",
        "Download my data",
        "Disconnect and erase…",
    ]
    await account.keyboard.press("Enter")
    await account.get_by_role("heading", name="Erase everything").wait_for()
    assert await tab_to(account, "Keep my account") == ["Erase everything", "Keep my account"]
    await account.keyboard.press("Enter")
    await account.get_by_role("heading", name="Apps with access").wait_for()
    await tab_to(account, "Remove")
    await account.keyboard.press("Enter")
    await account.get_by_text("No app has access.").wait_for()


async def test_a_problem_page_offers_its_way_out_first(window: OpenWindow, served: Served) -> None:
    ada, program = await served.somebody(), await served.program()
    page = await begin(await window(), program)
    await tab_to(page, "Allow and continue")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{served.spotify}/**")
    await served.house.simulator.fault("status", path="/api/token", status=503, times=9)
    await press_at_spotify(page, ada)
    await page.locator(".code").wait_for()
    await served.house.simulator.no_faults()
    assert await code_of(page) == "spotify_unavailable"
    assert await tab_to(page, "Try again") == ["Try again"]
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Allow and continue").wait_for()
