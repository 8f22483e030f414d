"""Who may link an account, and how many people an app takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from auxcord.accounts import Admission
from auxcord.errors import NotAdmittedError
from auxcord.spotify.apps import App
from auxcord.spotify.modes import CLOSED_IN_2024, Access
from auxcord.spotify.oauth import SpotifyOAuth
from auxcord.spotify.transport import Transport
from tests.accounts.spotify import APP, profile

if TYPE_CHECKING:
    from tests.accounts.conftest import World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "listed",
    [
        "ada",
        "ADA",
        "spotify:user:ada",
        "https://open.spotify.com/user/ada",
        "https://open.spotify.com/user/ada?si=0123456789abcdef",
        "https://open.spotify.com/intl-de/user/Ada",
    ],
)
def test_an_id_is_recognised_however_an_operator_copies_it(listed: str) -> None:
    admission = Admission(allowed=[listed, "somebody"])
    assert admission.admits("ada")
    assert not admission.admits("adam")


def test_an_id_with_other_characters_is_found_by_its_address() -> None:
    admission = Admission(allowed=["https://open.spotify.com/user/a%23b%20%C3%A9"])
    assert admission.admits("a#b é")
    assert Admission(allowed=["a#b"]).admits("A#B")


@pytest.mark.parametrize("other", ["\uff21\uff24\uff21", "\u1d2cda", "ad\u0430", "ada ", ""])
def test_letters_that_only_look_alike_are_not_the_same(other: str) -> None:
    """An account with such a name must not pass for a listed one: only A to Z are folded."""
    assert not Admission(allowed=["ada"]).admits(other)


def test_the_long_s_and_the_kelvin_sign_do_not_stand_for_letters() -> None:
    assert not Admission(allowed=["kiss"]).admits("\u212aiss")
    assert not Admission(allowed=["kiss"]).admits("ki\u017fs")


def test_without_a_list_everybody_may() -> None:
    assert Admission().is_open
    Admission().require("anybody")


async def test_somebody_who_is_not_listed_is_refused_before_anything_is_stored(world: World) -> None:
    world.accounts.admission = Admission(allowed=["bram"])
    with pytest.raises(NotAdmittedError, match="not on this server's list"):
        await world.link("ada")
    assert await world.vault.sole_user() is None
    bram = await world.link("bram")
    assert await world.accounts.is_admitted(bram)


async def test_somebody_who_is_listed_no_longer_gets_no_token_and_spotify_is_not_asked(world: World) -> None:
    ada = await world.link("ada")
    world.accounts.admission = Admission(allowed=["bram"])
    world.clock.now += 3600
    with pytest.raises(NotAdmittedError):
        await world.accounts.access_token(ada)
    assert not await world.accounts.is_admitted(ada)
    assert world.spotify.refreshes == []
    assert (await world.accounts.describe(ada)).spotify_user_id == profile("ada").id


async def test_an_app_takes_five_until_it_is_known_to_have_extended_access(world: World) -> None:
    access = Access()
    app = App(SpotifyOAuth(world.http, APP), Transport(world.http, access=access))
    assert Admission(seats=None).seats(app) == 5
    assert Admission(seats=25).seats(app) == 25
    assert Admission(seats=0).seats(app) is None
    await access.found(next(iter(CLOSED_IN_2024)), open_=True)
    assert Admission(seats=None).seats(app) is None
    assert Admission(seats=25).seats(app) == 25
