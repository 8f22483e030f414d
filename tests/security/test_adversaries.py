"""A malicious client and a malicious user get nowhere with two honest people, before four processes

Real processes on one store, real HTTP. Each adversary is a program (`adversaries/`) that tries everything it
can think of while the honest people go on calling. The bar: nothing succeeds, every attempt is refused in the
very form expected of it, every kind of refused request has a legitimate twin that works, no honest call
fails, what happened is in the audit trail, and nothing of an honest person's is in what an adversary got.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from auxcord.audit import Event
from auxcord.audit.reading import lines
from tests.replicas import at
from tests.revisions import Wire
from tests.security.adversaries import malicious_client, malicious_user
from tests.security.adversaries.attempts import Adversary, Verdict, page, says, tool
from tests.security.adversaries.client import MaliciousClient
from tests.security.adversaries.stage import secrets_of, staged
from tests.security.adversaries.user import MaliciousUser
from tests.security.several import PROCESSES
from tests.security.traces import spellings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from bench.figures import Figures
    from tests.security.adversaries.stage import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.server, pytest.mark.timeout(300)]

HONEST_CALLS = 3
"""Calls of each honest person while one attack goes on."""


@pytest.fixture(scope="module")
async def stage(anyio_backend: str) -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


async def go_on(stage: Stage) -> None:
    for _ in range(HONEST_CALLS):
        await asyncio.gather(*(honest.go_on() for honest in stage.honest))


async def let_loose(me: Any, attacks: Sequence[Callable[[Any], Awaitable[None]]], stage: Stage) -> None:
    """Let an adversary try everything, while the honest people go on."""
    for attack in attacks:
        me.attack = attack.__name__
        tried, heard = len(me.tried), len(me.statuses)
        await asyncio.gather(attack(me), go_on(stage))
        assert len(me.tried) > tried, f"{me.attack} tried nothing"
        assert len(me.statuses) > heard, f"{me.attack} reached nobody"
        assert me.attack in me.controls, f"nothing shows that what {me.attack} sends is well formed"


def found_in(received: Sequence[bytes], secrets: dict[str, str]) -> list[str]:
    """Which secrets stand in what was received, in any spelling."""
    everything = b"\n".join(received)
    return [name for name, secret in secrets.items() if any(form in everything for form in spellings(secret))]


async def told(stage: Stage) -> Counter[tuple[str, str | None]]:
    """How often the audit trail tells what of whom."""
    return Counter([(line.event, line.user_id) async for line in lines(stage.server.grants.store)])


async def works_anywhere(stage: Stage, token: str) -> bool:
    """Whether any process takes a token."""
    asked = [Wire(stage.house.http, token).call("get_account", extensions=at(one)) for one in stage.house.all]
    return any(reply.status != 401 for reply in await asyncio.gather(*asked))


async def judge(
    me: Adversary, stage: Stage, figures: Figures, *, who: str, least: int, calls_before: int
) -> None:
    """Hold everything that happened against the bar."""
    for tried in me.tried:
        if tried.verdict is not Verdict.REFUSED:
            print(tried)  # noqa: T201 - so that a red run says what got through
    print({attack for attack, works in me.controls.items() if not works})  # noqa: T201 - as above
    failed = [problem for honest in stage.honest for problem in honest.failed]
    leaked = found_in(me.received, await secrets_of(stage))
    alive = [token for token in stage.dead if await works_anywhere(stage, token)]
    figures.count(f"attacks of the malicious {who}", len(me.tried), f">= {least}")
    figures.count(f"of the malicious {who}'s attacks, successes", len(me.verdicts(Verdict.SUCCEEDED)), "== 0")
    figures.count(f"of them, refused in no form expected ({who})", len(me.verdicts(Verdict.ASTRAY)), "== 0")
    figures.count(f"kinds of attack, each with a legitimate twin ({who})", len(me.controls), ">= 15")
    figures.count(f"legitimate twins that failed ({who})", sum(not ok for ok in me.controls.values()), "== 0")
    figures.count(f"answers of no HTTP server, or of a broken one ({who})", broken(me.statuses), "== 0")
    figures.measure(f"bytes the malicious {who} received", sum(map(len, me.received)), ">= 100000")
    figures.count(f"secrets of honest people in them ({who})", len(leaked), "== 0")
    figures.count(f"tokens that outlived what was to end them ({who})", len(alive), "== 0")
    calls = stage.calls - calls_before
    figures.count(f"calls of honest people meanwhile ({who})", calls, ">= 100")
    assert failed == []
    figures.count(f"of these, failed, or with somebody else's mark ({who})", len(failed), "== 0")
    assert [await honest.is_well() for honest in stage.honest] == [True, True]


def broken(statuses: Sequence[int]) -> int:
    """How many answers were none, or crashes; 502 is our page about Spotify's refusal."""
    return sum(status == 0 or (status >= 500 and status not in {502, 503}) for status in statuses)


async def test_the_malicious_client_gets_nowhere(stage: Stage, figures: Figures) -> None:
    me = await MaliciousClient.of(stage)
    before, calls = await told(stage), stage.calls
    await let_loose(me, malicious_client.ATTACKS, stage)
    await judge(me, stage, figures, who="client", least=600, calls_before=calls)
    new = await told(stage) - before
    ada, mallory = stage.ada.person.user_id, stage.mallory.user_id
    assert new[Event.CODE_REPLAYED, mallory] == 2
    assert new[Event.TOKEN_REUSED, ada] == 1
    assert new[Event.ACCESS_REVOKED, ada] == 1, "nothing of hers ended but what was stolen"
    assert new[Event.PERMISSION_DENIED, mallory]
    assert new[Event.CONSENT_DENIED, None]
    assert new[Event.LIMIT_HIT, None]
    assert not [event for event, user in new if user == stage.bo.person.user_id]
    figures.count("processes that shared the store", PROCESSES, ">= 4")


async def test_the_malicious_user_gets_nowhere(stage: Stage, figures: Figures) -> None:
    me = await MaliciousUser.of(stage)
    before, calls = await told(stage), stage.calls
    await let_loose(me, malicious_user.ATTACKS, stage)
    await judge(me, stage, figures, who="user", least=300, calls_before=calls)
    new = await told(stage) - before
    mallory = stage.mallory.user_id
    assert new[Event.DATA_DOWNLOADED, mallory] >= 2
    assert new[Event.ACCESS_REVOKED, mallory]
    assert new[Event.LINK_RENEWED, mallory]
    assert new[Event.ERASED, None] + sum(new[event] for event in new if event[0] == Event.ERASED) >= 2
    harmful = {Event.ERASED, Event.ACCESS_REVOKED, Event.LINK_LOST, Event.LINK_RENEWED, Event.CONSENT_CHANGED}
    theirs = {honest.person.user_id for honest in stage.honest}
    assert not [event for event, user in new if user in theirs and event in harmful]
    assert not [event for event, user in new if user in theirs and event == Event.DATA_DOWNLOADED]


async def test_what_was_looked_for_would_have_been_found(stage: Stage) -> None:
    """The search, the verdicts and the look after the honest people, each shown something to find."""
    secrets = await secrets_of(stage)
    for honest in stage.honest:
        page_of_theirs = (await honest.browser.get("/account")).content
        answer = (await honest.person.call("list_library", {"kind": "playlists"})).text.encode()
        found = found_in([page_of_theirs, answer], secrets)
        assert len(found) >= (2 if honest is stage.bo else 1), found
    for name, secret in secrets.items():
        for form in spellings(secret):
            assert found_in([b"before " + form + b" after"], {name: secret}) == [name]
    me = Adversary(stage, attack="nothing")
    reply = await Wire(me.browser(), stage.mallory.access).call("get_account")
    me.expect("an answer that is no refusal", reply, tool("not_permitted"))
    me.expect("another refusal than expected", await me.browser().get("/account/nowhere"), page("forged"))
    me.expect("the expected answer", reply, says("account: Mallory"))
    me.harmless("what no longer holds", holds=False)
    wanted = [Verdict.SUCCEEDED, Verdict.ASTRAY, Verdict.REFUSED, Verdict.SUCCEEDED]
    assert [tried.verdict for tried in me.tried] == wanted
    assert await works_anywhere(stage, stage.mallory.access)
    assert await stage.bo.is_well()
    stage.bo.tracks = stage.tracks[::-1]
    assert not await stage.bo.is_well(), "another order than they left it in"
    stage.bo.tracks = stage.tracks
    assert await stage.bo.is_well()
