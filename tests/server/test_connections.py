"""A sign-in that goes on while nobody waits for it: what came of it is told with the next call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from auxcord.caller import LEVELS, Permission
from auxcord.errors import AddressInUseError, SpotifySignInError, SpotifyUnavailableError
from auxcord.server import connections, local
from auxcord.server.connections import GrantConnection, LocalConnection
from auxcord.server.listener import bind, port_of
from tests.tools.door import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with House.opened(tmp_path) as house:
        yield house


@pytest.fixture
async def connection(house: House) -> AsyncIterator[LocalConnection]:
    connection = LocalConnection(house.vault, house.accounts, house.accounts.apps.first)
    yield connection
    await connection.close()


async def come_back(house: House, connection: LocalConnection, person: str = "ada") -> None:
    """Let a person follow the link to the simulated Spotify, agree there, and come back."""
    await house.control("POST", "auto-approve", {"user": person})
    async with httpx2.AsyncClient(trust_env=False) as browser:
        onward = (await browser.get(await connection.address())).headers["location"]
        back = (await house.http.get(onward, follow_redirects=False)).headers["location"]
        assert (await browser.get(back)).status_code == 200


async def test_a_person_who_comes_back_is_linked(house: House, connection: LocalConnection) -> None:
    assert (await connection.standing()).link is None
    await come_back(house, connection)
    standing = await connection.standing()
    assert standing.link is not None
    assert standing.link.display_name == "Ada"
    assert standing.permissions == LEVELS["everything"]


async def test_there_is_one_sign_in_at_a_time(connection: LocalConnection) -> None:
    assert await connection.address() == await connection.address()


async def test_what_went_wrong_is_told_once(house: House, connection: LocalConnection) -> None:
    link = await connection.address()
    await house.fault("server-error", "/v1/me", times=100)
    await come_back(house, connection)
    with pytest.raises(SpotifyUnavailableError):
        await connection.standing()
    assert (await connection.standing()).link is None
    assert await connection.address() != link


async def test_what_nobody_foresaw_is_told_with_a_reference_and_nothing_else(
    house: House, connection: LocalConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_arguments: object) -> None:
        raise ValueError("a-thing-nobody-may-see")

    monkeypatch.setattr(connections, "keep", broken)
    await come_back(house, connection)
    with pytest.raises(SpotifySignInError, match=r"its log says more under [0-9a-f]{8}\.") as told:
        await connection.standing()
    assert "nobody-may-see" not in str(told.value)


async def test_a_listener_that_does_not_come_up_is_told_at_once(
    connection: LocalConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise OSError("no more sockets")

    monkeypatch.setattr(local, "serving", broken)
    with pytest.raises(SpotifySignInError, match="Something went wrong inside Auxcord"):
        await connection.address()


async def test_after_ten_minutes_it_is_over(
    connection: LocalConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "SIGN_IN_SECONDS", 0.0)
    link = await connection.address()
    assert connection._waiting is not None
    await connection._waiting
    with pytest.raises(SpotifySignInError, match="not finished within ten minutes"):
        await connection.standing()
    assert await connection.address() != link


async def test_a_port_somebody_else_has_is_told(house: House) -> None:
    taken = bind("127.0.0.1", 0)
    uri = f"http://127.0.0.1:{port_of(taken)}/callback"
    connection = LocalConnection(house.vault, house.accounts, house.accounts.apps.first, redirect_uri=uri)
    with pytest.raises(AddressInUseError, match="in use"):
        await connection.address()
    taken.close()


@pytest.mark.parametrize(
    ("token", "before", "after", "seen"),
    [
        ("look", "look", "everything", "everything"),
        ("look", "everything", "everything", "look"),
        ("look", "control", "everything", "look"),
    ],
)
async def test_a_token_widens_with_its_grant_unless_it_was_asked_for_with_less(
    house: House, token: str, before: str, after: str, seen: str
) -> None:
    held = [LEVELS[before]]

    async def granted() -> frozenset[Permission]:
        return held[0]

    user_id = await house.link("ada", ["user-read-private"])
    connection = GrantConnection(
        house.accounts, user_id, LEVELS[token], address="https://auxcord.example/", granted=granted
    )
    assert (await connection.standing()).permissions == LEVELS[token]
    held[0] = LEVELS[after]
    assert (await connection.standing()).permissions == LEVELS[seen]
