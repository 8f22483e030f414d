"""One person on their own computer: `auxcord login` and `auxcord` over stdio, and all that can go wrong."""

from __future__ import annotations

import secrets
import shlex
import sys
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx2
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from tests.authorization.house import query_of
from tests.reliability.test_every_wrong_argument import RIGHT
from tests.security.adversaries.stage import at_spotify
from tests.security.canaries.commands import Terminal, take_over
from tests.security.canaries.ears import Listening
from tests.security.canaries.ledger import ENCRYPTION_KEY, PASTED, WORD
from tests.security.canaries.waiting import until
from tests.tools.questioning import SCHEMAS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.security.canaries.stage import Stage


async def drive(stage: Stage) -> None:
    """Sign in and use it, well and badly."""
    home = stage.house.folder / "home"
    own = {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "AUXCORD_ENCRYPTION_KEYS": "",
        "AUXCORD_DATABASE_URL": "",
        "AUXCORD_PUBLIC_URL": "",
    }
    terminal = Terminal(stage, stage.house.environment | own)
    for what, way in {
        "(declined)": _decline,
        "(a foreign state)": _foreign,
        "(Spotify repeats what it was sent)": _repeated,
        "(a code that is unknown)": _made_up,
    }.items():
        await terminal.run("login --no-browser", name=what, meanwhile=partial(way, stage))
    key = next((home / "config").rglob("encryption-keys")).read_text().strip()
    stage.ledger.note(ENCRYPTION_KEY, key)
    await take_over(stage, terminal)
    await terminal.run("logout")
    await _talk(stage, terminal.environment)
    await terminal.run("login --no-browser", name="(done)", meanwhile=partial(_agree, stage))
    await terminal.run("logout", name="(of somebody)")
    assert stage.ledger.secrets[key] == ENCRYPTION_KEY


async def _address(log: Path) -> str:
    await until(lambda: "/authorize?" in log.read_text())
    return next(word for word in log.read_text().split() if "/authorize?" in word)


def _browser(stage: Stage) -> httpx2.AsyncClient:
    wire = httpx2.AsyncHTTPTransport(trust_env=False)
    heard = Listening(wire, stage.ledger, lambda: stage.house.simulator.url)
    return httpx2.AsyncClient(transport=heard, trust_env=False, timeout=30)


async def _finish(stage: Stage, log: Path, **answer: str) -> None:
    address = query_of(await _address(log))
    async with _browser(stage) as browser:
        await browser.get(f"{address['redirect_uri']}?{urlencode({'state': address['state'], **answer})}")


async def _decline(stage: Stage, log: Path) -> None:
    await _finish(stage, log, error="access_denied")


async def _foreign(stage: Stage, log: Path) -> None:
    await _finish(stage, log, state=secrets.token_urlsafe(32), code=secrets.token_urlsafe(96))
    await _decline(stage, log)


async def _made_up(stage: Stage, log: Path) -> None:
    await _finish(stage, log, code=secrets.token_urlsafe(96))


async def _repeated(stage: Stage, log: Path) -> None:
    address = await _address(log)
    async with _browser(stage) as browser:
        back = await at_spotify(stage.house, browser, address, stage.handle)
        before, stage.upstream.repeats = stage.upstream.repeated, 400
        await browser.get(back)  # is answered before the code is redeemed
        await until(lambda: stage.upstream.repeated > before)
        stage.upstream.repeats = None


async def _agree(stage: Stage, log: Path) -> None:
    address = await _address(log)
    async with _browser(stage) as browser:
        await browser.get(await at_spotify(stage.house, browser, address, stage.handle))


async def _talk(stage: Stage, environment: dict[str, str]) -> None:
    """Let an assistant use it over stdio, from before the account is linked until it is erased."""
    folder = stage.house.folder
    out, err = folder / "stdio.out", folder / "stdio.err"
    python, told, logged = (shlex.quote(str(path)) for path in (sys.executable, out, err))
    command = f"{python} -m auxcord 2>{logged} | tee {told}"  # so that all of its output is kept
    transport = StdioTransport("sh", ["-c", command], env=environment, keep_alive=False)
    async with Client(transport) as client:
        for tool in ("get_account", "search", "no_such_tool"):
            await _said(client, tool, **RIGHT.get(tool, {}))
        link = next(word for word in (await _said(client, "connect_account")).split() if "http://127" in word)
        async with _browser(stage) as browser, _browser(stage) as thief:
            onward = (await browser.get(link)).headers["location"]
            await thief.get(link.rpartition("/")[0] + "/callback?state=" + secrets.token_urlsafe(32))
            back = await at_spotify(stage.house, browser, onward, stage.handle)
            assert (await thief.get(back)).status_code == 403
            await browser.get(back)
        await until(partial(_is_linked, client))
        for name, schema in SCHEMAS.items():
            if name != "disconnect_account":
                await _said(client, name, **RIGHT.get(name, {}))
                pasted = {argument: secrets.token_urlsafe(24) for argument in schema.get("properties", ())}
                for text in pasted.values():
                    stage.ledger.note(PASTED, text)
                await _said(client, name, **pasted)
            stage.paths.add(f"over stdio: {name}")
        stage.upstream.repeats = 400
        await _said(client, "get_playback")
        stage.upstream.repeats = None
        word = (await _said(client, "disconnect_account")).partition("confirm=")[2].split()[0]
        stage.ledger.note(WORD, word)
        assert "erased" in await _said(client, "disconnect_account", confirm=word)
    stage.ledger.hear("tool results", "auxcord over stdio: output", out.read_bytes())
    stage.ledger.hear("logs", "auxcord over stdio: log", err.read_bytes())


async def _is_linked(client: Client) -> bool:
    return "[not_linked]" not in await _said(client, "get_account")


async def _said(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments, raise_on_error=False)
    return str(result.content[0].text)
