"""A person's browser: one Chromium context with its own cookies, and everything it had to complain about."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response, WebError

    from tests.authorization.house import Program
    from tests.browser.stage import Served

_STATUS: Final = re.compile(r"Failed to load resource: the server responded with a status of (\d{3}) \(.*\)")
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})


@dataclass
class Complaints:
    """What went wrong in a browser, or beyond what pages of ours may do."""

    console: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def all(self) -> list[str]:
        """Return every complaint."""
        return [*self.console, *self.failed, *self.beyond, *self.headers]


class Window:
    """A browser window.

    Args:
        context: Its cookies and settings.
        served: The server whose pages it shows.
    """

    def __init__(self, context: BrowserContext, served: Served) -> None:
        self.context = context
        self.served = served
        self.complaints = Complaints()
        self._refused: set[str] = set()
        context.on("console", self._said)
        context.on("weberror", self._broke)
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    async def tab(self, address: str | None = None) -> Page:
        """Open a tab."""
        page = await self.context.new_page()
        page.set_default_timeout(20_000)
        if address is not None:
            await page.goto(address)
        return page

    def _said(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if _STATUS.fullmatch(message.text) and where in self._refused:
            return  # the browser's own note that a page of ours came with its status, such as 403
        self.complaints.console.append(f"{message.type}: {message.text} ({where})")

    def _broke(self, error: WebError) -> None:
        self.complaints.console.append(f"error: {error.error}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        self.complaints.counts["requests"] += 1
        if parts.scheme != "data" and parts.hostname not in LOOPBACK:
            self.complaints.beyond.append(f"asked for {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the browser itself went on elsewhere, or began a download
            self.complaints.failed.append(f"{request.failure}: {request.url}")

    def _answered(self, response: Response) -> None:
        if not response.request.is_navigation_request() or not response.url.startswith(
            f"{self.served.base}/"
        ):
            return
        if response.status >= 400:
            self._refused.add(response.url)
        self.complaints.counts["documents"] += 1
        policy = response.headers.get("content-security-policy", "")
        strict = policy.startswith("default-src 'none'; ") and "unsafe" not in policy
        if not strict or "frame-ancestors 'none'" not in policy:
            self.complaints.headers.append(f"policy {policy!r} at {response.url}")
        if response.headers.get("x-frame-options") != "DENY":
            self.complaints.headers.append(f"may be framed: {response.url}")


async def begin(window: Window, program: Program, **changes: str | None) -> Page:
    """Be sent to us by a program: a tab that shows the consent page."""
    page = await window.tab(f"{window.served.base}{program.authorize_url(**changes)}")
    assert urlsplit(page.url).path == "/consent", page.url
    return page


async def choose(page: Page, level: str = "everything") -> None:
    """Choose a level on the consent page and allow."""
    await page.locator(f'input[name="level"][value="{level}"]').check()
    await page.get_by_role("button", name="Allow and continue").click()


async def at_spotify(page: Page, handle: str, *, answer: str = "Agree") -> None:
    """Answer on Spotify's page."""
    await page.locator(f'input[name="user"][value="{handle}"]').check()
    await page.get_by_role("button", name=answer).click()


async def signed_in(window: Window, handle: str) -> Page:
    """Sign somebody in to the account page."""
    page = await window.tab(f"{window.served.base}/account")
    await page.get_by_role("button", name="Sign in with Spotify").click()
    if page.url.startswith(window.served.spotify):
        await at_spotify(page, handle)
    await page.get_by_role("button", name="Sign out").wait_for()
    return page


async def code_of(page: Page) -> str:
    """The code of a problem page."""
    return await page.locator(".code code").inner_text()
