"""T29: each security event is told once, in order, with who, which client and which request, and no secret.

Pass: what happens from the first sign-in to the erasure is in the trail once and in its order; tokens,
codes, verifiers, states, cookies and names of music are nowhere in it; what servers log of it and what
`auxcord audit export` prints are the same lines; `auxcord audit verify` accepts the trail, and names a line
that was changed.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from auxcord.accounts.links import KIND
from auxcord.audit import Event
from auxcord.audit.reading import lines
from auxcord.audit.verification import verify
from auxcord.errors import NotLinkedError, ReauthorizationRequiredError, VaultCorruptError
from auxcord.store.schema import users
from tests.authorization.account import press, visit
from tests.authorization.house import (
    House,
    Program,
    Tokens,
    agree,
    answer_consent,
    code_for,
    fields_of,
    open_consent,
    open_house,
    tokens_for,
)
from tests.cli.programs import ended
from tests.people import sign_in
from tests.replicas import PUBLIC_URL, replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = pytest.mark.anyio

SIGNED_IN = [Event.SIGNED_IN, Event.CONSENT_GIVEN]
FIRST = [Event.LINK_MADE, *SIGNED_IN, Event.TOKEN_ISSUED]
AGAIN = [Event.LINK_RENEWED, *SIGNED_IN, Event.TOKEN_ISSUED]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


class Reader:
    """Reads the trail on from where it was."""

    def __init__(self, house: House) -> None:
        self.house, self.after = house, 0

    async def new(self) -> list[str]:
        found = [line async for line in lines(self.house.store, after=self.after)]
        self.after = found[-1].seq if found else self.after
        return [line.event for line in found]


async def test_everything_that_happens_to_an_account_is_told_once_and_in_order(house: House) -> None:
    trail = Reader(house)
    program = await Program.registered(house)
    assert await trail.new() == [Event.CLIENT_REGISTERED]

    tokens = await tokens_for(house, program, level="look")
    assert await trail.new() == FIRST
    assert (await program.whoami(tokens.access)).status_code == 200
    assert await trail.new() == []  # reading is not told

    newer = Tokens.of(await program.refresh(tokens.refresh))
    assert await trail.new() == [Event.TOKEN_REFRESHED]
    assert Tokens.of(await program.refresh(tokens.refresh)).refresh == newer.refresh
    assert await trail.new() == []  # the same answer again, within the grace

    await program.refresh(newer.refresh)
    assert (await program.refresh(tokens.refresh)).status_code == 400
    assert (await program.refresh(tokens.refresh)).status_code == 400
    assert await trail.new() == [Event.TOKEN_REFRESHED, Event.TOKEN_REUSED, Event.ACCESS_REVOKED]

    page = await open_consent(browser := house.browser(), program.authorize_url())
    await answer_consent(browser, page, decision="deny")
    assert await trail.new() == [Event.CONSENT_DENIED]

    code = await code_for(house, program)
    Tokens.of(await program.redeem(code))
    assert await trail.new() == AGAIN
    for _ in range(3):
        assert (await program.redeem(code)).status_code == 400
    assert await trail.new() == [Event.CODE_REPLAYED, Event.ACCESS_REVOKED]

    tokens = await tokens_for(house, program)
    await program.revoke(tokens.refresh)
    await program.revoke(tokens.refresh)
    assert await trail.new() == [*AGAIN, Event.ACCESS_REVOKED]


async def test_widening_losing_renewing_and_erasing_are_told(house: House) -> None:
    program = await Program.registered(house)
    tokens = await tokens_for(house, program, level="look")
    ada = (await house.store.fetch(users.select()))[0].user_id
    trail = Reader(house)
    await trail.new()

    seen = await house.provider.load_access_token(tokens.access)
    assert seen is not None
    await agree(house, house.browser(), house.provider.sign_in_url(seen.token))
    assert await trail.new() == [Event.LINK_RENEWED, Event.SIGNED_IN, Event.CONSENT_CHANGED]

    browser = house.browser()
    await visit(house, browser)
    assert await trail.new() == [Event.SIGNED_IN]
    await press(browser, "data")
    await press(browser, "remove", client=program.client_id)
    assert await trail.new() == [Event.DATA_DOWNLOADED, Event.ACCESS_REVOKED]

    await house.spotify_answers("/api/token", 400, {"error": "invalid_grant"})
    with pytest.raises(ReauthorizationRequiredError):
        await house.accounts.access_token(ada, refused=await _aged(house, ada))
    assert await trail.new() == [Event.LINK_LOST]

    record = await house.vault.get(ada, KIND)
    assert record is not None
    await house.store.transact(
        lambda connection: connection.exec_driver_sql("UPDATE records SET sealed = X'00'").close()
    )
    for _ in range(3):
        with pytest.raises(VaultCorruptError):
            await house.accounts.describe(ada)
    assert await trail.new() == [Event.RECORD_CORRUPT]

    form = fields_of(await browser.get("/account/erase"))
    erased = await browser.post("/account/erase", data=form, headers={"Origin": house.base})
    assert erased.status_code == 200
    assert await trail.new() == [Event.ERASED]
    with pytest.raises(NotLinkedError):
        await house.accounts.describe(ada)
    assert (await verify(house.store, house.accounts.trail.key)).fault is None


async def _aged(house: House, user_id: str) -> str:
    """Return the person's access token once it has been there for a while, so that a refusal is believed."""
    token = await house.accounts.access_token(user_id)
    house.clock.advance(120)
    return token


async def test_limits_are_told_once_a_minute_however_often_they_are_met(house: House) -> None:
    document = {"client_name": "Test program", "redirect_uris": ["http://127.0.0.1/cb"]}
    http = house.browser()
    statuses = [(await http.post("/register", json=document)).status_code for _ in range(50)]
    assert statuses.count(429) > 10
    told = [line.details async for line in lines(house.store) if line.event == Event.LIMIT_HIT]
    assert [details.facts for details in told if details] == [{"limit": "registrations from one address"}]


async def test_a_data_key_made_anew_is_told(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await tokens_for(house, await Program.registered(house))
        ada = (await house.store.fetch(users.select()))[0].user_id
        house.vault._rekeying._max_age = 60.0
        house.clock.advance(3600)
        trail = Reader(house)
        await trail.new()
        await house.accounts.access_token(ada)
        assert await trail.new() == [Event.DATA_KEY_ROTATED]


async def test_no_secret_and_no_odd_sign_gets_into_the_trail_or_its_log(house: House) -> None:
    name = "Evil\nuser:data:erase \x1b[31m\u202e aux_at_test-not-real"
    with capture_logs() as logged:
        program = await Program.registered(house, client_name=name[:90])
        code = await code_for(house, program)
        tokens = Tokens.of(await program.redeem(code))
        browser = house.browser()
        await visit(house, browser)
    found = [line async for line in lines(house.store)]
    written = "\n".join(f"{line.event} {line.content}" for line in found) + repr(logged)
    ada = (await house.store.fetch(users.select()))[0].user_id
    secrets = [code, tokens.access, tokens.refresh, program.verifier, *browser.cookies.values()]
    secrets += [await house.accounts.access_token(ada), "ada@", "the-state"]
    assert [secret for secret in secrets if secret in written] == []
    assert all(line.content and line.content.isprintable() for line in found)


# --- Real servers -------------------------------------------------------------------------------------------


async def calls(person: Person, tool: str, times: int, **arguments: Any) -> list[str]:
    return [(await person.call(tool, arguments)).text for _ in range(times)]


@pytest.mark.server
async def test_two_servers_tell_one_trail_that_verifies_and_is_exported_as_logged(figures: Figures) -> None:
    async with replicas(2) as house:
        ada = await sign_in(house, "ada", level="look")
        target = {"playlist": "spotify:playlist:" + "0" * 22, "uris": ["spotify:track:" + "1" * 22]}
        for text in await calls(ada, "remove_from_playlist", 6, **target):
            assert "not_permitted" in text
        bram = await sign_in(house, "bram", client_id=ada.client_id)
        await calls(bram, "remove_from_playlist", 2, **target)
        assert all(f"{PUBLIC_URL}/account" in text for text in await calls(bram, "get_account", 5))
        exported = await _exported(house)
        events = [line["event"] for line in exported]
        destructive = [line for line in exported if line["event"] == Event.DESTRUCTIVE_TOOL]
        figures.count("calls of a destructive tool, each told once", len(destructive), "== 2")
        assert {line["tool"] for line in destructive} == {"remove_from_playlist"}
        assert all(line["client"] == ada.client_id and line["user"] for line in destructive)
        assert len({line["request_id"] for line in destructive}) == 2
        assert 1 <= events.count(Event.PERMISSION_DENIED) <= 2  # one for each server
        assert events.count(Event.CLIENT_REGISTERED) == 1
        assert events.count(Event.LINK_MADE) == events.count(Event.TOKEN_ISSUED) == 2
        assert "0" * 22 not in json.dumps(exported)
        logged = {line["hash"]: line for line in _logged(house)}
        assert set(logged) == {line["hash"] for line in exported}
        assert all(logged[line["hash"]]["event"] == line["event"] for line in exported)
        await _verified(house, len(exported))


async def _exported(house: Replicas) -> list[dict[str, Any]]:
    status, out, err = await ended(house.environment, "audit", "export")
    assert (status, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


def _logged(house: Replicas) -> list[dict[str, Any]]:
    """What the servers have logged of the trail: each line a JSON object of its own."""
    return [json.loads(line) for line in house.logs().splitlines() if '"hash"' in line]


async def _verified(house: Replicas, count: int) -> None:
    status, out, _ = await ended(house.environment, "audit", "verify")
    assert status == 0
    assert f"{count} lines, 1 to {count}" in out
    anchor = out.splitlines()[-1].removeprefix("Anchor: ")
    status, _, err = await ended(house.environment, "audit", "verify", "--anchor", anchor)
    assert (status, err) == (0, "")
    database = sqlite3.connect(house.database, isolation_level=None)
    database.execute("UPDATE audit SET event = 'user:sign-in:complete' WHERE seq = 4")
    database.close()
    status, _, err = await ended(house.environment, "audit", "verify")
    assert status == 1
    assert "Line 4 of the audit trail: it was altered." in err
    status, _, err = await ended(house.environment, "audit", "verify", "--anchor", "nonsense")
    assert status == 1
    assert "An anchor is" in err
