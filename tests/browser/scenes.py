"""Every page a person can meet, and how to get there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final, NamedTuple

from auxcord.authorization.clients import Client
from auxcord.server.settings import Settings
from auxcord.server.shared import build_provider
from tests.browser.window import at_spotify, begin, choose, signed_in
from tests.people import enrol, library

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page

    from tests.authorization.house import Program
    from tests.browser.stage import Served
    from tests.browser.window import Window

DAY: Final = 86400
LONG: Final = (
    "The Extraordinarily Comprehensive Personal Music Assistant for People Who Like Long Names (Beta)"
)
UNBROKEN: Final = "Supercalifragilisticexpialidocious" * 2
MARKUP: Final = "<img src=x onerror=alert(1)><script>alert(2)</script><b>Bold</b>"
BIDI: Final = "\u202eyfitopS\u202c \u05de\u05e0\u05d2\u05df \u0645\u0634\u063a\u0644 (Official)"
LONG_HOST: Final = f"a-very-long-label-that-goes-on-and-on.{'unbroken' * 7}.music.assistants.example.com"


class Scene(NamedTuple):
    """A way to a page."""

    name: str
    play: Callable[[Window], Awaitable[Page]]


def _consent(name: str, program_name: str, redirect: str | None = None) -> Scene:
    async def play(window: Window) -> Page:
        document = {} if redirect is None else {"redirect_uris": [redirect]}
        program = await window.served.program(program_name, **document)
        program.redirect_uri = redirect or program.redirect_uri
        return await begin(window, program)

    return Scene(name, play)


def _published(name: str, host: str, *, local: bool) -> Scene:
    async def play(window: Window) -> Page:
        address = f"https://{host}/oauth/client.json"
        back = f"{window.served.client.url}/back/published" if local else f"https://{host}/back"
        program = await window.served.program("Assistant")
        program.client_id, program.redirect_uri = address, back
        await _publish(
            window.served, Client(client_id=address, client_name="Assistant", redirect_uris=[back])
        )
        return await begin(window, program)

    return Scene(name, play)


async def _publish(served: Served, client: Client) -> None:
    """Let the server have read a client's document just now."""
    client.fresh_seconds = DAY
    async with library(served.house) as inside:
        await build_provider(Settings.load(served.house.environment), inside).parts.clients.publish(client)


async def _connected(window: Window, name: str, handle: str, level: str = "everything") -> Program:
    program = await window.served.program(name)
    page = await begin(window, program)
    await choose(page, level)
    if page.url.startswith(window.served.spotify):
        await at_spotify(page, handle)
    await page.get_by_role("heading", name="Received").wait_for()
    await window.served.redeemed(program)
    await page.close()
    return program


async def _step_up(window: Window) -> Page:
    ada = await window.served.somebody()
    program = await _connected(window, "Kitchen radio", ada, "look")
    with closing(sqlite3.connect(window.served.house.database)) as database:
        found = database.execute("SELECT grant_id FROM grants WHERE client_id = ?", (program.client_id,))
        grant = found.fetchone()[0]
    return await window.tab(f"{window.served.base}/renew?grant={grant}")


async def _step_up_agreed(window: Window) -> Page:
    page = await _step_up(window)
    await choose(page)
    if page.url.startswith(window.served.spotify):
        await page.get_by_role("button", name="Agree").click()
    await page.get_by_role("heading", name="All set").wait_for()
    return page


async def _step_up_refused(window: Window) -> Page:
    page = await _step_up(window)
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("heading", name="Nothing was changed").wait_for()
    return page


async def _account(window: Window) -> Page:
    ada = await window.served.somebody(display_name="Ada Lovelace")
    await _connected(window, "Kitchen radio", ada, "look")
    await _connected(window, LONG, ada, "control")
    await _connected(window, UNBROKEN, ada)
    await _connected(window, BIDI, ada)
    return await signed_in(window, ada)


async def _account_without_apps(window: Window) -> Page:
    ada = await window.served.somebody(display_name="Ada Lovelace")
    await _connected(window, MARKUP, ada)
    page = await signed_in(window, ada)
    await page.get_by_role("button", name="Remove").click()
    await page.get_by_text("No app has access.").wait_for()
    return page


def _linked(name: str, words: str, *, days: int, damaged: bool = False, **settings: str) -> Scene:
    async def play(window: Window) -> Page:
        if settings:
            window.served = await window.served.with_settings(**settings)
        ada = await window.served.somebody()
        (person,) = await enrol(window.served.house, [ada], ago=days * DAY)
        if damaged:
            window.served.alter("UPDATE records SET sealed = x'00' WHERE user_id = ?", person.user_id)
        page = await signed_in(window, ada)
        await page.get_by_text(words, exact=True).wait_for()
        return page

    return Scene(name, play)


async def _erase(window: Window) -> Page:
    ada = await window.served.somebody(display_name="Ada Lovelace")
    await _connected(window, "Kitchen radio", ada)
    page = await signed_in(window, ada)
    await page.get_by_role("link", name="Disconnect and erase").click()
    return page


async def _erased(window: Window) -> Page:
    page = await _erase(window)
    await page.get_by_role("button", name="Erase everything").click()
    await page.get_by_role("heading", name="Everything is erased").wait_for()
    return page


def _at(name: str, path: str) -> Scene:
    return Scene(name, lambda window: window.tab(f"{window.served.base}{path}"))


SCENES: Final = (
    _consent("consent", "Kitchen radio"),
    _consent("consent-no-name", ""),
    _consent("consent-long-name", LONG),
    _consent("consent-unbroken-name", UNBROKEN),
    _consent("consent-markup-name", MARKUP),
    _consent("consent-bidi-name", BIDI),
    _consent("consent-web", "Assistant", "https://assistant.example.com/oauth/callback"),
    _consent("consent-long-host", "Assistant", f"https://{LONG_HOST}/oauth/callback"),
    _consent("consent-app-link", "Editor", "cursor://anysphere.cursor-retrieval/oauth/callback"),
    _published("consent-published", "assistant.example.com", local=False),
    _published("consent-published-local", LONG_HOST, local=True),
    Scene("step-up", _step_up),
    Scene("step-up-agreed", _step_up_agreed),
    Scene("step-up-refused", _step_up_refused),
    Scene("account", _account),
    Scene("account-without-apps", _account_without_apps),
    _linked("account-ends-soon", "Ends soon", days=175),
    _linked("account-ended", "Ended", days=100, AUXCORD_CONSENT_MAX_AGE="90d"),
    _linked("account-damaged", "Damaged", days=1, damaged=True),
    Scene("account-erase", _erase),
    Scene("account-erased", _erased),
    _at("account-sign-in", "/account"),
    _at("account-signed-out", "/account?note=out"),
    _at("account-session-over", "/account?note=over"),
    _at("welcome", "/"),
)
