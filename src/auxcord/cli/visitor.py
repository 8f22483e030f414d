"""One person of the tour: their browser, their MCP client, their tokens; nothing is shared."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Literal, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from mcp_types import TextContent
from pydantic import AnyHttpUrl

from auxcord.cli.browser import Browser, Page

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    from auxcord.cli.report import Report

REDIRECT_URI = "http://127.0.0.1:33418/callback"
_URI = re.compile(r"spotify:[a-z]+:[0-9A-Za-z]{22}")


class Answer(NamedTuple):
    """What a tool answered."""

    text: str
    refused: bool

    def uris(self, kind: str) -> list[str]:
        """The URIs of one kind in the answer, in order."""
        return [uri for uri in _URI.findall(self.text) if uri.startswith(f"spotify:{kind}:")]


class _Pocket(TokenStorage):
    """Where this person's client keeps its tokens: in memory, for the length of the tour."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Visitor:
    """A person with an MCP client and a browser.

    Args:
        name: What to call them.
        spotify_user: Who they are at the simulated Spotify.
        url: The server's MCP address.
        level: What they choose on the consent page.
        report: Where to tell what happens.
        mode: `auto` speaks the newest protocol revision, `legacy` the one before it.
        trusted: Whose certificates the browser accepts; the usual authorities' when omitted.
    """

    def __init__(
        self,
        name: str,
        spotify_user: str,
        url: str,
        *,
        level: str,
        report: Report,
        mode: Literal["auto", "legacy"] = "auto",
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self.name = name
        self.spotify_user = spotify_user
        self._level = level
        self._report = report
        self._pocket = _Pocket()
        self._browser = Browser(stop_at=REDIRECT_URI, trusted=trusted)
        self._landed: Page | None = None
        metadata = OAuthClientMetadata(
            client_name=f"{name}'s assistant",
            redirect_uris=[AnyHttpUrl(REDIRECT_URI)],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            token_endpoint_auth_method="none",  # noqa: S106 - a public client has no secret
        )
        auth = OAuthClientProvider(
            url, metadata, self._pocket, redirect_handler=self._sign_in, callback_handler=self._called_back
        )
        self.client = Client(StreamableHttpTransport(url, auth=auth), mode=mode)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._browser)
        await self._stack.enter_async_context(self.client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def access_token(self) -> str:
        """The token this person's client got from our server."""
        return self.tokens[0]

    @property
    def tokens(self) -> tuple[str, str]:
        """The access and refresh token this person's client got from our server."""
        assert self._pocket.tokens is not None
        assert self._pocket.tokens.refresh_token is not None
        return self._pocket.tokens.access_token, self._pocket.tokens.refresh_token

    @property
    def client_id(self) -> str:
        """The id this person's client registered under."""
        assert self._pocket.client is not None
        return self._pocket.client.client_id or ""

    async def call(self, tool: str, **arguments: object) -> Answer:
        """Call a tool and show the answer."""
        result = await self.client.call_tool(tool, arguments, raise_on_error=False)
        text = "\n".join(block.text for block in result.content if isinstance(block, TextContent))
        self._report.call(self.name, tool, arguments, text)
        return Answer(text, result.is_error)

    async def _sign_in(self, url: str) -> None:
        consent = await self._browser.open(url)
        self._report.say(f"Consent page: {consent.title!r}; {self.name} chooses the level {self._level!r}.")
        spotify = await self._browser.press(consent, "allow", level=self._level)
        self._report.say(f"Spotify's page: {spotify.title!r}; {self.name} approves as {self.spotify_user!r}.")
        if spotify.url.startswith(REDIRECT_URI):  # Spotify knows this person and app already
            self._landed = spotify
        else:
            self._landed = await self._browser.press(spotify, "approve", user=self.spotify_user)

    async def _called_back(self) -> AuthorizationCodeResult:
        assert self._landed is not None
        query = {name: values[0] for name, values in parse_qs(urlsplit(self._landed.url).query).items()}
        if "code" not in query:
            msg = f"the sign-in ended at {self._landed.url}: {self._landed.text}"
            raise LookupError(msg)
        return AuthorizationCodeResult(code=query["code"], state=query.get("state"), iss=query.get("iss"))
