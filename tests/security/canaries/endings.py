"""Ends that nobody foresaw: errors that quote secrets, in a server that goes on; and servers that crash."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Final

from tests.authorization.house import answer_consent, open_consent
from tests.people import enrol
from tests.reliability.test_every_wrong_argument import RIGHT
from tests.revisions import REVISIONS, Wire
from tests.security.adversaries.stage import ACCOUNT_COOKIE, at_spotify, sign_in_to_account
from tests.security.canaries.fumbling import fumbling
from tests.security.canaries.pages import Program
from tests.security.canaries.stage import FORMS

if TYPE_CHECKING:
    from tests.processes import Program as Server
    from tests.security.canaries.stage import Stage

_TOLD: Final = "unforeseen error"


async def drive(stage: Stage) -> None:
    """End every server in another way, after two more whose inner parts quote what they were given."""
    well = [*stage.house.all]
    both = await asyncio.gather(*(_clumsy(stage, form) for form in FORMS))
    for form, clumsy in zip(FORMS, both, strict=True):
        await fail(stage, clumsy, well[0])
        told = clumsy.log.read_text().count(_TOLD)
        assert told >= len(REVISIONS) + 5, f"only {told} unforeseen errors"
        os.kill(clumsy.pid, signal.SIGABRT)
        assert await clumsy.ended() == -signal.SIGABRT
        stage.paths.add(f"a server that aborts ({form})")
        crash = clumsy.log.read_text().partition("Fatal Python error")[2]
        assert "most recent call first" in crash
        stage.ledger.hear("crash text", f"abort of a server ({form})", crash)
    os.kill(well[0].pid, signal.SIGTERM)
    assert await well[0].ended() == 0
    stage.paths.add("a server that is asked to end")
    await well[1].kill()
    stage.paths.add("a server that is killed")


async def _clumsy(stage: Stage, form: str) -> Server:
    about = fumbling("serving") | {"PYTHONFAULTHANDLER": "1"}
    return await stage.house.add(fresh=True, AUXCORD_LOG_FORMAT=form, **about)


async def fail(stage: Stage, clumsy: Server, well: Server) -> None:
    """Meet every part that fails, with everything that led there from a server that is well."""
    stage.only(well)
    (person,) = await enrol(stage.house, [stage.handle])
    program = await Program.registered(stage)
    code = await program.code(stage.handle)
    async with stage.house.browser() as browser, stage.house.browser() as page:
        await sign_in_to_account(stage.house, page, stage.handle)
        assert page.cookies[ACCOUNT_COOKIE]
        consent = await open_consent(browser, program.address())
        back = await at_spotify(stage.house, browser, await answer_consent(browser, consent), stage.handle)
        stage.only(clumsy)
        assert (await browser.get(back)).status_code == 500
        assert (await browser.get(str(consent.url))).status_code == 500
        assert (await page.get("/account")).status_code == 500
    stage.paths.add("pages meet errors that quote codes, verifiers, tickets and cookies")
    assert (await program.redeem(code)).status_code >= 500
    assert (await person.renew()).status_code >= 500
    stage.paths.add("endpoints meet errors that quote codes and tokens")
    for revision in REVISIONS:
        wire = Wire(stage.house.http, person.access, revision)
        for tool in ("search", "get_playback", "list_library"):
            assert "internal_error" in (await wire.call(tool, RIGHT.get(tool, {}))).body
        await wire.ask("resources/read", {"uri": "spotify://me"})
    stage.paths.add("tools and resources meet errors that quote tokens")
