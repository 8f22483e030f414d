"""The malicious client comes to the token and revocation endpoints with what is not its own."""

from __future__ import annotations

import asyncio
import base64
import secrets
from typing import TYPE_CHECKING, Final

from tests.authorization.house import challenge_of
from tests.people import REDIRECT
from tests.replicas import at
from tests.revisions import CAN_ASK, Wire, agreed
from tests.security.adversaries.attempts import bearer, oauth, says, tool
from tests.security.adversaries.client import VERIFIER, MaliciousClient
from tests.security.adversaries.stage import WEB, consent_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

AT_ONCE: Final = 24


async def wrong_verifier(me: MaliciousClient) -> None:
    """Redeem a code without having begun its sign-in."""
    code = await me.code(me.stage.mallory)
    for verifier in (
        "w" * 43,
        "short",
        "v" * 42,
        "v" * 44,
        challenge_of(VERIFIER),
        "v" * 42 + "é",
        " " + VERIFIER,
    ):
        me.expect(verifier[:12], await me.redeem(code, code_verifier=verifier), oauth("invalid_grant"))
    for more in ({"code_challenge": VERIFIER}, {"code_challenge_method": "plain"}):
        answer = await me.redeem(code, code_verifier=challenge_of(VERIFIER), **more)
        me.expect(f"{more}", answer, oauth("invalid_grant"))
    me.expect("none", await me.redeem(code, code_verifier=""), oauth("invalid_request"))
    me.control(works=(await me.redeem(code)).status_code == 200)


async def code_of_another_client(me: MaliciousClient) -> None:
    """Redeem a captured code of an honest person's client, as oneself and in that client's name."""
    theirs = me.stage.ada.person.client_id
    consent = consent_for(
        me.stage.ada.person, client_id=theirs, level="everything", challenge=challenge_of("a" * 43)
    )
    code = await me.stage.server.codes.issue(consent)
    for client_id in me.ids:
        for verifier in (VERIFIER, "a" * 43):
            answer = await me.redeem(code, client_id, code_verifier=verifier)
            me.expect(f"as {client_id[:8]}", answer, oauth("invalid_grant"))
    me.expect("as theirs", await me.redeem(code, theirs), oauth("invalid_grant"))
    me.expect("as nobody", await me.redeem(code, secrets.token_hex(16)), oauth("invalid_client"))
    rightful = await me.stage.browser().post(
        "/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "client_id": theirs,
            "redirect_uri": REDIRECT,
            "code_verifier": "a" * 43,
        },
    )
    me.control(works=rightful.status_code == 200)


async def code_elsewhere(me: MaliciousClient) -> None:
    """Redeem a code with another address than the one it was sent to."""
    code = await me.code(me.stage.mallory)
    for other in (
        WEB,
        f"{REDIRECT}/",
        f"{REDIRECT}?x=1",
        REDIRECT.replace("127.0.0.1", "localhost"),
        "x",
        "",
    ):
        answer = await me.redeem(code, redirect_uri=other)
        me.expect(other or "none", answer, oauth("invalid_grant"))
    me.control(works=(await me.redeem(code)).status_code == 200)


async def code_many_times(me: MaliciousClient) -> None:
    """Redeem one code at all processes at once, to get more than one set of tokens."""
    for client_id in me.ids:
        code = await me.code(me.stage.mallory, client_id)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": client_id,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
        processes = me.stage.house.all
        answers = await asyncio.gather(
            *(
                me.http.post("/token", data=form, extensions=at(processes[turn % len(processes)]))
                for turn in range(AT_ONCE)
            )
        )
        won = [answer for answer in answers if answer.status_code == 200]
        me.control(works=len(won) == 1)
        me.harmless(f"{AT_ONCE} times at once", holds=len(won) == 1)
        for answer in answers:
            if answer not in won:
                me.expect("one of many", answer, oauth("invalid_grant"))
        me.stage.dead += [answer.json()["access_token"] for answer in won]
        me.expect(
            "what it gave",
            await me.refresh(won[0].json()["refresh_token"], client_id),
            oauth("invalid_grant"),
        )


async def invented_codes(me: MaliciousClient) -> None:
    """Guess a code, or use something else as one."""
    mine = await me.tokens()
    things = (secrets.token_urlsafe(32), mine.access, mine.refresh, "x", "0" * 43, "' OR 1=1 --", "%00")
    for thing in things:
        me.expect(thing[:8], await me.redeem(thing), oauth("invalid_grant"))
    me.expect("none", await me.redeem(""), oauth("invalid_request"))
    me.control(works=await me.stage.works(mine))


async def other_grants(me: MaliciousClient) -> None:
    """Ask for tokens in ways that need no person."""
    for grant in (
        "client_credentials",
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "AUTHORIZATION_CODE",
    ):
        asked = {"username": me.stage.ada.mark, "password": "-", "subject_token": me.stage.mallory.access}
        answer = await me.token(grant_type=grant, client_id=me.client_id, **asked)
        me.expect(grant, answer, oauth("unsupported_grant_type"))
    me.control(works=(await me.redeem(await me.code(me.stage.mallory))).status_code == 200)


# --- Tokens -------------------------------------------------------------------------------------------------


async def tokens_of_other_kinds(me: MaliciousClient) -> None:
    """Use what is no access token as one, and an access token as what it is not."""
    mine = await me.tokens()
    code = await me.code(me.stage.mallory)
    given = await me.stage.house.simulator.control("POST", "/tokens", json={"user": "mallory"})
    for name, thing in (
        ("refresh token", mine.refresh),
        ("code", code),
        ("Spotify's own", given["access_token"]),
        ("client id", me.client_id),
        ("grant id", await me.stage.grant_of(mine)),
        ("user id", me.stage.ada.person.user_id),
        ("altered", mine.access[:-1] + ("A" if mine.access[-1] != "A" else "B")),
        ("cut", mine.access[:-1]),
        ("in capitals", mine.access.upper()),
        ("only its prefix", mine.access[:7]),
    ):
        answer = await Wire(me.http, thing).call("get_account")
        me.expect(name, answer, bearer)
    me.expect("access as refresh", await me.refresh(mine.access), oauth("invalid_grant"))
    me.control(works=(await Wire(me.http, mine.access).call("get_account")).status == 200)
    sent = await me.stage.house.simulator.requests("/v1/*")
    me.harmless("sent on to Spotify", holds=not any(mine.refresh in str(one) for one in sent))


async def token_in_other_places(me: MaliciousClient) -> None:
    """Bring a token where it may be logged, cached or confused."""
    mine = await me.tokens()
    headers, body = Wire(me.http, None).request("tools/call", {"name": "get_account", "arguments": {}})
    for name, where, more in (
        ("query", f"/mcp?access_token={mine.access}", {}),
        ("cookie", "/mcp", {"Cookie": f"access_token={mine.access}"}),
        ("another scheme", "/mcp", {"Authorization": f"Basic {mine.access}"}),
        ("no scheme", "/mcp", {"Authorization": mine.access}),
        ("a list", "/mcp", {"Authorization": f"Bearer x, Bearer {mine.access}"}),
        ("another header", "/mcp", {"X-Authorization": f"Bearer {mine.access}"}),
        ("the proxy's header", "/mcp", {"Proxy-Authorization": f"Bearer {mine.access}"}),
    ):
        answer = await me.http.post(where, headers={**headers, **more}, json=body)
        me.expect(name, answer, bearer)
    good = {"Authorization": f"Bearer {mine.access}"}
    me.control(works=(await me.http.post("/mcp", headers={**headers, **good}, json=body)).status_code == 200)


async def stolen_refresh_token(me: MaliciousClient) -> None:
    """Use a refresh token that was stolen from an honest person's client, as oneself."""
    spare = await me.stage.sacrifice(me.stage.ada)
    for client_id in (*me.ids, "", secrets.token_hex(16)):
        answer = await me.token(grant_type="refresh_token", refresh_token=spare.refresh, client_id=client_id)
        me.expect(f"as {client_id[:8]}", answer, oauth("invalid_grant", "invalid_client"))
    basic = base64.b64encode(f"{spare.client_id}:".encode()).decode()
    form = {"grant_type": "refresh_token", "refresh_token": spare.refresh, "client_id": me.client_id}
    answer = await me.http.post("/token", data=form, headers={"Authorization": f"Basic {basic}"})
    me.expect("two client ids", answer, oauth("invalid_request"))
    me.control(works=(await spare.renew()).status_code == 200)


async def stale_refresh_token(me: MaliciousClient) -> None:
    """Use a refresh token that its client has replaced twice since: it and its descendants end."""
    spare = await me.stage.sacrifice(me.stage.ada)
    stolen = spare.refresh
    me.control(works=all([(await spare.renew()).status_code == 200 for _ in range(2)]))
    answer = await me.refresh(stolen, spare.client_id)
    me.expect("replaced twice", answer, oauth("invalid_grant"))
    me.expect("its descendant", await me.refresh(spare.refresh, spare.client_id), oauth("invalid_grant"))
    me.stage.dead.append(spare.access)


async def more_at_refresh(me: MaliciousClient) -> None:
    """Ask for more than the person gave, at the token endpoint and after narrowing."""
    mine = await me.tokens(level="look")
    for scope in ("read edit", "edit", "playback", "read playback edit", "admin", "*", "read\tedit"):
        me.expect(f"refresh {scope}", await me.refresh(mine.refresh, scope=scope), oauth("invalid_scope"))
    got = await me.redeem(await me.code(me.stage.mallory, level="look"), scope="read playback edit")
    me.harmless("with a code", holds=got.json()["scope"] == "read")
    narrow = await me.refresh((await me.tokens()).refresh, scope="read")
    me.control(works=narrow.json()["scope"] == "read")
    reply = await Wire(me.http, narrow.json()["access_token"]).call("create_playlist", {"name": "Mallory's"})
    me.expect("with what was narrowed", reply, tool("not_permitted"))


async def resources_beyond(me: MaliciousClient) -> None:
    """Read with a token that may not, where no tool is called."""
    mine = await me.tokens()
    narrow = (await me.refresh(mine.refresh, scope="playback")).json()["access_token"]
    for uri in (
        "spotify://me",
        "spotify://playback",
        "spotify://playlists",
        f"spotify://playlist/{'0' * 22}",
    ):
        for token, may in ((narrow, False), (mine.access, True)):
            reply = await Wire(me.http, token).ask("resources/read", {"uri": uri}, headers={"Mcp-Name": uri})
            if not may:
                me.expect(uri, reply, lambda seen: '"error"' in seen.body and "[not_permitted]" in seen.body)
            elif uri == "spotify://me":
                me.control(works="Mallory" in reply.body)


async def a_no_made_a_yes(me: MaliciousClient) -> None:
    """Answer a question once more, after the person has said no."""
    person = await me.stage.linked("mallory-two")
    asking = Wire(me.http, person.access, capabilities=CAN_ASK)
    state = (await asking.call("disconnect_account")).state
    no = {"person": {"action": "decline"}}
    refused = await asking.call("disconnect_account", requestState=state, inputResponses=no)
    me.control(works="the person said no" in refused.text)
    for process in me.stage.house.all:
        reply = await asking.call(
            "disconnect_account", requestState=state, inputResponses=agreed(), extensions=at(process)
        )
        me.expect("the same question", reply, tool("invalid_input"))
    me.harmless("in the end", holds=await me.stage.works(person))


async def more_than_given(me: MaliciousClient) -> None:
    """Call tools that the person did not allow."""
    mine = Wire(me.http, (await me.tokens(level="look")).access)
    playlist = {"playlist": f"spotify:playlist:{me.stage.ada.known}"}
    for name, arguments in (
        ("create_playlist", {"name": "Mallory's"}),
        ("add_to_playlist", {**playlist, "uris": me.stage.tracks}),
        ("edit_playlist", {**playlist, "name": "Mallory's"}),
        ("remove_from_playlist", {**playlist, "uris": me.stage.tracks}),
        ("undo_playlist_change", {}),
        ("play", {}),
        ("pause", {}),
        ("save_to_library", {"uris": me.stage.tracks}),
    ):
        me.expect(name, await mine.call(name, arguments), tool("not_permitted"))
    me.control(works=not (await mine.call("get_account")).is_error)


async def vouching_for_the_person(me: MaliciousClient) -> None:
    """Claim to have asked the person whether everything may be erased, with a client that may only look."""
    person = await me.stage.linked("mallory-two")
    spare = await me.stage.sacrifice(person, level="look")
    mine = Wire(me.http, spare.access, capabilities=CAN_ASK)
    asked = await mine.call("disconnect_account")
    me.expect("asked", asked, says("Nothing was done", "may not vouch"))
    for word in ("yes", "true", await me.stage.word_of(person)):
        reply = await mine.call("disconnect_account", {"confirm": word})
        me.expect(f"by a word, {word[:4]}", reply, says("Nothing was done"))
    reply = await mine.call("disconnect_account", inputResponses=agreed())
    me.expect("unasked", reply, tool("invalid_input"))
    me.control(works=await me.stage.works(person))


async def revoking_for_others(me: MaliciousClient) -> None:
    """Give back tokens of other clients."""
    spare = await me.stage.sacrifice(me.stage.ada)
    for client_id in me.ids:
        for name, thing in (("access", spare.access), ("refresh", spare.refresh)):
            answer = await me.http.post("/revoke", data={"token": thing, "client_id": client_id})
            me.harmless(f"{name} {answer.status_code}", holds=await me.stage.works(spare))
    for client_id in ("", secrets.token_hex(16)):
        answer = await me.http.post("/revoke", data={"token": spare.access, "client_id": client_id})
        me.expect("as nobody", answer, oauth("invalid_client"))
    me.harmless("in the end", holds=await me.stage.works(spare))
    own = await me.tokens()
    await me.http.post("/revoke", data={"token": own.access, "client_id": me.client_id})
    me.stage.dead.append(own.access)
    me.control(works=(await me.refresh(own.refresh)).json().get("error") == "invalid_grant")


ATTACKS: Final[tuple[Callable[[MaliciousClient], Awaitable[None]], ...]] = (
    wrong_verifier,
    code_of_another_client,
    code_elsewhere,
    code_many_times,
    invented_codes,
    other_grants,
    tokens_of_other_kinds,
    token_in_other_places,
    stolen_refresh_token,
    stale_refresh_token,
    more_at_refresh,
    resources_beyond,
    a_no_made_a_yes,
    more_than_given,
    vouching_for_the_person,
    revoking_for_others,
)
