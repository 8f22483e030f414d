"""Other sites before our pages in Chromium: they can neither frame them nor answer them for a person."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pytest

from tests.authorization.account import STEPS
from tests.browser.stage import PLAIN
from tests.browser.test_account import connected
from tests.browser.window import begin, code_of, signed_in

if TYPE_CHECKING:
    from tests.browser.conftest import OpenWindow
    from tests.browser.stage import Listener, Served

pytestmark = [pytest.mark.anyio, pytest.mark.server]

SITES = ("elsewhere", "url")
"""Another site, whose forms bring no cookie of ours, and another port of ours, whose forms bring them all."""


def form_to(action: str, **fields: str) -> str:
    """A page whose one button sends a form to somebody else."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items()
    )
    form = f'<form method="post" action="{action}">{hidden}<button>Win a prize</button></form>'
    return PLAIN.format(title="Prizes", content=form)


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("page", ["/consent", "/account", "/"])
async def test_no_page_of_ours_is_shown_in_a_frame(
    window: OpenWindow, served: Served, site: str, page: str
) -> None:
    ada, jar = await served.somebody(), await window(watched=False)  # Chromium says what it refuses
    await connected(jar, ada, "Radio")
    await signed_in(jar, ada)
    address = f"{served.base}{page}"
    if page == "/consent":
        address = (await begin(jar, await served.program())).url
    frame = f'<iframe title="A frame" src="{escape(address)}"></iframe>'
    served.client.pages["/frame"] = PLAIN.format(title="Prizes", content=frame)
    tab = await jar.tab(f"{getattr(served.client, site)}/frame")
    await tab.frames[1].wait_for_url("chrome-error://chromewebdata/", wait_until="commit")
    assert len(tab.frames) == 2
    assert "Auxcord" not in await tab.frames[1].content()


@pytest.mark.parametrize("site", SITES)
async def test_no_other_site_can_press_a_button_of_the_account_page(
    window: OpenWindow, served: Served, site: str
) -> None:
    ada, jar = await served.somebody(), await window()
    tokens = await connected(jar, ada, "Radio")
    page = await signed_in(jar, ada)
    client = await page.locator('input[name="client"]').get_attribute("value")
    csrf = await page.locator('input[name="csrf"]').first.get_attribute("value")
    known = {"client": str(client), "csrf": str(csrf)}  # it even knows what only the page itself shows
    trap = await jar.tab()
    for step in STEPS:
        served.client.pages["/prizes"] = form_to(f"{served.base}/account/{step}", **known)
        await trap.goto(f"{getattr(served.client, site)}/prizes")
        await trap.get_by_role("button", name="Win a prize").click()
        assert await code_of(trap) == "forged"
    await page.reload()
    assert await page.get_by_role("button", name="Remove the access of Radio").is_visible()
    assert ada.capitalize() in await served.told(tokens)


@pytest.mark.parametrize("site", SITES)
async def test_no_other_site_can_agree_for_a_person(window: OpenWindow, served: Served, site: str) -> None:
    program, jar = await served.program(), await window()
    page = await begin(jar, program)
    names = ("ticket", "csrf")
    values = {name: str(await page.locator(f'input[name="{name}"]').get_attribute("value")) for name in names}
    served.client.pages["/prizes"] = form_to(
        f"{served.base}/consent", **values, level="everything", decision="allow"
    )
    trap = await jar.tab(f"{getattr(served.client, site)}/prizes")
    await trap.get_by_role("button", name="Win a prize").click()
    assert await code_of(trap) == "forged"
    assert served.received(program) == []
    assert served.alter("UPDATE sign_ins SET level = level WHERE nonce_hash IS NOT NULL") == 0


async def test_no_other_site_learns_where_a_person_was(window: OpenWindow, served: Served) -> None:
    """The address of a consent page holds a ticket; it must not travel on in a Referer."""
    program, jar = await served.program(), await window()
    page = await begin(jar, program)
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("heading", name="Received").wait_for()
    assert "sec-fetch-mode: navigate" in served.client.heads[-1].lower()
    assert "referer" not in served.client.heads[-1].lower()


async def test_the_watch_over_windows_sees_what_it_is_to_see(
    window: OpenWindow, served: Served, outside: Listener
) -> None:
    jar = await window(watched=False)
    policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    script = "<script>document.title = 'ran'</script><img alt='' src='http://192.0.2.1/pixel.png'>"
    served.client.pages["/watched"] = f"<!doctype html><head>{policy}</head>{script}"
    served.client.pages["/broken"] = PLAIN.format(
        title="Broken", content="<script>console.log('said'); missing()</script>"
    )
    served.client.pages["/away"] = PLAIN.format(
        title="Away", content="<img alt='' src='http://192.0.2.1/p.png'>"
    )
    for path in ("watched", "broken", "away"):
        await jar.tab(f"{served.client.url}/{path}")
    said = "\n".join(jar.complaints.console)
    assert "Executing inline script violates the following Content Security Policy directive" in said
    assert "pixel.png' violates the following Content Security Policy directive" in said
    assert "log: said" in said
    assert "missing is not defined" in said
    assert "asked for http://192.0.2.1/p.png" in jar.complaints.beyond
    assert "http://192.0.2.1/p.png" in outside.asked
    assert "http://192.0.2.1/pixel.png" not in outside.asked
    outside.asked.remove("http://192.0.2.1/p.png")
