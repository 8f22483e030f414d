"""Whoever presents something unknown costs the database what something wrong costs: the same statements."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from auxcord.authorization.tokens import Kind, new_secret, new_token
from tests.authorization.house import Program, code_for, query_of, tokens_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from tests.authorization.house import House, Tokens

pytestmark = pytest.mark.anyio

DAY = 24 * 3600.0


@contextlib.contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """Everything that is asked of the database meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    opened = house.store._opened
    engines = (opened.inline, opened.batches._engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


async def work(house: House, *attempts: Callable[[], Awaitable[object]]) -> set[tuple[str, ...]]:
    """Try things that all must lead to nothing; returns the different lists of statements they cost."""
    costs = set()
    for attempt in attempts:
        with statements(house) as asked:
            assert not await attempt()
        costs.add(tuple(asked))
    return costs


async def test_an_access_token_unknown_expired_or_revoked(
    house: House, program: Program, tokens: Tokens
) -> None:
    verify = house.provider.parts.verification.verify
    revoked = await tokens_for(house, program, person="bram")
    await program.revoke(revoked.access)
    house.clock.advance(2 * 3600)
    costs = await work(
        house,
        lambda: verify(new_token(Kind.ACCESS)),
        lambda: verify(tokens.access),
        lambda: verify(revoked.access),
    )
    assert len(costs) == 1
    assert len(costs.pop()) == 1


async def test_a_refresh_token_unknown_expired_or_another_programs(
    house: House, program: Program, tokens: Tokens
) -> None:
    other = await Program.registered(house)
    theirs = await tokens_for(house, other, person="bram")
    find = house.provider.parts.rotation.find
    costs = await work(
        house,
        lambda: find(program.client_id, new_token(Kind.REFRESH)),
        lambda: find(program.client_id, theirs.refresh),
        lambda: find("0" * 32, tokens.refresh),
    )
    house.clock.advance(400 * DAY)
    costs |= await work(house, lambda: find(program.client_id, tokens.refresh))
    assert len(costs) == 1
    assert len(costs.pop()) == 1


async def test_a_code_unknown_expired_or_another_programs(house: House, program: Program) -> None:
    other = await Program.registered(house)
    theirs = await code_for(house, other)
    mine = await code_for(house, program)
    find = house.provider.parts.codes.find
    costs = await work(
        house,
        lambda: find(program.client_id, new_secret()),
        lambda: find(program.client_id, theirs),
        lambda: find("0" * 32, mine),
    )
    house.clock.advance(3600)
    costs |= await work(house, lambda: find(program.client_id, mine))
    assert len(costs) == 1
    assert len(costs.pop()) == 1


async def test_a_sign_ins_ticket_unknown_or_expired(house: House, program: Program) -> None:
    answer = await house.browser().get(program.authorize_url())
    ticket = query_of(answer.headers["location"])["ticket"]
    find = house.provider.parts.consent_page._sign_ins.by_ticket
    house.clock.advance(3600)
    costs = await work(house, lambda: find(new_secret()), lambda: find(ticket))
    assert len(costs) == 1
    assert len(costs.pop()) == 1


async def test_an_account_unknown_or_of_another_issuer_and_a_record_of_nobody_or_not_there(
    house: House,
) -> None:
    """Who they are is told by Spotify and by verified tokens alone; nobody can try ids. All the same:"""
    ada = await house.vault.enrol("issuer", "ada")
    costs = await work(
        house, lambda: house.vault.find("issuer", "bram"), lambda: house.vault.find("another", "ada")
    )
    assert len(costs) == 1
    with statements(house) as asked:
        assert await house.vault.find("issuer", "ada") == ada
    assert {tuple(asked)} == costs
    costs = await work(house, lambda: house.vault.get("0" * 32, "link"), lambda: house.vault.get(ada, "link"))
    assert len(costs) == 1
    assert len(costs.pop()) == 1
