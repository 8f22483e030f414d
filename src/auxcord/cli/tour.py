"""The tour: two people use one server, then everything that must not work is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import anyio
import httpx2

from auxcord.cli.visitor import Answer, Visitor

if TYPE_CHECKING:
    from pathlib import Path

    from auxcord.cli.report import Report

PLAYLIST = "Rainy Sunday"


WORDS = "silver"


class Traces(NamedTuple):
    """What the first person left behind, for the second one to try."""

    playlist: str
    tracks: list[str]
    saved: list[str]
    played: list[str]
    cursor: str


async def tour(server: str, simulator: str, data: Path, report: Report) -> bool:
    """Run the whole tour.

    Args:
        server: The server's address.
        simulator: The simulated Spotify's address.
        data: The server's data directory, to be searched for secrets.
        report: Where to tell what happens.

    Returns:
        True if every check held.
    """
    url = f"{server}/mcp"
    async with httpx2.AsyncClient(base_url=simulator, trust_env=False) as control:
        report.step("Ada connects her assistant and signs in")
        async with Visitor("Ada", "ada", url, level="everything", report=report) as ada:
            traces = await _ada_at_home(ada, report)
            report.step(
                "Chidi, without Premium, connects his own assistant, an older one, to the same server"
            )
            visit = Visitor("Chidi", "chidi", url, level="everything", report=report, mode="legacy")
            async with visit as chidi:
                await _chidi_at_home(chidi, report)
                await _chidi_tries(chidi, ada, traces, control, report)
                await _strangers_try(server, ada, report)
                await _thief_reads(data, (ada, chidi), control, report)
            await _chidi_leaves(server, chidi, ada, report)
    return report.end()


async def _ada_at_home(ada: Visitor, report: Report) -> Traces:
    me = await ada.call("get_account")
    report.check("Ada sees her own account", held=not me.refused and "Ada" in me.text)
    report.step("Ada searches, makes a playlist, and plays it")
    found = await ada.call("search", query=WORDS, types=["track"], limit=5)
    tracks = found.uris("track")
    report.check("Search rows carry URIs", held=len(tracks) == 5, seen=f"{len(tracks)} tracks")
    made = await ada.call("create_playlist", name=PLAYLIST, uris=tracks)
    playlist = next(iter(made.uris("playlist")), "")
    listed = await ada.call("get_playlist", playlist=playlist)
    report.check("The playlist holds those tracks in order", held=listed.uris("track") == tracks != [])
    played = await ada.call("play", uris=[playlist])
    now = await ada.call("get_playback")
    report.check(
        "It plays, and the player says so",
        held=not played.refused and now.uris("track")[:1] == tracks[:1] != [],
    )
    saved = await ada.call("list_library", kind="tracks", limit=10)
    history = await ada.call("get_recently_played", limit=5)
    return Traces(playlist, tracks, saved.uris("track"), history.text.splitlines()[1:], _cursor(saved))


async def _chidi_at_home(chidi: Visitor, report: Report) -> None:
    me = await chidi.call("get_account")
    report.check("Chidi sees his own account", held=not me.refused and "Chidi" in me.text)
    refused = await chidi.call("play", query=WORDS)
    report.check(
        "Without Premium, playing is refused in one sentence",
        held=refused.refused and "premium_required" in refused.text,
    )


async def _chidi_tries(
    chidi: Visitor, ada: Visitor, traces: Traces, control: httpx2.AsyncClient, report: Report
) -> None:
    report.step("Chidi tries to see and change what is Ada's")
    await control.delete("/_simulator/requests")
    read = await chidi.call("get_playlist", playlist=traces.playlist)
    report.check(
        "He cannot read the tracks of her playlist",
        held=bool(traces.tracks) and "only to its owner" in read.text and not read.uris("track"),
    )
    write = await chidi.call("add_to_playlist", playlist=traces.playlist, uris=traces.tracks[:1])
    report.check("He cannot add to her playlist", held=write.refused and _is_hers(write))
    remove = await chidi.call("remove_from_playlist", playlist=traces.playlist, uris=traces.tracks[:1])
    report.check("He cannot remove from her playlist", held=remove.refused and _is_hers(remove))
    library = await chidi.call("list_library", kind="tracks", limit=10)
    report.check(
        "His library is his own",
        held=bool(library.uris("track")) and set(library.uris("track")).isdisjoint(traces.saved),
        seen=f"{len(library.uris('track'))} rows, none of hers",
    )
    history = await chidi.call("get_recently_played", limit=5)
    report.check(
        "His history is his own",
        held=bool(history.uris("track")) and set(history.text.splitlines()[1:]).isdisjoint(traces.played),
    )
    page = await chidi.call("list_library", kind="tracks", limit=10, cursor=traces.cursor)
    report.check("Her list cursor does not open for him", held=page.refused and "cursor" in page.text)
    seen = (await control.get("/_simulator/requests")).raise_for_status().json()["requests"]
    users = {entry["user"] for entry in seen if entry["path"].startswith("/v1/")}
    report.check(
        "Spotify saw only his token in all of that",
        held=users == {chidi.spotify_user},
        seen=f"{len(seen)} requests",
    )
    after = await ada.call("get_playlist", playlist=traces.playlist)
    report.check("Her playlist is as she left it", held=after.uris("track") == traces.tracks != [])


async def _strangers_try(server: str, ada: Visitor, report: Report) -> None:
    report.step("Strangers try")
    async with httpx2.AsyncClient(trust_env=False) as http:
        bare = await _ask(http, server, None)
        challenge = bare.headers.get("www-authenticate", "")
        report.check(
            "Without a token: 401, and where to sign in",
            held=bare.status_code == 401 and "resource_metadata" in challenge,
        )
        forged = await _ask(http, server, "aux_at_" + "A" * 48)
        report.check("With a forged token: 401", held=forged.status_code == 401)
        cut = await _ask(http, server, ada.access_token[:-1])
        report.check("With Ada's token, one character short: 401", held=cut.status_code == 401)
        rebound = await http.post(
            f"{server}/mcp",
            headers={"Authorization": f"Bearer {ada.access_token}", "Host": "evil.example"},
            json={},
        )
        report.check("Under a foreign host name: refused", held=rebound.status_code == 421)


async def _thief_reads(
    data: Path, people: tuple[Visitor, ...], control: httpx2.AsyncClient, report: Report
) -> None:
    report.step("A thief copies the data directory")
    known = (await control.get("/_simulator/users")).raise_for_status().json()["users"]
    accounts = [user["account_id"] for user in known if user["handle"] in {p.spotify_user for p in people}]
    secrets = [secret.encode() for secret in (*accounts, *(token for p in people for token in p.tokens))]
    size, hits = 0, 0
    async for file in anyio.Path(data).rglob("*"):
        if await file.is_file():
            content = await file.read_bytes()
            size += len(content)
            hits += sum(secret in content for secret in secrets)
    report.check(
        "No token of theirs and no Spotify account id is in it",
        held=hits == 0 and size > 0 and len(secrets) == 6,
        seen=f"{size:,} bytes searched for {len(secrets)} secrets",
    )


async def _chidi_leaves(server: str, chidi: Visitor, ada: Visitor, report: Report) -> None:
    report.step("Chidi takes his assistant's access away")
    async with httpx2.AsyncClient(trust_env=False) as http:
        revoked = await http.post(
            f"{server}/revoke", data={"token": chidi.access_token, "client_id": chidi.client_id}
        )
        gone = await _ask(http, server, chidi.access_token)
        report.check("His token is dead at once", held=revoked.status_code == 200 and gone.status_code == 401)
        still = await _ask(http, server, ada.access_token)
        report.check("Ada's still works", held=still.status_code == 200, seen=f"status {still.status_code}")


async def _ask(http: httpx2.AsyncClient, server: str, token: str | None) -> httpx2.Response:
    """Ask for the list of tools with a token, or without one."""
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
    }
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "stranger", "version": "0"},
        },
    }
    return await http.post(f"{server}/mcp", headers=headers, json=body)


def _cursor(answer: Answer) -> str:
    """The cursor at the end of a list, if there is more."""
    _, found, cursor = answer.text.partition("cursor=")
    assert found, "the list is longer than a page"
    return cursor.split()[0]


def _is_hers(answer: Answer) -> bool:
    """Whether the answer says whose playlist it is, rather than refusing for some other reason."""
    return "belongs to Ada" in answer.text
