"""Chromium, a server for the tests of one file, and windows whose complaints end a test."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, async_playwright

from bench.figures import Figures
from tests.browser.stage import Listener, Served, address, listening, serving
from tests.browser.window import Window
from tests.needed import missing

OpenWindow = Callable[..., Coroutine[Any, Any, Window]]
FLAGS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_ERRANDS: Final = re.compile(r"(https?://)?(update\.googleapis|accounts\.google)\.com[:/]")
"""What Chromium itself asks for when it starts; it gets no further than any page does."""


@pytest.fixture(scope="session")
async def outside(anyio_backend: str) -> AsyncIterator[Listener]:
    """The only way out that Chromium knows: whatever is not loopback comes here, and should not."""
    async with listening() as proxy:
        yield proxy


@pytest.fixture(scope="session")
async def chromium(outside: Listener) -> AsyncIterator[Browser]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        missing("Chromium (Debian's package chromium)")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=[*FLAGS, *root],
            proxy={"server": outside.url, "bypass": "127.0.0.1,localhost"},
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="module")
async def served(chromium: Browser) -> AsyncIterator[Served]:
    """A server for all tests of a file."""
    async with serving() as served:
        yield served


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest, outside: Listener) -> Any:
    """What the windows of a file met, kept as figures when the file is through."""
    counts: Counter[str] = Counter()
    yield counts
    source = Path(request.path).relative_to(request.config.rootpath).as_posix()
    figures = Figures(source, (request.module.__doc__ or source).strip().splitlines()[0].rstrip("."))
    figures.measure("cases in Chromium", counts["cases"])
    figures.measure("pages of ours shown", counts["documents"])
    figures.count("messages on the console", counts["console"], "== 0")
    figures.count("requests that failed", counts["failed"], "== 0")
    escaped = [asked for asked in outside.asked if not _ERRANDS.match(asked)]
    figures.count("requests beyond loopback", counts["beyond"] + len(escaped), "== 0")
    figures.count("pages that may be framed or run inline code", counts["headers"], "== 0")
    if counts["judged"]:
        figures.measure("pages judged by axe-core, each look for itself", counts["judged"])
        figures.count("what axe-core minds or what does not fit", counts["minded"], "== 0")


@pytest.fixture
async def window(chromium: Browser, served: Served, tally: Counter[str]) -> AsyncIterator[OpenWindow]:
    """Opens windows, each with cookies of its own; nothing may be wrong in any of them when the test ends.

    One that is not watched is for tests that make something go wrong.
    """
    windows: list[Window] = []
    async with AsyncExitStack() as closing:

        async def open_(server: Served | None = None, *, watched: bool = True, **options: Any) -> Window:
            context = await chromium.new_context(
                **{"viewport": {"width": 1280, "height": 900}, **options},
                extra_http_headers={"X-Forwarded-For": address()},
                accept_downloads=True,
            )
            closing.push_async_callback(context.close)
            opened = Window(context, server or served)
            if watched:
                windows.append(opened)
            return opened

        yield open_
    tally["cases"] += 1
    for each in windows:
        complaints = each.complaints
        tally["documents"] += complaints.counts["documents"]
        for kind in ("console", "failed", "beyond", "headers"):
            tally[kind] += len(getattr(complaints, kind))
    assert [said for each in windows for said in each.complaints.all()] == []
