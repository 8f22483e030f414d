"""What must never be seen: codes, tokens, tickets, states, verifiers, cookies, in logs, errors or reprs."""

from __future__ import annotations

import logging

import pytest
from structlog.testing import capture_logs

from auxcord.authorization.tickets import Leg
from tests.authorization.house import (
    APP,
    House,
    Program,
    Tokens,
    answer_consent,
    fields_of,
    open_consent,
    query_of,
)

pytestmark = pytest.mark.anyio


async def drive(house: House, program: Program) -> set[str]:
    """Use everything once, the failures too; returns every secret that came along."""
    browser = house.browser()
    page = await open_consent(browser, program.authorize_url(state="canary-state-of-the-client"))
    at_spotify = await answer_consent(browser, page)
    await house.at_spotify("ada")
    back = (await house.spotify.get(at_spotify)).headers["location"]
    await house.browser().get(back)
    arrived = await browser.get(back)
    await browser.get(back)
    code = query_of(arrived.headers["location"])["code"]
    await program.redeem(code, code_verifier="w" * 43)
    first = Tokens.of(await program.redeem(code))
    await program.whoami(first.access)
    second = Tokens.of(await program.refresh(first.refresh))
    await program.whoami(second.refresh)
    await program.refresh(second.access)
    await house.store.close()
    await program.whoami(second.access)
    await program.refresh(second.refresh)
    await house.store.open()
    house.provider.parts.outage._looked_at -= 1
    await program.revoke(second.access)
    cookies = {cookie.value for cookie in browser.cookies.jar if cookie.value}
    return {
        "canary-state-of-the-client",
        program.verifier,
        code,
        first.access,
        first.refresh,
        second.access,
        second.refresh,
        query_of(at_spotify)["state"],
        query_of(back)["code"],
        str(APP.client_secret),
        *fields_of(page).values(),
        *cookies,
    }


async def test_no_secret_is_in_any_log_line_even_at_debug(
    house: House, program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        secrets = await drive(house, program)
    assert len(secrets) >= 12
    ours = [record for record in caplog.records if not record.name.startswith(("httpx2", "httpcore2"))]
    lines = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in ours) + repr(logged)
    assert not [secret for secret in secrets if secret in lines]


async def test_no_secret_is_in_a_repr(house: House, program: Program) -> None:
    page = await open_consent(house.browser(), program.authorize_url())
    ticket = query_of(str(page.url))["ticket"]
    assert "verifier" not in repr(Leg("the-verifier", frozenset({"a"}), "the-app"))
    provider = house.provider
    for thing in (provider, provider.parts, provider.parts.flow, provider.parts.verification):
        assert ticket not in repr(thing)
        assert str(APP.client_secret) not in repr(thing)
