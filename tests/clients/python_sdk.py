"""The official Python SDK's client (`mcp.Client`) against a running server, in both protocol revisions.

Registration, PKCE and tokens are the SDK's own; the browser is ours, as an application has to supply one.

    python tests/clients/python_sdk.py --url http://127.0.0.1:8000/mcp --simulator http://127.0.0.1:9000
"""

from __future__ import annotations

import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from journey import Answer, Person, Setting, main
from mcp import Client
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl

from browser import Browser, Wishes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ERAS = {"2026-07-28": "2026-07-28", "2025-11-25": "legacy"}


class Memory(TokenStorage):
    """Keeps one person's registration and tokens for as long as the script runs."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.registration: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.registration

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.registration = client_info


class SignIn:
    """The two halves the SDK asks an application for: open the browser, take what comes back."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._came_back = ""

    async def open_page(self, url: str) -> None:
        """Walk the sign-in to its end."""
        self._came_back = await self._browser.sign_in(url)

    async def take_code(self) -> AuthorizationCodeResult:
        """What the server sent the browser back with."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(self._came_back).query).items()}
        return AuthorizationCodeResult(code=query["code"], state=query.get("state"), iss=query.get("iss"))


class Seat:
    """The SDK's client, signed in as one person."""

    def __init__(self, client: Client, auth: OAuthClientProvider | None = None) -> None:
        self._client = client
        self._auth = auth

    async def age(self) -> None:
        if self._auth is not None:
            self._auth.context.token_expiry_time = time.time() - 1

    async def tools(self) -> list[str]:
        return [tool.name for tool in (await self._client.list_tools()).tools]

    async def call(self, tool: str, arguments: dict[str, Any]) -> Answer:
        result = await self._client.call_tool(tool, arguments)
        text = "\n".join(block.text for block in result.content if block.type == "text")
        return Answer(text, bool(result.is_error))


def sign_in_auth(url: str, name: str, kept: Memory, browser: Browser) -> OAuthClientProvider:
    """The SDK's sign-in: it registers under `name`, and a person at `browser` does the rest."""
    sign_in = SignIn(browser)
    metadata = OAuthClientMetadata(
        client_name=name,
        redirect_uris=[AnyUrl("http://127.0.0.1:3939/callback")],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
    )
    return OAuthClientProvider(url, metadata, kept, sign_in.open_page, sign_in.take_code)


@asynccontextmanager
async def open_client(setting: Setting, era: str, person: Person) -> AsyncIterator[Seat]:
    """Register, sign in and connect as one person."""
    async with Browser(Wishes(person.handle)) as browser:
        auth = sign_in_auth(setting.url, f"Python SDK check ({person.handle})", Memory(), browser)
        async with httpx2.AsyncClient(auth=auth, timeout=30, trust_env=False) as http:
            transport = streamable_http_client(setting.url, http_client=http)
            async with Client(transport, mode=ERAS[era], read_timeout_seconds=30) as client:
                spoken = str(client.protocol_version)
                if spoken != era:
                    raise RuntimeError(f"asked for {era}, the server speaks {spoken}")
                yield Seat(client, auth)


if __name__ == "__main__":
    sys.exit(main("python_sdk", tuple(ERAS), open_client))
