"""What people do in a day, each thing as often as its weight says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from bench.soak.crowd import MARK, WORDS
from bench.soak.visit import require
from tests.people import approve, register, sign_in
from tests.replicas import PUBLIC_URL, at

if TYPE_CHECKING:
    import random
    from collections.abc import Awaitable, Callable

    from bench.soak.visit import Visit

    Doing = Callable[[Visit, random.Random], Awaitable[None]]

_PLAYLIST: Final = re.compile(r"spotify:playlist:\w+")
_TRACK: Final = re.compile(r"spotify:track:\w+")
_NOWHERE: Final = "spotify:playlist:0000000000000000000000"


async def look_around(visit: Visit, dice: random.Random) -> None:
    """Look at what is theirs, the same things several times, as models do."""
    playlist = await _own_playlist(visit)
    for _ in range(dice.randint(2, 4)):
        await _read(visit, playlist, visit.owner.rows)
        saved = await visit.call("list_library", kind="tracks")
        require(
            tuple(_TRACK.findall(saved)) == visit.owner.saved, f"not what {visit.owner.mark} saved: {saved}"
        )
    text = await visit.call("list_library", kind="playlists", shows=playlist)
    require(visit.owner.mark in text, text)
    await visit.call("get_playlist", playlist=playlist, form="summary", shows=visit.owner.mark)


async def search(visit: Visit, dice: random.Random) -> None:
    """Search for something, look closer, and search for it again."""
    word = dice.choice(WORDS)
    found = _TRACK.findall(await visit.call("search", query=word, limit=5, shows="tracks 1-5"))
    await visit.call("get_items", uris=found[:2], shows=found[1])
    await visit.call("search", query=word, limit=5, shows=found[0])
    await visit.call("search", query=word, types=["album", "artist"], limit=3, shows="spotify:album:")
    if dice.random() < 0.2:
        songs = ["Tin Lanterns - Glass Harbour", f"nobody - {visit.owner.mark}"]
        await visit.call("match_tracks", songs=songs, shows="Glass Harbour")
    await visit.call("get_account", shows=f"Person {visit.owner.mark}")


async def listen(visit: Visit, dice: random.Random) -> None:
    """Play something on their speaker."""
    first, second = visit.crowd.some(2)
    speaker = f"Speaker of {visit.owner.mark}"
    await visit.call("play", uris=[first, second], device=speaker, shows=first)
    await visit.call("get_playback", shows=speaker)
    await visit.call("get_queue", shows=second)
    await visit.call("set_playback", volume=dice.randint(1, 99), shows=speaker)
    await visit.call("list_devices", shows=speaker)
    await visit.call("pause", shows=speaker)


async def edit_a_playlist(visit: Visit, dice: random.Random) -> None:
    """Make a playlist, change it, take a change back, and delete it."""
    tracks = visit.crowd.some(6)
    made = await visit.call(
        "create_playlist", name=f"Of {visit.owner.mark}", uris=tracks[:3], shows="verified: 3 "
    )
    playlist = _PLAYLIST.findall(made)[0]
    await visit.call("add_to_playlist", playlist=playlist, uris=tracks[3:], shows="verified: 3 ")
    await _read(visit, playlist, tracks)
    await visit.call("remove_from_playlist", playlist=playlist, uris=tracks[:1], shows="verified: 1 ")
    await _read(visit, playlist, tracks[1:])
    if dice.random() < 0.5:
        await visit.call("undo_playlist_change", playlist=playlist, shows="verified")
        await _read(visit, playlist, tracks)
    await visit.call("reorder_playlist", playlist=playlist, action="reverse")
    await visit.call("edit_playlist", playlist=playlist, name=f"Was of {visit.owner.mark}")
    asked = await visit.call("remove_from_library", uris=[playlist], shows="Nothing was done.")
    word = asked.rpartition("confirm=")[2]
    await visit.call("remove_from_library", uris=[playlist], confirm=word, shows="verified: 1 ")


async def change_the_library(visit: Visit, _dice: random.Random) -> None:
    """Save tracks, look whether they are saved, and take them out again."""
    new = [uri for uri in visit.crowd.some(20) if uri not in visit.owner.saved][:2]
    await visit.call("save_to_library", uris=new, shows="verified: 2 ")
    await visit.call("check_library", uris=[*new, visit.owner.saved[0]], shows="saved or followed: 3 of 3")
    await visit.call("list_library", kind="tracks", shows=new[0])
    await visit.call("remove_from_library", uris=new, shows="verified: 2 ")


async def look_back(visit: Visit, dice: random.Random) -> None:
    """See what they played."""
    period = dice.choice(("4 weeks", "6 months", "year"))
    for _ in range(2):
        await visit.call("get_recently_played", limit=10, shows="played at")
        await visit.call("get_top_items", kind="tracks", period=period, shows="spotify:track:")
        await visit.call("get_top_items", kind="artists", period=period, shows="artists")


async def err(visit: Visit, dice: random.Random) -> None:
    """Ask for what makes no sense; being told so is the right answer."""
    await visit.call("list_library", kind=f"nothing-{dice.random()}", refused="invalid_input")
    await visit.call("get_playlist", playlist=_NOWHERE, refused="not_found")
    await visit.call("search", refused="invalid_input")
    await visit.call("search", query="glass", limit=-1, shows="note: limit was set to 1")
    await visit.call(f"no_such_tool_{dice.randrange(10**9)}", refused="invalid_input")
    await visit.call("get_items", uris=["not a uri at all, surely"], refused="invalid_input")
    headers, _ = visit.request("tools/list", {})
    await visit.raw(b'{"jsonrpc": "2.0", ', headers=headers, count_as="broken messages", right=400)
    stranger = headers | {"Authorization": "Bearer not-a-token", "X-Forwarded-For": _address(dice)}
    await visit.raw(b"{}", headers=stranger, count_as="calls without a valid token", right=401)


async def attach(visit: Visit, dice: random.Random) -> None:
    """Use what is no tool: lists, resources, prompts, completions."""
    playlist = await _own_playlist(visit)
    for method in ("tools/list", "prompts/list", "resources/list", "resources/templates/list"):
        message = await visit.ask(method, {})
        require("result" in message, f"{method}: {message}")
    for uri in ("spotify://me", "spotify://playlists", f"spotify://playlist/{playlist.rpartition(':')[2]}"):
        message = await visit.ask("resources/read", {"uri": uri})
        require(visit.owner.mark in json.dumps(message), f"{uri}: {message}")
    name = f"Only {visit.owner.mark} {dice.random()}"
    message = await visit.ask("prompts/get", {"name": "tidy_playlist", "arguments": {"playlist": name}})
    require(name in json.dumps(message), f"tidy_playlist: {message}")
    about = {
        "ref": {"type": "ref/prompt", "name": "tidy_playlist"},
        "argument": {"name": "playlist", "value": "Only"},
    }
    message = await visit.ask("completion/complete", about)
    require("result" in message, f"completion: {message}")


async def hang_up(visit: Visit, dice: random.Random) -> None:
    """Cut calls off before they are answered; what follows is answered as if nothing had been."""
    playlist = await _own_playlist(visit)
    things: list[tuple[str, dict[str, Any]]] = [
        ("get_account", {}),
        ("search", {"query": f"{dice.choice(WORDS)} {dice.randrange(1000)}"}),
        ("get_playlist", {"playlist": playlist}),
        ("save_to_library", {"uris": [visit.owner.saved[0]]}),
        ("match_tracks", {"songs": [f"{word} {dice.randrange(1000)}" for word in WORDS]}),
    ]
    await visit.call(
        "get_account", shows=f"Person {visit.owner.mark}"
    )  # opens the session, where there is one
    for tool, arguments in dice.sample(things, 3):
        headers, body = visit.request("tools/call", {"name": tool, "arguments": arguments})
        after, whole = dice.choice((0.0, 0.002, 0.01)), dice.random() < 0.8
        await visit.wires.cut_off(
            visit.port, "/mcp", headers=headers, json_body=body, after=after, whole=whole
        )
        visit.tally.others["calls cut off"] += 1
    await visit.call("get_account", shows=f"Person {visit.owner.mark}")


async def hold_a_stream(visit: Visit, _dice: random.Random) -> None:
    """Hold a stream, if the revision has one; else look."""
    if visit.is_legacy:
        await visit.listen()
    else:
        await visit.call("get_playback", shows=visit.owner.mark)


async def come_with_a_new_client(visit: Visit, _dice: random.Random) -> None:
    """Register a client, sign in through every page, use it, and revoke its tokens."""
    replica = next(replica for replica in visit.house.all if replica.port == visit.port)
    client_id = await register(visit.house, to=replica)
    person = await sign_in(visit.house, visit.owner.mark, client_id=client_id, to=replica)
    answer = await person.call("get_account", to=replica)
    require(set(MARK.findall(answer.text)) == {visit.owner.mark}, answer.text)
    form = {"token": person.refresh, "client_id": client_id}
    reply = await visit.wires.ask(visit.port, "POST", "/revoke", form=form)
    require(reply.status == 200, f"revocation: {reply.status} {reply.body}")
    visit.tally.others["sign-ins with a new client"] += 1


async def visit_the_page(visit: Visit, dice: random.Random) -> None:
    """Sign in to the account page with a browser, look at it twice, and sign out."""
    replica = next(replica for replica in visit.house.all if replica.port == visit.port)
    async with visit.house.browser() as browser:
        browser.headers["X-Forwarded-For"] = _address(dice)
        form = {"Origin": PUBLIC_URL, "Content-Type": "application/x-www-form-urlencoded"}
        answer = await browser.post("/account/sign-in", headers=form, extensions=at(replica))
        answer = await approve(visit.house, browser, answer, visit.owner.mark, to=replica)
        for _ in range(2):
            page = await browser.get("/account", extensions=at(replica))
            require(page.status_code == 200, page.text)
            require(set(MARK.findall(page.text)) == {visit.owner.mark}, page.text)
        proof = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
        leaving = {"data": {"csrf": proof}, "headers": form}
        out = await browser.post("/account/sign-out", **leaving, extensions=at(replica))
        require(out.status_code == 303, out.text)
    visit.tally.others["visits to the account page"] += 1


async def _own_playlist(visit: Visit) -> str:
    """The playlist that only they have; it is made when it is first wanted."""
    owner = visit.owner
    if not owner.playlist:
        made = await visit.call("create_playlist", name=f"Only {owner.mark}", uris=list(owner.rows))
        owner.playlist = _PLAYLIST.findall(made)[0]
    return owner.playlist


async def _read(visit: Visit, playlist: str, rows: tuple[str, ...] | list[str]) -> None:
    text = await visit.call("get_playlist", playlist=playlist, shows=visit.owner.mark)
    require(_TRACK.findall(text) == list(rows), f"not the rows of {visit.owner.mark}: {text}")


def _address(dice: random.Random) -> str:
    return f"10.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(256)}"


DAY: Final[tuple[tuple[float, Doing], ...]] = (
    (46, look_around),
    (20, search),
    (6, listen),
    (5, edit_a_playlist),
    (5, change_the_library),
    (5, look_back),
    (4, err),
    (4, attach),
    (3, hang_up),
    (1.2, hold_a_stream),
    (0.4, come_with_a_new_client),
    (0.4, visit_the_page),
)
"""How many of a hundred visits are for what."""
LEGACY_SHARE: Final = 0.3
"""How many visits are in 2025-11-25."""
FORGOTTEN_SHARE: Final = 0.02
"""How many sessions are left open."""
