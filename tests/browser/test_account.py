"""The account page in Chromium: see, remove, take along, erase, and be signed out."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.browser.window import at_spotify, begin, choose, code_of, signed_in

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Page

    from tests.authorization.house import Tokens
    from tests.browser.conftest import OpenWindow
    from tests.browser.stage import Served
    from tests.browser.window import Window

pytestmark = [pytest.mark.anyio, pytest.mark.server]


async def connected(jar: Window, handle: str, name: str, level: str = "everything") -> Tokens:
    """Connect a program in a window; returns what it got."""
    program = await jar.served.program(name)
    page = await begin(jar, program)
    await choose(page, level)
    if page.url.startswith(jar.served.spotify):
        await at_spotify(page, handle)
    await page.get_by_role("heading", name="Received").wait_for()
    return await jar.served.redeemed(program)


async def test_who_signs_in_sees_their_apps_and_levels(window: OpenWindow, served: Served) -> None:
    ada, jar = await served.somebody(), await window()
    await connected(jar, ada, "Radio", "look")
    await connected(jar, ada, "Lamp", "control")
    page = await signed_in(jar, ada)
    rows = page.get_by_role("region", name="Apps with access").locator(".row")
    told = [" ".join((await row.inner_text()).split()) for row in await rows.all()]
    assert len(told) == 2
    assert any(row.startswith("Radio Only look ") for row in told)
    assert any(row.startswith("Lamp Look and control playback ") for row in told)


async def test_an_app_whose_access_is_removed_is_gone_at_once_and_the_others_stay(
    window: OpenWindow, served: Served
) -> None:
    ada, jar = await served.somebody(), await window()
    radio, lamp = await connected(jar, ada, "Radio"), await connected(jar, ada, "Lamp")
    page = await signed_in(jar, ada)
    await page.get_by_role("button", name="Remove the access of Radio").click()
    assert "Its access was removed" in await page.get_by_role("status").inner_text()
    assert await page.locator(".row strong").all_inner_texts() == [ada.capitalize(), "Lamp"]
    assert ada.capitalize() in await served.told(lamp)
    answer = await served.browser().post("/mcp", headers={"Authorization": f"Bearer {radio.access}"}, json={})
    assert answer.status_code == 401


async def test_a_person_takes_their_data_along_as_a_file(
    window: OpenWindow, served: Served, tmp_path: Path
) -> None:
    ada, jar = await served.somebody(), await window()
    tokens = await connected(jar, ada, "Radio")
    page = await signed_in(jar, ada)
    async with page.expect_download() as begun:
        await page.get_by_role("button", name="Download my data").click()
    download = await begun.value
    assert download.suggested_filename == "auxcord-my-data.json"
    await download.save_as(tmp_path / "data.json")
    text = (tmp_path / "data.json").read_text()
    assert ada in text
    assert [grant["client_id"] for grant in json.loads(text)["grants"]]
    assert tokens.access not in text
    assert await page.get_by_role("heading", name="Your account").is_visible()


async def test_erasing_asks_twice_and_then_leaves_nothing(window: OpenWindow, served: Served) -> None:
    ada, jar = await served.somebody(), await window()
    tokens = await connected(jar, ada, "Radio")
    page = await signed_in(jar, ada)
    await page.get_by_role("link", name="Disconnect and erase").click()
    await page.get_by_role("link", name="Keep my account").click()
    assert ada.capitalize() in await served.told(tokens)
    await page.get_by_role("link", name="Disconnect and erase").click()
    await page.get_by_role("button", name="Erase everything").click()
    await page.get_by_role("heading", name="Everything is erased").wait_for()
    headers = {"Authorization": f"Bearer {tokens.access}"}
    # A token that was good a moment ago is remembered for half a second; T25 holds the promised second.
    while (await served.browser().post("/mcp", headers=headers, json={})).status_code != 401:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await page.goto(f"{served.base}/account")
    await page.get_by_role("button", name="Sign in with Spotify").click()
    assert await code_of(page) == "nobody_here"


async def test_going_back_after_signing_out_shows_nothing(window: OpenWindow, served: Served) -> None:
    ada, jar = await served.somebody(), await window()
    await connected(jar, ada, "Radio")
    page = await signed_in(jar, ada)
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_text("You are signed out.").wait_for()
    await page.go_back()
    await page.get_by_role("button", name="Sign in with Spotify").wait_for()
    assert "Radio" not in await page.locator("main").inner_text()


@pytest.mark.parametrize("button", ["Remove the access of Radio", "Download my data", "Sign out"])
async def test_a_page_left_open_until_the_session_is_over_does_nothing_any_more(
    window: OpenWindow, served: Served, button: str
) -> None:
    ada, jar = await served.somebody(), await window()
    tokens = await connected(jar, ada, "Radio")
    page = await signed_in(jar, ada)
    served.alter("UPDATE page_sessions SET expires_at = 0")
    await page.get_by_role("button", name=button).click()
    assert "You were signed out after 15 minutes" in await page.get_by_role("status").inner_text()
    assert await page.get_by_role("button", name="Sign in with Spotify").is_visible()
    assert ada.capitalize() in await served.told(tokens)


async def test_erasing_is_not_done_once_the_session_is_over(window: OpenWindow, served: Served) -> None:
    ada, jar = await served.somebody(), await window()
    tokens = await connected(jar, ada, "Radio")
    page = await signed_in(jar, ada)
    await page.get_by_role("link", name="Disconnect and erase").click()
    served.alter("UPDATE page_sessions SET expires_at = 0")
    await page.get_by_role("button", name="Erase everything").click()
    assert "You were signed out after 15 minutes" in await page.get_by_role("status").inner_text()
    assert ada.capitalize() in await served.told(tokens)


async def test_a_session_belongs_to_its_browser(window: OpenWindow, served: Served) -> None:
    ada, jar = await served.somebody(), await window()
    await connected(jar, ada, "Radio")
    await signed_in(jar, ada)
    elsewhere = await (await window()).tab(f"{served.base}/account")
    assert await elsewhere.get_by_role("button", name="Sign in with Spotify").is_visible()
    assert "Radio" not in await elsewhere.locator("main").inner_text()


async def test_renewing_the_link_comes_back_to_the_page(window: OpenWindow, served: Served) -> None:
    ada, jar = await served.somebody(), await window()
    await connected(jar, ada, "Radio")
    page = await signed_in(jar, ada)
    await page.get_by_role("button", name="Renew the link").click()
    await through(page, served, ada)
    assert "Your link to Spotify is renewed" in await page.get_by_role("status").inner_text()


async def test_somebody_unknown_is_told_so_and_stays_unknown(window: OpenWindow, served: Served) -> None:
    nobody = await served.somebody()
    page = await (await window()).tab(f"{served.base}/account")
    await page.get_by_role("button", name="Sign in with Spotify").click()
    await at_spotify(page, nobody)
    assert await code_of(page) == "nobody_here"


async def through(page: Page, served: Served, handle: str) -> None:
    """Answer Spotify if it asks."""
    if page.url.startswith(served.spotify):
        await at_spotify(page, handle)
    await page.get_by_role("status").wait_for()
