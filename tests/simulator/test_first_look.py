"""The shortest way through the whole simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import CLIENT_ID, CLIENT_SECRET, REDIRECT, SignedIn

if TYPE_CHECKING:
    import httpx2

pytestmark = pytest.mark.anyio


async def test_a_person_signs_in_and_the_app_reads_the_profile(http: httpx2.AsyncClient) -> None:
    await http.post("/_simulator/auto-approve", json={"user": "bram"})
    asked = {"client_id": CLIENT_ID, "response_type": "code", "redirect_uri": REDIRECT, "state": "s"}
    redirect = await http.get("/authorize", params=asked)
    assert redirect.status_code == 302
    code = parse_qs(urlsplit(redirect.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    tokens = (await http.post("/api/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))).json()
    me = await http.get("/v1/me", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert (me.status_code, me.json()["display_name"]) == (200, "Bram de Lange")


@pytest.mark.parametrize(
    "path",
    [
        "me", "search?q=glass harbour&type=track,album,artist,playlist,show,episode,audiobook", "me/player",
        "me/player/devices", "me/player/queue", "me/player/currently-playing", "me/player/recently-played",
        "me/tracks", "me/albums", "me/shows", "me/episodes", "me/audiobooks", "me/playlists", "me/top/tracks",
        "me/top/artists", "me/following?type=artist",
    ],
)  # fmt: skip
async def test_reading_works(path: str, signed_in: SignedIn) -> None:
    answer = await (await signed_in("ada")).get(path)
    assert answer.status_code == 200
    assert answer.json()
