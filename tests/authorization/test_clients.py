"""Client programs we did not write, over the real application: FastMCP's and the official SDK's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from fastmcp import Client as FastClient
from fastmcp.client.auth import OAuth
from fastmcp.client.transports import StreamableHttpTransport
from key_value.aio.stores.memory import MemoryStore
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
from pydantic import AnyUrl
from sqlalchemy import select

from auxcord.store.schema import clients
from tests.authorization.house import BASE, House, agree, call_tool, query_of
from tests.authorization.internet import internet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:Using in-memory token storage"),
]


class Window:
    """The person's browser: walks the sign-in when the client opens it, and keeps what came back."""

    def __init__(self, house: House, person: str, level: str = "everything") -> None:
        self._house = house
        self._person = person
        self._level = level
        self._back = ""
        self.opened = 0

    async def open(self, url: str) -> None:
        self.opened += 1
        answer = await agree(self._house, self._house.browser(), url, person=self._person, level=self._level)
        self._back = answer.headers["location"]

    async def answer(self) -> AuthorizationCodeResult:
        query = query_of(self._back)
        return AuthorizationCodeResult(code=query["code"], state=query.get("state"), iss=query.get("iss"))


class FastSignIn(OAuth):
    """FastMCP's own sign-in with our window in place of the system's browser."""

    def __init__(
        self, window: Window, factory: Callable[..., httpx2.AsyncClient], address: str | None = None
    ) -> None:
        super().__init__(
            f"{BASE}/mcp",
            token_storage=MemoryStore(),
            httpx_client_factory=factory,
            client_metadata_url=address,
        )
        self._window = window

    async def redirect_handler(self, authorization_url: str) -> None:
        async with self.httpx_client_factory() as http:
            preflight = await http.get(authorization_url, follow_redirects=False)
        assert preflight.status_code == 302
        await self._window.open(authorization_url)

    async def callback_handler(self) -> AuthorizationCodeResult:
        return await self._window.answer()


class Memory(TokenStorage):
    """What the SDK's client keeps."""

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


def factory_for(house: House) -> Callable[..., httpx2.AsyncClient]:
    """HTTP clients that reach the house."""

    def factory(
        headers: dict[str, str] | None = None, auth: httpx2.Auth | None = None, **_options: Any
    ) -> httpx2.AsyncClient:
        wire = httpx2.ASGITransport(app=house.app)
        return httpx2.AsyncClient(transport=wire, base_url=BASE, headers=headers, auth=auth)

    return factory


async def test_fastmcps_client_signs_in_by_itself(house: House) -> None:
    window = Window(house, "ada", level="control")
    factory = factory_for(house)
    transport = StreamableHttpTransport(
        f"{BASE}/mcp", auth=FastSignIn(window, factory), httpx_client_factory=factory
    )
    async with FastClient(transport) as client:
        result = await client.call_tool("whoami")
    assert str(result.data).endswith(" read playback")
    assert window.opened == 1


async def test_fastmcps_client_signs_in_by_the_address_of_its_document(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "https://client.example/oauth/client.json"
    document = {
        "client_id": address,
        "client_name": "Published program",
        "redirect_uris": ["http://localhost/callback"],
    }
    factory = factory_for(house)
    async with internet(tmp_path, monkeypatch) as net:
        site = net.publish(address, document)
        sign_in = FastSignIn(Window(house, "ada"), factory, address)
        transport = StreamableHttpTransport(f"{BASE}/mcp", auth=sign_in, httpx_client_factory=factory)
        async with FastClient(transport) as client:
            result = await client.call_tool("whoami")
    assert str(result.data).endswith(" read playback edit")
    assert site.asked == ["/oauth/client.json"]
    registered = await house.store.fetch(select(clients.c.client_id))
    assert [row.client_id for row in registered] == [address]


async def test_the_sdks_client_signs_in_refreshes_and_signs_in_again_when_revoked(house: House) -> None:
    window, memory = Window(house, "bram"), Memory()
    metadata = OAuthClientMetadata(
        client_name="SDK", redirect_uris=[AnyUrl("http://127.0.0.1:3939/callback")]
    )
    auth = OAuthClientProvider(f"{BASE}/mcp", metadata, memory, window.open, window.answer)
    wire = httpx2.ASGITransport(app=house.app)
    async with httpx2.AsyncClient(transport=wire, base_url=BASE, auth=auth) as http:
        assert "read playback edit" in (await call_tool(http, None, "whoami")).text
        first = memory.tokens
        assert first is not None
        auth.context.token_expiry_time = 1.0
        assert (await call_tool(http, None, "whoami")).status_code == 200
        second = memory.tokens
        assert second is not None
        assert second.access_token != first.access_token
        assert window.opened == 1
        seen = await house.provider.load_access_token(second.access_token)
        assert seen is not None
        await house.provider.revoke_token(seen)
        assert (await call_tool(http, None, "whoami")).status_code == 200
        assert window.opened == 2


async def test_two_people_with_the_same_kind_of_client_stay_apart(house: House) -> None:
    seen = []
    for person in ("ada", "bram"):
        factory = factory_for(house)
        sign_in = FastSignIn(Window(house, person), factory)
        transport = StreamableHttpTransport(f"{BASE}/mcp", auth=sign_in, httpx_client_factory=factory)
        async with FastClient(transport) as client:
            seen.append(str((await client.call_tool("whoami")).data).split()[0])
    assert len(set(seen)) == 2
