"""T19: what one person was handed opens nothing for another, and cannot be guessed (CVE-2026-52869)

A real process over HTTP. The bar: session ids, list cursors, words that confirm, states of questions and
sign-in links of Ada's, used by Bram or by another client of hers where they are a client's, and guesses at
them, get 404 or an error and have no side effect; Ada's go on working.
"""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.people import enrol, follow, sign_in
from tests.replicas import PUBLIC_URL, replicas
from tests.revisions import CAN_ASK, LEGACY, MODERN, Reply, Wire, agreed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.figures import Figures
    from tests.people import Person
    from tests.replicas import Replicas

pytestmark = [pytest.mark.anyio, pytest.mark.server]

ROWS = 30


class People(NamedTuple):
    ada: Person
    bram: Person
    other: Person
    """Ada again, with another client."""


@pytest.fixture(scope="module")
async def house(anyio_backend: str) -> AsyncIterator[Replicas]:
    async with replicas(1) as house:
        yield house


@pytest.fixture(scope="module")
async def people(house: Replicas) -> People:
    ada, bram = await enrol(house, ["ada", "bram"])
    (other,) = await enrol(house, ["ada"])
    assert ada.user_id == other.user_id != bram.user_id
    assert ada.client_id == bram.client_id != other.client_id
    return People(ada, bram, other)


def wire(person: Person, revision: str = MODERN, **options: Any) -> Wire:
    return Wire(person.house.http, person.access, revision, **options)


async def opened(person: Person) -> Wire:
    """A session of somebody's."""
    theirs = wire(person, LEGACY)
    assert (await theirs.open()).status == 200
    assert theirs.session
    return theirs


# --- Sessions -----------------------------------------------------------------------------------------------


def near(session: str) -> list[str]:
    """Ids that nobody was given, some close to one that somebody was."""
    changed = [
        session[:place] + ("0" if session[place] != "0" else "1") + session[place + 1 :]
        for place in range(len(session))
    ]
    random = [uuid.uuid4().hex for _ in range(100)] + [secrets.token_hex(8) for _ in range(20)]
    return [*changed, *random, session.upper(), session[:-1], f"{session}0", "0" * 32, "x", "../mcp", "*"]


async def use(session: Wire, method: str) -> int:
    """Use a session in one of the ways there are; the status."""
    if method == "POST":
        return (await session.ask("tools/list")).status
    headers = session.headers("-") | ({"Accept": "text/event-stream"} if method == "GET" else {})
    async with session.http.stream(method, "/mcp", headers=headers) as answer:
        return answer.status_code


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
async def test_a_session_is_its_persons_and_clients_own(
    people: People, method: str, figures: Figures
) -> None:
    session = await opened(people.ada)
    tried = {"Bram, same client": people.bram.access, "Ada, another client": people.other.access}
    got = [
        await use(Wire(session.http, token, LEGACY, session=session.session), method)
        for token in tried.values()
    ]
    figures.count(f"{method} with the session id of somebody else", len(got), "== 2")
    figures.count(f"of these, not answered with 404 ({method})", sum(status != 404 for status in got), "== 0")
    assert await use(Wire(session.http, None, LEGACY, session=session.session), method) == 401
    assert await use(session, "POST") == 200


async def test_guessed_sessions_do_not_exist(people: People, figures: Figures) -> None:
    session = await opened(people.ada)
    guesses = [guess for guess in near(session.session) if guess != session.session]
    found = 0
    for guess in guesses:
        for method in ("POST", "DELETE"):
            status = await use(Wire(session.http, people.ada.access, LEGACY, session=guess), method)
            found += status not in {400, 404}
    figures.count("guessed session ids, two ways each", 2 * len(guesses), ">= 250")
    figures.count("of these, ids that led anywhere", found, "== 0")
    assert await use(session, "POST") == 200


async def test_ids_of_sessions_are_all_different_and_long(people: People) -> None:
    ids = [(await opened(people.bram)).session for _ in range(20)]
    assert len(set(ids)) == len(ids)
    assert all(len(session) >= 32 for session in ids)


# --- Cursors ------------------------------------------------------------------------------------------------


async def listing(person: Person, **arguments: Any) -> Reply:
    return await wire(person).call("list_library", {"kind": "tracks", "limit": ROWS, **arguments})


def cursor_in(reply: Reply) -> str:
    assert "more: cursor=" in reply.text, reply.body
    return reply.text.rsplit("more: cursor=", 1)[1].strip()


async def test_a_cursor_is_its_persons_and_lists_own(people: People, figures: Figures) -> None:
    first = await listing(people.ada)
    cursor = cursor_in(first)
    elsewhere = [
        await listing(people.bram, cursor=cursor),
        await listing(people.ada, kind="albums", cursor=cursor),
        await wire(people.ada).call("search", {"query": "a", "cursor": cursor}),
    ]
    guesses = [cursor[:-6], cursor.swapcase(), "A" * len(cursor), secrets.token_urlsafe(90), "0", "50"]
    guesses += [
        cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        for place in range(0, len(cursor) - 3, 3)
    ]
    elsewhere += [await listing(people.ada, cursor=guess) for guess in guesses]
    figures.count("cursors that are foreign, of another list, altered or invented", len(elsewhere), ">= 30")
    taken = [reply for reply in elsewhere if "[invalid_input]" not in reply.text]
    figures.count("of these, cursors that were taken", len(taken), "== 0")
    second = await listing(people.ada, cursor=cursor)
    assert not second.is_error
    assert not set(rows(first)) & set(rows(second))


def rows(reply: Reply) -> list[str]:
    return [line for line in reply.text.splitlines() if line.count("|") and "spotify:" in line]


# --- Words and states that confirm --------------------------------------------------------------------------


async def is_there(person: Person) -> bool:
    return (await person.call("get_account")).works


def word_in(reply: Reply) -> str:
    assert "confirm=" in reply.text, reply.body
    return reply.text.partition("confirm=")[2].split()[0]


@pytest.mark.parametrize("revision", [MODERN, LEGACY])
async def test_a_word_that_confirms_is_its_persons_own(
    house: Replicas, people: People, revision: str, figures: Figures
) -> None:
    word = word_in(await wire(people.ada, revision).call("disconnect_account"))
    tried = [word[:-4], word.swapcase(), "A" * len(word), "yes", cursor_in(await listing(people.bram))]
    replies = [await wire(people.bram, revision).call("disconnect_account", {"confirm": word})]
    replies += [
        await wire(people.ada, revision).call("disconnect_account", {"confirm": guess}) for guess in tried
    ]
    counted = [reply for reply in replies if not reply.text.startswith("Nothing was done.")]
    figures.count(f"foreign and invented words given to disconnect_account, {revision}", len(replies), "== 6")
    figures.count(f"of these, words that erased somebody, {revision}", len(counted), "== 0")
    assert await is_there(people.ada)
    assert await is_there(people.bram)
    (chidi,) = await enrol(house, ["chidi"])
    own = word_in(await wire(chidi, revision).call("disconnect_account"))
    assert (await wire(chidi, revision).call("disconnect_account", {"confirm": own})).text.startswith(
        "erased: "
    )


async def test_what_seals_one_thing_opens_no_other(people: People) -> None:
    """A word is no state, a state no word, a cursor neither; all are Ada's own."""
    asking, silent = wire(people.ada, capabilities=CAN_ASK), wire(people.ada)
    state = (await asking.call("disconnect_account")).state
    word = word_in(await silent.call("disconnect_account"))
    cursor = cursor_in(await listing(people.ada))
    for handle in (state, cursor):
        reply = await silent.call("disconnect_account", {"confirm": handle})
        assert reply.text.startswith("Nothing was done.")
    for handle in (word, cursor):
        reply = await asking.call("disconnect_account", requestState=handle, inputResponses=agreed())
        assert reply.code == -32602
    for handle in (word, state):
        assert (await listing(people.ada, cursor=handle)).is_error
    assert await is_there(people.ada)


# --- Links --------------------------------------------------------------------------------------------------


async def test_a_sign_in_link_widens_nothing_for_somebody_else(house: Replicas) -> None:
    """The link names a grant and is no secret: whoever opens it has to be the same person at Spotify."""
    dorothea = await sign_in(house, "dorothea", level="look")
    link = (
        (await wire(dorothea).call("create_playlist", {"name": "x"}))
        .text.split("Sign-in link: ")[1]
        .split()[0]
    )
    assert link.startswith(f"{PUBLIC_URL}/renew?grant=")
    with pytest.raises(AssertionError, match="different Spotify account"):
        await follow(house, link, "bram")
    told = await wire(dorothea).call("get_account")
    assert "this client may: read\n" in f"{told.text}\n"
    assert (await house.http.get(f"{PUBLIC_URL}/renew?grant={secrets.token_hex(16)}")).status_code == 404
