"""The malicious user's client calls tools with other people's ids and handles, and after he has left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from auxcord.authorization.verification import FRESH_SECONDS
from tests.replicas import at
from tests.revisions import CAN_ASK, LEGACY, MODERN, Wire, agreed
from tests.security.adversaries.attempts import SCRIPT, bearer, oauth, page, protocol, says, tool
from tests.security.adversaries.stage import ACCOUNT_COOKIE, TRACK, proof_on

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.people import Person
    from tests.security.adversaries.user import MaliciousUser

NAME: Final = f"{SCRIPT}\u202eevil\u2066\x1b[31mred\r\nuser:data:erase forged"
"""What he calls himself at Spotify."""


async def named_in_arguments(me: MaliciousUser) -> None:
    """Name another person in an argument of every tool."""
    ada = me.stage.ada
    listed = await me.wire().ask("tools/list")
    names = [one["name"] for one in listed.result["tools"]]
    me.control(works=len(names) >= 30)
    for name in names:
        for argument in ("user_id", "user", "_caller", "caller"):
            reply = await me.wire().call(name, {argument: ada.person.user_id})
            me.expect(f"{name} {argument}", reply, tool("invalid_input"))
    for meta in ({"user_id": ada.person.user_id}, {"sub": ada.person.user_id}, {"auxcord/user": ada.mark}):
        reply = await me.wire().call("get_account", {}, _meta=meta)
        me.harmless(f"{meta}"[:20], holds="Mallory" in reply.text and ada.mark not in reply.body)


async def playlists_of_others(me: MaliciousUser) -> None:
    """Read what is in an honest person's playlist and change it, knowing its id."""
    ada, mine = me.stage.ada, me.wire()
    for form in (
        ada.known,
        f"spotify:playlist:{ada.known}",
        f"https://open.spotify.com/playlist/{ada.known}",
    ):
        read = await mine.call("get_playlist", {"playlist": form})
        me.harmless("get_playlist", holds=not set(TRACK.findall(read.body)) & set(ada.tracks))
        attached = await mine.ask(
            "resources/read",
            {"uri": f"spotify://playlist/{ada.known}"},
            headers={"Mcp-Name": f"spotify://playlist/{ada.known}"},
        )
        me.harmless("as a resource", holds=not set(TRACK.findall(attached.body)) & set(ada.tracks))
    playlist = f"spotify:playlist:{ada.known}"
    changes: list[tuple[str, dict[str, Any]]] = [
        ("add_to_playlist", {"uris": ada.tracks}),
        ("remove_from_playlist", {"uris": ada.tracks}),
        ("edit_playlist", {"name": "Mallory's now"}),
        ("edit_playlist", {"public": True}),
        ("reorder_playlist", {"action": "shuffle"}),
        ("undo_playlist_change", {}),
    ]
    for name, arguments in changes:
        reply = await mine.call(name, {"playlist": playlist, **arguments})
        me.expect(f"{name} {arguments}"[:40], reply, lambda seen: '"isError":true' in seen.body)
    made = await mine.call("create_playlist", {"name": "Mallory's own", "uris": ada.tracks})
    me.control(works=not made.is_error)
    undone = await mine.call("undo_playlist_change", {})
    me.harmless("undo without a name", holds="undone" not in undone.text)


async def handles_of_others(me: MaliciousUser) -> None:
    """Use cursors, words that confirm and states of questions that an honest person was given."""
    ada = me.stage.ada
    first = await ada.wire().call("list_library", {"kind": "tracks", "limit": 20})
    cursor = first.text.rsplit("cursor=", 1)[1].split()[0]
    asked = {"kind": "tracks", "limit": 20}
    me.expect(
        "cursor", await me.wire().call("list_library", {**asked, "cursor": cursor}), tool("invalid_input")
    )
    own = await me.wire().call("list_library", asked)
    mine = own.text.rsplit("cursor=", 1)[1].split()[0]
    for altered in (
        mine[:-4],
        mine.swapcase(),
        mine[:10] + ("A" if mine[10] != "A" else "B") + mine[11:],
        "0",
        "50",
    ):
        reply = await me.wire().call("list_library", {**asked, "cursor": altered})
        me.expect(f"cursor {altered[:6]}", reply, tool("invalid_input"))
    elsewhere = await me.wire().call("list_library", {"kind": "albums", "limit": 20, "cursor": mine})
    me.expect("cursor of another list", elsewhere, tool("invalid_input"))
    me.control(works=not (await me.wire().call("list_library", {**asked, "cursor": mine})).is_error)
    word = await me.stage.word_of(ada.person)
    me.expect(
        "word", await me.wire().call("disconnect_account", {"confirm": word}), says("Nothing was done.")
    )
    theirs = (await ada.wire(capabilities=CAN_ASK).call("disconnect_account")).state
    asking = me.wire(capabilities=CAN_ASK)
    own_state = (await asking.call("disconnect_account")).state
    for name, state in (
        ("their state", theirs),
        ("an altered one", own_state[:-4] + "AAAA"),
        ("a word as one", word),
        ("a cursor as one", mine),
        ("a plain one", "{}"),
    ):
        reply = await asking.call("disconnect_account", requestState=state, inputResponses=agreed())
        me.expect(name, reply, protocol(-32602))
    for tool_name, arguments in (
        ("remove_from_playlist", {"playlist": "x", "uris": ada.tracks}),
        ("get_account", {}),
    ):
        reply = await asking.call(tool_name, arguments, requestState=own_state, inputResponses=agreed())
        me.expect(f"a state of another tool, {tool_name}", reply, protocol(-32602))
    unasked = await asking.call("disconnect_account", inputResponses=agreed())
    me.expect("an answer to nothing", unasked, tool("invalid_input"))
    me.harmless("in the end", holds=await me.stage.works(me.person) and await me.stage.works(ada.person))


async def subscriptions_to_others(me: MaliciousUser) -> None:
    """Be told of what changes in an honest person's things, and complete their names."""
    ada, process = me.stage.ada, me.stage.house.all[0]
    legacy = me.wire(LEGACY)
    await legacy.open(extensions=at(process))
    for uri in (
        f"spotify://playlist/{ada.known}",
        "spotify://playlists",
        f"spotify://me?user={ada.person.user_id}",
    ):
        reply = await legacy.ask("resources/subscribe", {"uri": uri}, extensions=at(process))
        me.expect(f"subscribe {uri[:22]}", reply, protocol(-32601, -32602, -32002))
    for wire in (legacy, me.wire()):
        for argument in ("Only", ada.mark[:4], ""):
            reply = await wire.ask(
                "completion/complete",
                {
                    "ref": {"type": "ref/resource", "uri": "spotify://playlist/{id}"},
                    "argument": {"name": "id", "value": argument},
                },
                extensions=at(process),
            )
            told = ada.mark in reply.body or ada.known in reply.body or ada.playlist in reply.body
            me.harmless(f"complete {argument[:4]!r}", holds=not told)
    me.control(works=(await legacy.ask("resources/list", extensions=at(process))).status == 200)


async def after_leaving(me: MaliciousUser) -> None:
    """Disconnect, and go on with everything one held: tokens, pages, sessions, handles, cached answers."""
    gone = await me.stage.linked("mallory-three")
    browser = await me.signed_in("mallory-three")
    proof = await proof_on(browser)
    wire = me.wire(of=gone)
    sessions = []
    for process in me.stage.house.all:
        legacy = me.wire(LEGACY, of=gone)
        await legacy.call("list_library", {"kind": "playlists"}, extensions=at(process))
        await wire.call("list_library", {"kind": "tracks", "limit": 20}, extensions=at(process))
        sessions.append((legacy, process))
    state = (await me.wire(of=gone, capabilities=CAN_ASK).call("disconnect_account")).state
    word = await me.stage.word_of(gone)
    left = await wire.call("disconnect_account", {"confirm": word})
    me.control(works=left.text.startswith("erased: "))
    await asyncio.sleep(2 * FRESH_SECONDS)  # so long may another process go by what it knew
    for legacy, process in sessions:
        reply = await wire.call("list_library", {"kind": "playlists"}, extensions=at(process))
        me.expect("a kept answer", reply, bearer)
        reply = await legacy.ask("tools/list", extensions=at(process))
        me.expect("an old session", reply, bearer)
    me.expect("refreshing", await gone.renew(), oauth("invalid_grant"))
    late = await me.press("data", browser=browser, csrf=proof)
    me.expect("the account page", late, lambda seen: "note=over" in seen.location)
    shown = await browser.get("/account")
    me.harmless("the session", holds="Apps with access" not in shown.text)
    assert browser.cookies[ACCOUNT_COOKIE]
    await _come_back(me, gone, state, word)


async def _come_back(me: MaliciousUser, gone: Person, state: str, word: str) -> None:
    """Link again: somebody new, for whom nothing of before counts."""
    again = await me.stage.linked("mallory-three")
    me.harmless("another id", holds=again.user_id != gone.user_id)
    asking = me.wire(of=again, capabilities=CAN_ASK)
    reply = await asking.call("disconnect_account", requestState=state, inputResponses=agreed())
    me.expect("the question of before", reply, protocol(-32602))
    reply = await me.wire(of=again).call("disconnect_account", {"confirm": word})
    me.expect("the word of before", reply, says("Nothing was done."))
    me.expect("the token of before", await me.wire(of=gone).call("get_account"), bearer)


async def hostile_name(me: MaliciousUser) -> None:
    """Be called at Spotify what would be markup, commands or a line of the log, and be seen."""
    made = {"handle": "mallory-five", "id": "mallory-five", "display_name": NAME}
    await me.stage.house.simulator.control("POST", "/users", json=made)
    person = await me.stage.linked("mallory-five")
    for revision in (MODERN, LEGACY):
        reply = await me.wire(revision, of=person).call("get_account")
        me.harmless(
            f"get_account, {revision}", holds=not _is_raw(reply.text) and "\nuser:data" not in reply.text
        )
    asked = await me.wire(of=person).call("disconnect_account")
    me.harmless("a question", holds=not _is_raw(asked.text))
    browser = await me.signed_in("mallory-five")
    shown = await browser.get("/account")
    me.control(works="Apps with access" in shown.text)
    me.harmless("a page", holds=not _is_raw(shown.text) and "<script" not in shown.text)
    saved = await me.press("data", browser=browser, csrf=await proof_on(browser))
    me.harmless(
        "his data", holds=saved.headers["content-type"] == "application/json" and "\x1b" not in saved.text
    )
    logs = me.stage.house.logs()
    me.harmless(
        "the log", holds="<script" not in logs and "\x1b[31m" not in logs and "\nuser:data" not in logs
    )


def _is_raw(text: str) -> bool:
    return any(sign in text for sign in ("\u202e", "\u2066", "\x1b", "\r"))


async def foreign_bearers(me: MaliciousUser) -> None:
    """Use what an honest person has as a bearer, which is no access token."""
    ada = me.stage.ada
    for name, thing in (
        ("their id", ada.person.user_id),
        ("their grant", await me.stage.grant_of(ada.person)),
        ("their mark", ada.mark),
        ("his with their id", f"{me.person.access}.{ada.person.user_id}"),
        ("his page session", me.own.cookies[ACCOUNT_COOKIE]),
    ):
        me.expect(name, await Wire(me.http, thing).call("get_account"), bearer)
    unknown = await me.own.get(f"/renew?grant={ada.person.user_id}")
    me.expect("their id as a grant", unknown, page("unknown_grant"))
    me.control(works=await me.stage.works(me.person))


ATTACKS: Final[tuple[Callable[[MaliciousUser], Awaitable[None]], ...]] = (
    named_in_arguments,
    playlists_of_others,
    handles_of_others,
    subscriptions_to_others,
    after_leaving,
    hostile_name,
    foreign_bearers,
)
