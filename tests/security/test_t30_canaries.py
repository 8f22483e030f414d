"""T30: in nothing that a server tells is there a secret: the canary run

Secrets that occur once are everywhere: in the environment, in people's browsers and programs, at Spotify,
in the store. Every way through the pages, endpoints, tools and commands is gone, the wrong ones and those
that crash among them, with all that can be logged, measured and traced switched on. Each answer, log, metric,
trace, audit line, command's output, crash and `repr` is then searched for the beginning and the end of every
secret, in plain, base64, hex, URL form and others. The one place where a secret is handed to its owner is in
`ALLOWED`; a place there that nothing needs is an error, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.security.canaries import alone, calls, commands, endings, harm, insides, pages
from tests.security.canaries.fumbling import fumbling
from tests.security.canaries.ledger import (
    ALLOWED,
    COOKIE,
    KINDS,
    MCP_ACCESS,
    MCP_CODE,
    MCP_REFRESH,
    SPOTIFY_ACCESS,
    SPOTIFY_CODE,
    TICKET,
    Ledger,
)
from tests.security.canaries.search import forms
from tests.security.canaries.stage import add_servers, staged

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Figures

pytestmark = pytest.mark.anyio

TEXTS = (
    "audit lines", "command output", "crash text", "logs", "metrics", "reprs", "responses", "tool results",
    "traces",
)  # fmt: skip
SECRET = "not-a-secret-but-alone-of-its-kind"


@pytest.mark.server
@pytest.mark.timeout(300)
async def test_no_secret_is_in_anything_that_is_told(tmp_path: Path, figures: Figures) -> None:
    async with staged(tmp_path) as stage:
        await add_servers(stage)
        for server in stage.house.all:
            stage.only(server)
            await pages.drive(stage)
            await calls.drive(stage)
            await harm.drive(stage, server)
        stage.only(None)
        await commands.drive(stage)
        await alone.drive(stage)
        await stage.hear_metrics()
        await endings.drive(stage)
        stage.upstream.note_tokens()
        stage.hear_logs()
    inside = await insides.drive(stage.ledger, tmp_path)
    verdict = stage.ledger.judge()
    for hit in sorted(verdict.hits):
        print(hit)  # noqa: T201 - so that a red run says what was found, and where
    figures.count("kinds of secrets", len(verdict.secrets), f"== {len(KINDS)}")
    figures.measure("secrets looked for", sum(verdict.secrets.values()), ">= 1000")
    figures.measure("byte strings looked for: beginnings and ends in each form", verdict.needles, ">= 20000")
    figures.count(
        "paths driven: ways to sign in, tools, messages, faults, commands", len(stage.paths), ">= 250"
    )
    figures.measure("things inside a used server that were written down", inside, ">= 100")
    for kind in TEXTS:
        figures.measure(f"bytes searched: {kind}", verdict.sizes.pop(kind), "> 1000")
    assert verdict.sizes == {}
    figures.measure("bytes searched", sum(len(text.content) for text in stage.ledger.texts), ">= 2000000")
    figures.count("secrets found anywhere but where they are handed out", len(verdict.hits), "== 0")
    figures.count("answers that hand out a secret to its owner", sum(map(len, ALLOWED.values())))
    assert verdict.unused == set(), "places where a secret was allowed, and is not"


@pytest.mark.server
async def test_a_server_that_tells_is_found_out(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        well = await stage.house.add()
        clumsy = await stage.house.add(fresh=True, **fumbling("serving, telling"))
        await endings.fail(stage, clumsy, well)
        stage.upstream.note_tokens()
        stage.hear_logs()
    hits = stage.ledger.judge().hits
    assert {hit.place for hit in hits} == {"log of replica-1"}
    assert {hit.kind for hit in hits} >= {SPOTIFY_CODE, SPOTIFY_ACCESS, MCP_CODE, MCP_REFRESH, COOKIE, TICKET}


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_is_found_in_every_form_wherever_it_has_no_business(kind: str) -> None:
    for form in forms(SECRET):
        ledger = Ledger()
        ledger.note(kind, SECRET)
        for place in ("log of serve", "POST /token: other headers", "/metrics", *ALLOWED.get(kind, ())):
            ledger.hear("responses", place, b"before " + form + b" after")
        verdict = ledger.judge()
        assert {hit.place for hit in verdict.hits} == {
            "log of serve",
            "POST /token: other headers",
            "/metrics",
        }, form


def test_where_a_secret_may_be_it_has_to_be() -> None:
    ledger = Ledger()
    ledger.note(MCP_ACCESS, SECRET)
    ledger.hear("responses", "POST /token: body", b"nothing of the sort")
    assert (MCP_ACCESS, "POST /token: body") in ledger.judge().unused
    ledger.hear("responses", "POST /token: body", SECRET)
    assert (MCP_ACCESS, "POST /token: body") not in ledger.judge().unused
