"""Coming to a missing permission with real clients: in the result by default, or by a challenge

The Python SDK's own sign-in, in both revisions, against our server on a loopback port. With a link in the
result the same token can do more once the person agreed; a client that is challenged signs in again.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from auxcord.cli.browser import Browser
from auxcord.cli.demo import stage
from auxcord.cli.report import Report
from auxcord.cli.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Literal

    Mode = Literal["auto", "legacy"]

pytestmark = [pytest.mark.anyio, pytest.mark.server]


@asynccontextmanager
async def visitor(mode: Mode, **settings: str) -> AsyncIterator[Visitor]:
    """Somebody whose client may only look."""
    async with (
        stage(0, 0, seed=1, **settings) as place,
        Visitor(
            "Ada", "ada", f"{place.server}/mcp", level="look", report=Report(Console(quiet=True)), mode=mode
        ) as ada,
    ):
        yield ada


async def agree_at(link: str) -> str:
    """Follow a link in a browser of the person's, allow everything, and return the page they end on."""
    async with Browser(stop_at="nowhere:") as browser:
        consent = await browser.open(link)
        page = await browser.press(consent, "allow", level="everything")
        while page.forms and "user" in page.forms[0].choices | page.forms[0].fields:
            page = await browser.press(page, "approve", user="ada")
        return page.text


@pytest.mark.parametrize(
    ("mode", "told"), [("auto", "result"), ("legacy", "result"), ("legacy", "challenge")]
)
async def test_the_link_in_the_result_lets_the_same_token_do_more(mode: Mode, told: str) -> None:
    async with visitor(mode, AUXCORD_INSUFFICIENT_SCOPE=told) as ada:
        refused = await ada.call("create_playlist", name="Later")
        assert refused.refused
        assert "[not_permitted]" in refused.text
        tokens = ada.tokens
        assert "All set" in await agree_at(refused.text.split("Sign-in link: ")[1].split()[0])
        made = await ada.call("create_playlist", name="Later")
        assert not made.refused, made.text
        assert ada.tokens == tokens


async def test_a_client_that_is_challenged_signs_in_for_more_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with visitor("auto", AUXCORD_INSUFFICIENT_SCOPE="challenge") as ada:
        tokens = ada.tokens
        monkeypatch.setattr(ada, "_level", "everything")
        made = await ada.call("create_playlist", name="Later")
        assert not made.refused, made.text
        assert ada.tokens != tokens
        assert "this client may: read, playback, edit" in (await ada.call("get_account")).text
