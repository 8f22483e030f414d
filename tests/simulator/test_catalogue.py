"""Single objects and their contents: shapes, countries, relinking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import CLIENT_ID, CLIENT_SECRET, ORIGIN, SignedIn

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette

    from auxcord.simulator.world.catalogue import Track

pytestmark = pytest.mark.anyio


def a_track(app: Starlette, **wanted: bool) -> Track:
    """Find a track that has a twin, or is restricted without one, or plays in GB."""
    for track in app.state.simulation.world.catalogue.tracks.values():
        if wanted.get("relinked") and track.twin and "GB" not in track.markets and "GB" in track.twin.markets:
            return track
        if wanted.get("missing") and not track.twin and "GB" not in track.markets and track.album.name:
            return track
        if not wanted and "GB" in track.markets:
            return track
    raise AssertionError


async def app_token(http: httpx2.AsyncClient) -> dict[str, str]:
    answer = await http.post(
        f"{ORIGIN}/api/token", data={"grant_type": "client_credentials"}, auth=(CLIENT_ID, CLIENT_SECRET)
    )
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def test_a_track_has_its_album_artists_and_isrc(ada: httpx2.AsyncClient, app: Starlette) -> None:
    track = a_track(app)
    shown = (await ada.get(f"tracks/{track.id}")).json()
    assert shown["id"] == track.id
    assert shown["uri"] == f"spotify:track:{track.id}"
    assert shown["href"] == f"{ORIGIN}/v1/tracks/{track.id}"
    assert shown["external_urls"] == {"spotify": f"https://open.spotify.com/track/{track.id}"}
    assert shown["external_ids"] == {"isrc": track.isrc}
    assert shown["album"]["id"] == track.album.id
    assert shown["preview_url"] is None
    assert "is_playable" not in shown


async def test_with_a_market_a_track_says_whether_it_plays(ada: httpx2.AsyncClient, app: Starlette) -> None:
    playable = (await ada.get(f"tracks/{a_track(app).id}", params={"market": "GB"})).json()
    assert playable["is_playable"] is True
    missing = (await ada.get(f"tracks/{a_track(app, missing=True).id}", params={"market": "GB"})).json()
    assert (missing["is_playable"], missing["restrictions"]) == (False, {"reason": "market"})


async def test_a_relinked_track_comes_back_under_another_id(ada: httpx2.AsyncClient, app: Starlette) -> None:
    track = a_track(app, relinked=True)
    assert track.twin is not None
    shown = (await ada.get(f"tracks/{track.id}", params={"market": "GB"})).json()
    assert (shown["id"], shown["is_playable"]) == (track.twin.id, True)
    assert "linked_from" not in shown
    assert (await ada.get(f"tracks/{track.id}")).json()["id"] == track.id


async def test_the_account_country_wins_over_the_market_asked_for(
    ada: httpx2.AsyncClient, app: Starlette
) -> None:
    track = a_track(app, relinked=True)
    assert track.twin is not None
    elsewhere = next(iter(track.markets))
    shown = (await ada.get(f"tracks/{track.id}", params={"market": elsewhere})).json()
    assert shown["id"] == track.twin.id
    from_app = await ada.get(f"tracks/{track.id}", params={"market": elsewhere}, headers=await app_token(ada))
    assert from_app.json()["id"] == track.id


async def test_explicit_tracks_do_not_play_for_those_who_filter_them(
    ada: httpx2.AsyncClient, app: Starlette
) -> None:
    tracks = app.state.simulation.world.catalogue.tracks.values()
    explicit = next(track for track in tracks if track.explicit and "GB" in track.markets)
    await ada.patch(f"{ORIGIN}/_simulator/users/ada", json={"filter_explicit": True})
    shown = (await ada.get(f"tracks/{explicit.id}", params={"market": "GB"})).json()
    assert (shown["is_playable"], shown["restrictions"]) == (False, {"reason": "explicit"})


async def test_podcasts_need_a_country_and_books_one_of_six(signed_in: SignedIn, app: Starlette) -> None:
    found = app.state.simulation.world.catalogue
    show, book = next(iter(found.shows)), next(iter(found.audiobooks))
    ada, dorothea = await signed_in("ada"), await signed_in("dorothea")
    assert (await ada.get(f"shows/{show}")).status_code == 200
    assert (await ada.get(f"audiobooks/{book}")).status_code == 200
    assert (await dorothea.get(f"audiobooks/{book}")).status_code == 404
    own = await app_token(ada)
    assert (await ada.get(f"shows/{show}", headers=own)).status_code == 404
    assert (await ada.get(f"shows/{show}", headers=own, params={"market": "GB"})).status_code == 200
    assert (await ada.get(f"audiobooks/{book}", headers=own, params={"market": "DE"})).status_code == 404


async def test_resume_points_are_shown_with_their_scope_only(signed_in: SignedIn, app: Starlette) -> None:
    episode = next(iter(app.state.simulation.world.catalogue.episodes))
    with_it = await signed_in("ada", ["user-read-playback-position"])
    assert (await with_it.get(f"episodes/{episode}")).json()["resume_point"] == {
        "fully_played": False, "resume_position_ms": 0,
    }  # fmt: skip
    assert "resume_point" not in (await (await signed_in("ada", [])).get(f"episodes/{episode}")).json()


async def test_chapters_call_themselves_episodes(ada: httpx2.AsyncClient, app: Starlette) -> None:
    chapter = next(iter(app.state.simulation.world.catalogue.chapters))
    shown = (await ada.get(f"chapters/{chapter}")).json()
    assert (shown["type"], shown["href"]) == ("episode", f"{ORIGIN}/v1/chapters/{chapter}")
    assert shown["audiobook"]["type"] == "audiobook"


async def test_a_taken_down_album_has_no_name(ada: httpx2.AsyncClient, app: Starlette) -> None:
    album = next(album for album in app.state.simulation.world.catalogue.albums.values() if not album.name)
    shown = (await ada.get(f"albums/{album.id}", params={"market": "GB"})).json()
    assert (shown["name"], shown["images"], shown["restrictions"]) == ("", [], {"reason": "market"})


async def test_albums_of_an_artist_can_be_asked_for_by_group(ada: httpx2.AsyncClient, app: Starlette) -> None:
    artists = app.state.simulation.world.catalogue.artists.values()
    artist = next(artist for artist in artists if artist.appears_on and len(artist.albums) > 3)
    singles = (
        await ada.get(f"artists/{artist.id}/albums", params={"include_groups": "single,compilation"})
    ).json()
    assert {item["album_type"] for item in singles["items"]} <= {"single", "compilation"}
    appears = (await ada.get(f"artists/{artist.id}/albums", params={"include_groups": "appears_on"})).json()
    assert appears["total"] == len(artist.appears_on)
    assert (await ada.get(f"artists/{artist.id}/albums", params={"include_groups": "ep"})).status_code == 400


async def test_catalogue_names_are_returned_as_they_are(ada: httpx2.AsyncClient) -> None:
    found = await ada.get("search", params={"q": "ミナト座", "type": "artist"})
    assert found.headers["content-type"] == "application/json; charset=utf-8"
    assert "ミナト座" in found.text
