"""T21: every tool, with no token and at every level, in both revisions, does what it declares and no more

Real processes over HTTP. The bar: the matrix of what is let through, made by calling, equals the declared
one; a call that is not let through asks nothing of Spotify. Also here: how a client that lacks a permission
comes to it, with the very token it has, and the challenge an operator may choose instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import anyio
import pytest

from auxcord.authorization.verification import FRESH_SECONDS
from auxcord.caller import LEVELS, Permission
from auxcord.tools import TOOLSETS
from tests.people import enrol, follow
from tests.replicas import PUBLIC_URL, at, replicas
from tests.revisions import LEGACY, MODERN, REVISIONS, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.figures import Figures
    from tests.people import Person
    from tests.processes import Program
    from tests.replicas import Replicas
    from tests.revisions import Reply

pytestmark = [pytest.mark.anyio, pytest.mark.server]

SPECS: Final = [spec for toolset in TOOLSETS for spec in toolset]
CLIENTS: Final = (None, *LEVELS)
"""No token, and the levels."""
DENIED: Final = {
    Permission.READ: {None},
    Permission.PLAYBACK: {None, "look"},
    Permission.EDIT: {None, "look", "control"},
}


@pytest.fixture(scope="module")
async def house(anyio_backend: str) -> AsyncIterator[Replicas]:
    async with replicas(1) as house:
        yield house


@pytest.fixture(scope="module")
async def challenging(house: Replicas) -> Program:
    """A replica that challenges."""
    return await house.add(AUXCORD_INSUFFICIENT_SCOPE="challenge")


@pytest.fixture(scope="module")
async def people(house: Replicas) -> dict[str, Person]:
    """Somebody at every level."""
    found = {}
    for level in LEVELS:
        (found[level],) = await enrol(house, 1, level=level)
    return found


def verdict(reply: Reply) -> str:
    """Say whether a call was let through to its tool."""
    if reply.status == 401:
        assert "resource_metadata=" in reply.headers["www-authenticate"]
        return "denied"
    assert reply.status == 200, reply.body
    return "denied" if "[not_permitted]" in reply.text else "let through"


@pytest.mark.parametrize("revision", REVISIONS)
async def test_the_matrix_of_what_is_let_through_is_the_declared_one(
    house: Replicas, people: dict[str, Person], revision: str, figures: Figures
) -> None:
    made, leaked = {}, 0
    for level in CLIENTS:
        token = None if level is None else people[level].access
        wire = Wire(house.http, token, revision)
        for spec in SPECS:
            await house.simulator.forget_requests()
            made[spec.name, level] = verdict(await wire.call(spec.name, extensions=at(house.all[0])))
            leaked += made[spec.name, level] == "denied" and bool(await house.simulator.requests())
    declared = {
        (spec.name, level): "denied" if level in DENIED[spec.needs] else "let through"
        for spec in SPECS
        for level in CLIENTS
    }
    figures.count(f"cells of the matrix, {revision}", len(made), f">= {4 * len(SPECS)}")
    wrong = {cell for cell in declared if made[cell] != declared[cell]}
    figures.count(f"cells that differ from what is declared, {revision}", len(wrong), "== 0")
    figures.count(f"denied calls that reached Spotify, {revision}", leaked, "== 0")


async def test_a_tool_that_changes_something_asks_for_more_than_looking() -> None:
    free = {spec.name for spec in SPECS if not spec.read_only and spec.needs is Permission.READ}
    assert free == {"connect_account", "disconnect_account"}, "the person themselves decides these"


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("scope", ["playback", "edit", "read"])
async def test_a_token_that_was_narrowed_reads_no_resource_and_is_offered_no_names(
    house: Replicas, revision: str, scope: str
) -> None:
    """Every level holds the permission to read, but a client may ask for less when it refreshes."""
    (ada,) = await enrol(house, ["ada"])
    form = {"grant_type": "refresh_token", "refresh_token": ada.refresh, "client_id": ada.client_id}
    narrowed = (await house.http.post("/token", data={**form, "scope": scope})).json()
    assert narrowed["scope"] == scope
    wire, here = Wire(house.http, narrowed["access_token"], revision), at(house.all[0])
    if revision == LEGACY:
        await wire.open(extensions=here)
    for uri in ("spotify://me", "spotify://playlists", "spotify://playback"):
        named = {"Mcp-Name": uri} if revision == MODERN else None
        reply = await wire.ask("resources/read", {"uri": uri}, headers=named, extensions=here)
        assert ("[not_permitted]" in reply.body, "contents" in reply.result) == (
            scope != "read",
            scope == "read",
        )
    asked = {
        "ref": {"type": "ref/resource", "uri": "spotify://playlist/{id}"},
        "argument": {"name": "id", "value": ""},
    }
    offered = await wire.ask("completion/complete", asked, extensions=here)
    assert bool(offered.result["completion"]["values"]) is (scope == "read"), offered.body


# --- How a client comes to what it lacks --------------------------------------------------------------------


@pytest.mark.parametrize("revision", REVISIONS)
async def test_the_link_in_the_refusal_lets_the_same_token_do_more(house: Replicas, revision: str) -> None:
    (ada,) = await enrol(house, ["ada"], level="look")
    wire = Wire(house.http, ada.access, revision)
    refused = await wire.call("create_playlist", {"name": "Later"}, extensions=at(house.all[0]))
    assert refused.status == 200
    assert "create_playlist needs the permission 'edit'; this client was given: read." in refused.text
    found = re.search(rf"Sign-in link: ({PUBLIC_URL}/renew\?grant=\w+) \[not_permitted\]", refused.text)
    assert found is not None
    assert "All set" in await follow(house, found[1], "ada", level="everything")
    await anyio.sleep(FRESH_SECONDS)  # so long may another replica go by what it knew
    made = await wire.call("create_playlist", {"name": "Later"}, extensions=at(house.all[0]))
    assert not made.is_error, made.body
    told = await wire.call("get_account", extensions=at(house.all[0]))
    assert "this client may: read, playback, edit" in told.text


@pytest.mark.parametrize("revision", REVISIONS)
async def test_connect_account_leads_the_person_to_the_same_page(house: Replicas, revision: str) -> None:
    (bram,) = await enrol(house, ["bram"], level="look")
    wire = Wire(house.http, bram.access, revision)
    offered = await wire.call("connect_account", extensions=at(house.all[0]))
    found = re.search(rf"{PUBLIC_URL}/renew\?grant=\w+", offered.text)
    assert found is not None
    assert "All set" in await follow(house, found[0], "bram", level="everything")
    await anyio.sleep(FRESH_SECONDS)
    told = await wire.call("connect_account", extensions=at(house.all[0]))
    assert told.text.startswith("Nothing to do: the Spotify account Bram ")
    assert told.text.endswith("this client may: read, playback, edit.")


@pytest.mark.parametrize("level", ["look", "control"])
async def test_an_operator_may_have_it_challenged_instead(
    house: Replicas, challenging: Program, people: dict[str, Person], level: str
) -> None:
    wire = Wire(house.http, people[level].access, MODERN)
    for spec in SPECS:
        reply = await wire.call(spec.name, extensions=at(challenging))
        if spec.needs in LEVELS[level]:
            assert reply.status == 200
            continue
        assert reply.status == 403
        challenge = reply.headers["www-authenticate"]
        needed = [name.value for name in Permission if name in LEVELS[level] | {spec.needs}]
        assert challenge.startswith('Bearer error="insufficient_scope", ')
        assert f'scope="{" ".join(needed)}"' in challenge
        assert f'resource_metadata="{PUBLIC_URL}/.well-known/oauth-protected-resource/mcp"' in challenge


async def test_a_name_written_in_base64_is_challenged_as_well(
    house: Replicas, challenging: Program, people: dict[str, Person]
) -> None:
    wire = Wire(house.http, people["look"].access, MODERN)
    coded = {"Mcp-Name": "=?base64?cGF1c2U=?="}
    reply = await wire.call("pause", headers=coded, extensions=at(challenging))
    assert reply.status == 403


async def test_a_name_that_lies_in_its_header_is_let_through_to_nothing(
    house: Replicas, challenging: Program, people: dict[str, Person]
) -> None:
    wire = Wire(house.http, people["look"].access, MODERN)
    reply = await wire.call("pause", headers={"Mcp-Name": "get_account"}, extensions=at(challenging))
    assert (reply.status, reply.code) == (400, -32020)


@pytest.mark.parametrize("revision", [LEGACY])
async def test_clients_of_the_older_revision_are_never_challenged(
    house: Replicas, challenging: Program, people: dict[str, Person], revision: str
) -> None:
    """Their headers are not held against the body, and some of them hang."""
    wire = Wire(house.http, people["look"].access, revision)
    lies = {"Mcp-Method": "tools/list", "Mcp-Name": "get_account"}
    for headers in ({}, lies, {"Mcp-Method": "tools/call", "Mcp-Name": "pause"}):
        reply = await wire.call("pause", headers=headers, extensions=at(challenging))
        assert reply.status == 200
        assert "[not_permitted]" in reply.text
