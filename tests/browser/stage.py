"""What the browser tests run on: `auxcord serve` in processes of their own, and a client that listens."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sqlite3
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2

from tests.authorization.house import Program, Tokens, call_tool, query_of
from tests.replicas import Replicas, replicas

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.processes import Program as Process

PLAIN: Final = (
    '<!doctype html><html lang="en"><title>{title}</title><link rel="icon" href="data:,">'
    "<main><h1>{title}</h1>{content}</main></html>"
)


class Listener:
    """A web server on a loopback port: where a client waits for its code, or where somebody else's site is.

    Attributes:
        asked: The addresses asked for, oldest first.
        heads: All that was said with each request before its body.
        pages: What stands at which path; everything else is "Received".
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.heads: list[str] = []
        self.pages: dict[str, str] = {}
        self.port = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def elsewhere(self) -> str:
        """The same under a name that is another site for browsers."""
        return f"http://localhost:{self.port}"

    def answers(self, path: str) -> list[dict[str, str]]:
        """What came back to a client at this path."""
        return [query_of(url) for url in self.asked if urlsplit(url).path == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            where = head.split(" ")[1]
            self.asked.append(where)
            self.heads.append(head)
            path = urlsplit(where).path
            body = self.pages.get(path) or PLAIN.format(title="Received", content="")
            found = "404 Not Found" if path == "/favicon.ico" else "200 OK"
            writer.write(
                f"HTTP/1.1 {found}\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
                f"Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()
            )
            await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """A listener, until the block is left."""
    listener = Listener()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    async with server:
        yield listener


@dataclass
class Served:
    """A server that browsers reach, and the Spotify behind it.

    Attributes:
        house: Its processes.
        server: The one that listens at `base`.
        client: Where its clients wait.
    """

    house: Replicas
    server: Process
    client: Listener
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def base(self) -> str:
        """Where people reach it."""
        return self.server.url

    @property
    def spotify(self) -> str:
        """Where people sign in after us."""
        return self.house.simulator.url

    def browser(self) -> httpx2.AsyncClient:
        """What a client program asks with."""
        http = httpx2.AsyncClient(
            base_url=self.base, trust_env=False, timeout=30, headers={"X-Forwarded-For": address()}
        )
        self.closing.push_async_callback(http.aclose)
        return http

    async def with_settings(self, **settings: str) -> Served:
        """The same database and Spotify, served with other settings at another address."""
        return Served(self.house, await self.house.add(**settings), self.client, self.closing)

    async def somebody(self, **about: Any) -> str:
        """Somebody new at Spotify, by handle."""
        handle = f"person-{secrets.token_hex(4)}"
        await self.house.simulator.control("POST", "/users", json={"handle": handle, **about})
        return handle

    async def program(self, name: str = "Test program", **document: Any) -> Program:
        """A client program that has just registered itself and waits at a path of its own."""
        redirect = f"{self.client.url}/back/{secrets.token_hex(4)}"
        return await Program.registered(self, redirect, client_name=name, **document)

    def received(self, program: Program) -> list[dict[str, str]]:
        """The answers that came back to a program."""
        return self.client.answers(urlsplit(program.redirect_uri).path)

    async def redeemed(self, program: Program) -> Tokens:
        """The tokens for the one code a program got."""
        answers = self.received(program)
        assert len(answers) == 1, answers
        assert (answers[0]["state"], answers[0]["iss"]) == ("the-state", self.base)
        return Tokens.of(await program.redeem(answers[0]["code"]))

    async def told(self, tokens: Tokens, tool: str = "get_account") -> str:
        """What a tool answers to a program with these tokens."""
        answer = await call_tool(self.browser(), tokens.access, tool)
        assert answer.status_code == 200, answer.text
        return answer.text

    def alter(self, statement: str, *values: Any) -> int:
        """Change something in the database, such as when it ends; returns how many rows that met."""
        with closing(sqlite3.connect(self.house.database, timeout=20)) as database, database:
            return database.execute(statement, values).rowcount


def start(served: Served, program: Program, **changes: str | None) -> str:
    """The whole address that a program opens in the person's browser."""
    return f"{served.base}{program.authorize_url(**changes)}"


def address() -> str:
    """An address of one's own, as a proxy tells it, so that limits by address do not meet tests."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


@asynccontextmanager
async def serving(**settings: str) -> AsyncIterator[Served]:
    """Run a server and its Spotify until the block is left; its public address is its own."""
    async with AsyncExitStack() as closing:
        client = await closing.enter_async_context(listening())
        house = await closing.enter_async_context(
            replicas(1, settings={"AUXCORD_PUBLIC_URL": "", **settings})
        )
        served = Served(house, house.all[0], client)
        closing.push_async_callback(served.closing.aclose)
        yield served
