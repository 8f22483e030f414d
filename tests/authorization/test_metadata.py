"""What clients read about us before they do anything (RFC 8414, RFC 9728)."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette

from auxcord.errors import SettingsError
from auxcord.server.http import build_http_app
from tests.authorization.house import (
    BASE,
    House,
    Program,
    agree,
    fixture_mcp,
    open_house,
    query_of,
    tokens_for,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", ["oauth-authorization-server", "openid-configuration"])
async def test_the_authorization_server_describes_itself(house: House, name: str) -> None:
    answer = await house.browser().get(f"/.well-known/{name}", headers={"Origin": BASE})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {
        "issuer": BASE,
        "authorization_endpoint": f"{BASE}/authorize",
        "token_endpoint": f"{BASE}/token",
        "registration_endpoint": f"{BASE}/register",
        "revocation_endpoint": f"{BASE}/revoke",
        "scopes_supported": ["read", "playback", "edit"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": True,
    }


async def test_the_resource_names_its_authorization_server(house: House) -> None:
    answer = await house.browser().get("/.well-known/oauth-protected-resource/mcp")
    assert answer.json() == {
        "resource": f"{BASE}/mcp",
        "authorization_servers": [BASE],
        "scopes_supported": ["read", "playback", "edit"],
        "bearer_methods_supported": ["header"],
        "resource_name": "Auxcord",
    }


async def test_below_a_path_everything_works_with_and_without_a_proxy_that_takes_it_away(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    base = "http://127.0.0.1:8000/aux"
    async with open_house(tmp_path_factory.mktemp("below"), base=base) as house:
        browser = house.browser()
        for path in (
            "/.well-known/oauth-authorization-server/aux",
            "/.well-known/openid-configuration/aux",
            "/aux/.well-known/openid-configuration",
        ):
            answer = await browser.get(f"{BASE}{path}")
            assert answer.json()["issuer"] == base, path
            assert answer.json()["token_endpoint"] == f"{base}/token"
        resource = await browser.get(f"{BASE}/.well-known/oauth-protected-resource/aux/mcp")
        assert resource.json()["resource"] == f"{base}/mcp"
        for prefix in ("/aux", ""):
            assert (await browser.get(f"{BASE}{prefix}/healthz")).status_code == 200
            refused = await browser.post(f"{BASE}{prefix}/mcp", json={})
            assert refused.status_code == 401
            assert "/.well-known/oauth-protected-resource/aux/mcp" in refused.headers["www-authenticate"]


async def test_below_a_path_a_person_signs_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    base = "http://127.0.0.1:8000/aux"
    async with open_house(tmp_path_factory.mktemp("below"), base=base) as house:
        added = {"redirect_uris": ["http://127.0.0.1/aux/callback"]}
        client = "00000000000000000000000000000001"
        answer = await house.spotify.post("/_simulator/apps", json={"client_id": client, **added})
        assert answer.is_success, answer.text
        program = await Program.registered(house)
        done = await agree(house, house.browser(), program.authorize_url())
        assert query_of(done.headers["location"])["iss"] == base
        code = query_of(done.headers["location"])["code"]
        token = (await program.redeem(code)).json()["access_token"]
        assert (await program.whoami(token)).status_code == 200


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://127.0.0.1:8000/callback",
        "http://localhost:8000/callback",
        "http://127.0.0.1:8001/callback",
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8000/",
    ],
)
async def test_a_spotify_redirect_the_cookie_would_not_reach_stops_the_start(
    tmp_path_factory: pytest.TempPathFactory, redirect_uri: str
) -> None:
    with pytest.raises(SettingsError, match="SPOTIFY_REDIRECT_URI must lie below"):
        async with open_house(tmp_path_factory.mktemp("wrong"), redirect_uri=redirect_uri):
            pass


async def test_spotify_may_send_people_back_to_another_path(tmp_path_factory: pytest.TempPathFactory) -> None:
    where = f"{BASE}/spotify/back"
    async with open_house(tmp_path_factory.mktemp("elsewhere"), redirect_uri=where) as house:
        client = "00000000000000000000000000000001"
        added = {"client_id": client, "redirect_uris": ["http://127.0.0.1/spotify/back"]}
        assert (await house.spotify.post("/_simulator/apps", json=added)).is_success
        program = await Program.registered(house)
        assert (await tokens_for(house, program)).access
        assert (await house.browser().get("/callback")).status_code == 404


async def test_the_same_factory_serves_a_server_without_sign_in() -> None:
    app = build_http_app(fixture_mcp(), None, public_url=BASE)
    assert isinstance(app, Starlette)
    assert not [route for route in app.routes if getattr(route, "path", "") in {"/authorize", "/token"}]
