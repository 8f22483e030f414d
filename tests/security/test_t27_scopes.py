"""T27: what a person did not give cannot be had by refreshing, nor for another resource

Real HTTP. The bar: a refresh that asks for more scopes than were given is `invalid_scope`, for another
resource `invalid_target`, and neither uses the token up; a refresh may ask for less, and later for all of it
again. The challenge of a 401 names every scope there is. (The 403 that an operator may choose for a missing
permission, and that it names all scopes needed, is in T21's file.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.authorization.house import Program, Tokens, tokens_for

if TYPE_CHECKING:
    from bench.figures import Figures
    from tests.security.served import ServedHouse

pytestmark = pytest.mark.anyio

GIVEN: Final = {"look": "read", "control": "read playback", "everything": "read playback edit"}
MORE: Final = (
    ("look", "read playback"),
    ("look", "read edit"),
    ("look", "playback"),
    ("look", "edit read playback"),
    ("control", "read playback edit"),
    ("control", "edit"),
    ("look", "READ"),
    ("look", "read openid"),
    ("look", "read offline_access"),
    ("look", "*"),
    ("look", "read,playback"),
    ("look", "user-modify-playback-state"),
    ("control", "admin"),
    ("everything", "read playback edit admin"),
)
LESS: Final = (
    ("everything", "read", "read"),
    ("everything", "edit read", "read edit"),
    ("everything", "playback", "playback"),
    ("control", "read", "read"),
    ("control", "read read", "read"),
    ("control", "  playback   read ", "read playback"),
    ("look", "read", "read"),
)
RESOURCES: Final = (
    "https://other.example/mcp",
    "https://127.0.0.1/mcp",
    "{base}",
    "{base}/other",
    "{base}/mcp/x",
    "{base}/mcp#x",
    "{base}/mcp/../mcp2",
    "mcp",
)


async def test_no_refresh_gives_more_than_the_person_gave(standing: ServedHouse, figures: Figures) -> None:
    program = await Program.registered(standing)
    held = {level: await tokens_for(standing, program, level=level) for level in GIVEN}
    let_through = []
    for level, asked in MORE:
        answer = await program.refresh(held[level].refresh, scope=asked)
        if (answer.status_code, answer.json().get("error")) != (400, "invalid_scope"):
            let_through.append((level, asked, answer.text))
    assert let_through == []
    figures.count("upgrades let through", len(let_through), "== 0")
    figures.count("upgrades tried", len(MORE), ">= 14")
    for level, tokens in held.items():
        assert Tokens.of(await program.refresh(tokens.refresh)).scope == GIVEN[level]


@pytest.mark.parametrize(("level", "asked", "got"), LESS)
async def test_a_refresh_may_ask_for_less_and_for_all_of_it_again(
    standing: ServedHouse, level: str, asked: str, got: str
) -> None:
    program = await Program.registered(standing)
    tokens = await tokens_for(standing, program, level=level)
    less = Tokens.of(await program.refresh(tokens.refresh, scope=asked))
    assert less.scope == got
    seen = await standing.provider.load_access_token(less.access)
    assert seen is not None
    assert " ".join(seen.scopes) == got
    assert Tokens.of(await program.refresh(less.refresh)).scope == GIVEN[level]


async def test_no_token_changes_its_audience(standing: ServedHouse, figures: Figures) -> None:
    program = await Program.registered(standing)
    tokens = await tokens_for(standing, program)
    let_through = []
    for resource in RESOURCES:
        changed = resource.format(base=standing.base)
        answer = await program.refresh(tokens.refresh, resource=changed)
        at_start = await program.http.get(program.authorize_url(resource=changed))
        errors = (answer.json().get("error"), "invalid_target" in at_start.headers.get("location", ""))
        if errors != ("invalid_target", True):
            let_through.append((resource, errors))
    assert let_through == []
    figures.count("foreign resources let through, at the start and at refresh", len(let_through), "== 0")
    figures.count("foreign resources tried", len(RESOURCES), ">= 8")
    for ours in (f"{standing.base}/mcp", f"{standing.base}/mcp/", f"{standing.base}/mcp?hosted=1"):
        tokens = Tokens.of(await program.refresh(tokens.refresh, resource=ours))
        seen = await standing.provider.load_access_token(tokens.access)
        assert seen is not None
        assert seen.resource == f"{standing.base}/mcp"


async def test_a_code_gives_what_the_person_chose_whatever_the_client_asks_at_the_token_endpoint(
    standing: ServedHouse,
) -> None:
    program = await Program.registered(standing)
    tokens = await tokens_for(standing, program, level="look", scope="read playback edit")
    assert tokens.scope == "read"


async def test_the_challenge_names_every_scope_and_where_to_ask(standing: ServedHouse) -> None:
    challenge = (await (await Program.registered(standing)).whoami(None)).headers["www-authenticate"]
    assert re.search(r'scope="([^"]+)"', challenge)[1] == "read playback edit"  # type: ignore[index]
    where = re.search(r'resource_metadata="([^"]+)"', challenge)
    assert where is not None
    said = (await standing.browser().get(where[1])).json()
    assert said["resource"] == f"{standing.base}/mcp"
    assert said["authorization_servers"] == [standing.base]
    assert said["scopes_supported"] == ["read", "playback", "edit"]
