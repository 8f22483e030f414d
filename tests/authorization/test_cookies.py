"""Cookies: what a neighbouring host can put into a browser never passes for ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.authorization.account import through_spotify
from tests.authorization.house import (
    APP,
    Program,
    answer_consent,
    fields_of,
    open_consent,
    open_house,
    tokens_for,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx2

    from tests.authorization.house import House

pytestmark = pytest.mark.anyio

OURS = "https://music.example.org"
SPACES = ("\xa0", "\x85", "\x85\xa0")
"""What Python takes for space and browsers for part of a name, so that the prefix promises nothing there."""


@pytest.fixture
async def https(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, base=OURS) as house:
        app = {"client_id": APP.client_id, "redirect_uris": [f"{OURS}/callback"]}
        assert (await house.spotify.post("/_simulator/apps", json=app)).is_success
        yield house


async def session_of(house: House, person: str) -> str:
    """Sign somebody in to the account page; returns the cookie their browser holds."""
    await tokens_for(house, await Program.registered(house), person=person)
    browser = house.browser()
    away = await browser.post("/account/sign-in", data={"x": "y"}, headers={"Origin": OURS})
    await through_spotify(house, browser, away.headers["location"], person=person)
    return str(browser.cookies["__Host-aux_account"])


async def account(house: House, cookies: str) -> httpx2.Response:
    return await house.browser().get("/account", headers=[(b"cookie", cookies.encode("latin-1"))])


async def test_a_session_counts_under_its_exact_name_only(https: House) -> None:
    bram = await session_of(https, "bram")
    assert "Bram" in (await account(https, f"other=1; __Host-aux_account={bram}; more=2")).text
    names = ["aux_account", "__host-aux_account", "__Secure-aux_account", "__Host-aux_account "]
    names += [f"{space}__Host-aux_account" for space in SPACES]
    names += [f"__Host-aux_account{space}" for space in SPACES]
    for name in names:
        page = await account(https, f"{name}={bram}")
        assert page.status_code == 200
        assert "Bram" not in page.text, repr(name)


@pytest.mark.parametrize("brams_first", [True, False])
async def test_of_two_sessions_neither_counts(https: House, *, brams_first: bool) -> None:
    sessions = [await session_of(https, "bram"), await session_of(https, "ada")]
    both = sessions if brams_first else sessions[::-1]
    page = await account(https, "; ".join(f"__Host-aux_account={session}" for session in both))
    assert "Bram" not in page.text
    assert "Ada" not in page.text


async def test_a_spaced_name_takes_no_persons_session_away(https: House) -> None:
    bram, ada = await session_of(https, "bram"), await session_of(https, "ada")
    for space in SPACES:
        page = await account(https, f"__Host-aux_account={ada}; {space}__Host-aux_account={bram}")
        assert "Ada" in page.text
        assert "Bram" not in page.text


async def test_a_sign_in_is_not_tied_to_a_browser_by_a_spaced_name(https: House) -> None:
    """Bram agrees in his browser, and gives Ada's browser what his holds, as far as a neighbour can."""
    program, his = await Program.registered(https), https.browser()
    page = await open_consent(his, program.authorize_url())
    ((name, value),) = his.cookies.items()
    state_at_spotify = await answer_consent(his, page, level="look")
    await https.at_spotify("ada")
    back = (await https.spotify.get(state_at_spotify)).headers["location"].removeprefix(OURS)
    for space in SPACES:
        held = [(b"cookie", f"{space}{name}={value}".encode("latin-1"))]
        answer = await https.browser().get(back, headers=held)
        assert (answer.status_code, "location" in answer.headers) == (403, False)
    form = {**fields_of(page), "level": "everything", "decision": "allow"}
    for space in SPACES:
        held = [(b"cookie", f"{space}{name}={value}".encode("latin-1")), (b"origin", OURS.encode())]
        assert (await https.browser().post("/consent", data=form, headers=held)).status_code == 403
    own = await https.browser().get(back, headers=[(b"cookie", f"{name}={value}".encode())])
    assert own.is_redirect  # so it was the name that they were refused for
