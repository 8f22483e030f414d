"""The settings of several Spotify apps: read, checked, and never shown."""

from __future__ import annotations

import pytest

from auxcord.errors import SettingsError
from auxcord.server.settings import Settings

FIRST, SECOND, THIRD = ("0" * 31 + "1"), "2" * 32, "3" * 32


def load(apps: str, **more: str) -> Settings:
    return Settings.load({"SPOTIFY_CLIENT_ID": FIRST, "AUXCORD_SPOTIFY_APPS": apps, **more}, command="stdio")


def test_the_app_of_the_client_id_comes_first_and_the_others_in_their_order() -> None:
    settings = load(f"{SECOND}:test-b, {THIRD}", SPOTIFY_CLIENT_SECRET="test-a")
    assert [(app.client_id, app.client_secret) for app in settings.apps] == [
        (FIRST, "test-a"),
        (SECOND, "test-b"),
        (THIRD, None),
    ]
    for secret in ("test-a", "test-b"):
        assert secret not in repr(settings) + repr(settings.apps)


@pytest.mark.parametrize(
    ("apps", "problem"),
    [
        (f"{SECOND}:x,{SECOND}:y", "names the same app twice, at positions 1 and 2"),
        (f"{SECOND}:x,{FIRST}:y", "AUXCORD_SPOTIFY_APPS names the app of SPOTIFY_CLIENT_ID as well"),
        (f"{SECOND}:x,test-secret-in-the-wrong-place", "position 2"),
    ],
)
def test_what_cannot_be_is_told_in_one_line_without_a_secret(apps: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(apps)
    assert problem in str(caught.value)
    assert "wrong-place" not in str(caught.value)
