"""Linking an account while one talks to a model: real processes over stdio, and a browser."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from fastmcp import Client
from fastmcp.client.elicitation import ElicitResult
from fastmcp.client.transports import StdioTransport

from tests.cli.programs import ended

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.cli.programs import Environment

pytestmark = [pytest.mark.anyio, pytest.mark.server]


@pytest.fixture(params=["auto", "legacy"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


@asynccontextmanager
async def assistant(home: Environment, **options: Any) -> AsyncIterator[Client]:
    """An MCP client that runs `auxcord`."""
    transport = StdioTransport(sys.executable, ["-m", "auxcord"], env=home, keep_alive=False)
    async with Client(transport, **options) as client:
        yield client


async def said(client: Client, tool: str, **arguments: object) -> str:
    result = await client.call_tool(tool, arguments, raise_on_error=False)
    return result.content[0].text


def link_in(text: str) -> str:
    return next(word for word in text.split() if word.startswith("http://127.0.0.1:"))


@asynccontextmanager
async def browser_of(spotify: str, user: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser of somebody who is signed in at Spotify."""
    async with httpx2.AsyncClient(trust_env=False, follow_redirects=True) as browser:
        await browser.post(f"{spotify}/_simulator/auto-approve", json={"user": user})
        yield browser


async def until_linked(client: Client) -> str:
    """Ask again and again, as nobody tells a model that the person is through."""
    for _ in range(400):
        text = await said(client, "get_account")
        if "[not_linked]" not in text:
            return text
        await asyncio.sleep(0.05)
    raise AssertionError(text)


class Person:
    """Opens the link their client offers, in their browser, or does something else with it."""

    def __init__(self, spotify: str, user: str, action: str = "accept") -> None:
        self.spotify, self.user, self.action = spotify, user, action
        self.links: list[str] = []
        self.page = ""

    async def __call__(self, _message: str, _type: object, params: Any, _context: object) -> ElicitResult:
        self.links.append(params.url)
        if self.action == "accept":
            async with browser_of(self.spotify, self.user) as browser:
                self.page = (await browser.get(params.url)).text
        return ElicitResult(action=self.action, content=None)


async def test_a_client_that_offers_links_is_through_in_one_call(
    home: Environment, spotify: str, mode: str
) -> None:
    person = Person(spotify, "ada")
    async with assistant(home, mode=mode, elicitation_handler=person) as client:
        text = await said(client, "connect_account")
        assert text.startswith("Done: the Spotify account Ada is linked, ")
        assert "go back to your assistant" in person.page
        assert "Nothing to do: " in await said(client, "connect_account")
        assert len(person.links) == 1
        assert "Spotify right now: works" in await said(client, "get_account")


async def test_a_client_that_only_shows_text_gets_the_link_in_it(
    home: Environment, spotify: str, mode: str
) -> None:
    async with assistant(home, mode=mode) as client:
        assert "Call connect_account" in await said(client, "get_account")
        text = await said(client, "connect_account")
        assert text.startswith("Not done yet. Give the person this link")
        assert link_in(await said(client, "connect_account")) == link_in(text), "one sign-in at a time"
        async with browser_of(spotify, "ada") as browser:
            await browser.get(link_in(text))
        assert "account: Ada" in await until_linked(client)
        assert (await said(client, "connect_account")).startswith("Nothing to do: ")


async def test_nothing_of_what_goes_to_spotify_is_in_the_chat(home: Environment, spotify: str) -> None:
    async with assistant(home) as client:
        text = await said(client, "connect_account")
        async with httpx2.AsyncClient(trust_env=False) as browser:
            onward = await browser.get(link_in(text))
    address = httpx2.URL(onward.headers["location"])
    assert address.params["code_challenge_method"] == "S256"
    for name in ("state", "code_challenge", "client_id"):
        assert address.params[name] not in text
    cookie = onward.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert onward.headers["cache-control"] == "no-store"


async def test_only_the_browser_that_opened_the_link_can_finish(home: Environment, spotify: str) -> None:
    async with assistant(home) as client:
        link = link_in(await said(client, "connect_account"))
        async with httpx2.AsyncClient(trust_env=False) as browser, browser_of(spotify, "bram") as thief:
            onward = (await browser.get(link)).headers["location"]
            stolen = await thief.get(onward)
            assert stolen.status_code == 403
            assert "Another browser" in stolen.text
            assert "[not_linked]" in await said(client, "get_account")
            await browser.post(f"{spotify}/_simulator/auto-approve", json={"user": "ada"})
            back = (await browser.get(onward)).headers["location"]
            assert (await browser.head(back)).status_code == 405
            ((name, held),) = browser.cookies.items()
            for cookies in (f"{name}={held}; {name}={held}", f"\xa0{name}={held}"):  # a neighbour's, perhaps
                odd = await thief.get(back, headers={"Cookie": cookies.encode("latin-1")})
                assert odd.status_code == 403
            assert (await browser.get(back)).status_code == 200
        assert "account: Ada" in await until_linked(client)


async def test_who_declines_at_spotify_is_told_and_may_begin_anew(home: Environment, spotify: str) -> None:
    async with assistant(home) as client:
        link = link_in(await said(client, "connect_account"))
        async with httpx2.AsyncClient(trust_env=False) as browser:
            onward = httpx2.URL((await browser.get(link)).headers["location"])
            back = httpx2.URL(onward.params["redirect_uri"])
            declined = {"error": "access_denied", "state": onward.params["state"]}
            assert "declined" in (await browser.get(back.copy_merge_params(declined))).text
        text = await said(client, "connect_account")
        assert text.startswith("Access was declined at Spotify.")
        assert link_in(await said(client, "connect_account")) != link


async def test_who_does_not_want_to_is_left_alone(home: Environment, spotify: str, mode: str) -> None:
    person = Person(spotify, "ada", "decline")
    async with assistant(home, mode=mode, elicitation_handler=person) as client:
        assert (await said(client, "connect_account")).startswith("Nothing was changed: ")
        assert "[not_linked]" in await said(client, "get_account")


async def test_another_account_does_not_take_the_place_of_the_one_that_is_linked(
    home: Environment, spotify: str
) -> None:
    person = Person(spotify, "ada")
    async with (
        assistant(home, elicitation_handler=person) as client,
        httpx2.AsyncClient(trust_env=False, base_url=spotify) as control,
    ):
        assert (await said(client, "connect_account")).startswith("Done: ")
        await control.post("/_simulator/revoke", json={"user": "ada"})
        assert "no longer accepts" in await said(client, "get_account")
        person.user = "bram"
        assert "[already_linked]" in await said(client, "connect_account")
        assert "account: Ada" in await said(client, "get_account")
        person.user = "ada"
        assert (await said(client, "connect_account")).startswith("Done: the Spotify account Ada is linked")
        assert "Spotify right now: works" in await said(client, "get_account")


async def test_a_port_that_is_taken_is_told_with_what_to_do(home: Environment, spotify: str) -> None:
    blocker = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = blocker.sockets[0].getsockname()[1]
    async with (
        blocker,
        assistant(home | {"SPOTIFY_REDIRECT_URI": f"http://127.0.0.1:{port}/callback"}) as client,
    ):
        text = await said(client, "connect_account")
    assert f"Port {port} on 127.0.0.1 is in use." in text
    assert "[address_in_use]" in text


async def test_a_person_disconnects_in_the_chat_and_another_may_come(home: Environment, spotify: str) -> None:
    person = Person(spotify, "ada")

    async def answers(message: str, kind: object, params: Any, context: object) -> Any:
        if params.mode == "url":
            return await person(message, kind, params, context)
        return ElicitResult(action="accept", content={"confirm": True})

    async with assistant(home, elicitation_handler=answers) as client:
        assert (await said(client, "connect_account")).startswith("Done: the Spotify account Ada is linked")
        assert (await said(client, "disconnect_account")).startswith("erased: ")
        person.user = "bram"
        assert (await said(client, "connect_account")).startswith("Done: the Spotify account Bram ")
    status, _, err = await ended(home, "logout")
    assert (status, "erased" in err) == (0, True)


async def test_a_client_that_goes_leaves_nothing_running(home: Environment, spotify: str) -> None:
    async with assistant(home) as client:
        link = link_in(await said(client, "connect_account"))
    async with httpx2.AsyncClient(trust_env=False) as browser:
        with pytest.raises(httpx2.ConnectError):
            await browser.get(link)
