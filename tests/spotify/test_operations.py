"""Each open operation of the Web API is asked for exactly as Spotify describes it."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from auxcord import errors
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.models import Page, Track
from tests.spotify.upstream import API, ID, client, error

pytestmark = pytest.mark.anyio

Call = Callable[[SpotifyClient], Awaitable[Any]]

TRACK = {"id": ID, "uri": f"spotify:track:{ID}", "name": "Song", "type": "track"}
THING = {"id": ID, "uri": "spotify:x:y", "name": "Thing"}
PAGE = {"items": [], "total": 0, "limit": 20, "offset": 0}
BOTH = {"additional_types": "track,episode"}
PART = {"limit": "7", "offset": "3"}
IN_DE = {"market": "DE"}
JPEG = b"\xff\xd8\xff\xe0 test picture"
T1, T2 = f"spotify:track:{'1' * 22}", f"spotify:track:{'2' * 22}"


READS: list[tuple[Call, str, dict[str, str], Any]] = [
    (lambda c: c.profile.me(), "/me", {}, {"id": "ada"}),
    (lambda c: c.catalog.track(ID, market="DE"), f"/tracks/{ID}", IN_DE, TRACK),
    (lambda c: c.catalog.album(ID), f"/albums/{ID}", {}, THING),
    (lambda c: c.catalog.artist(ID), f"/artists/{ID}", {}, THING),
    (lambda c: c.catalog.show(ID), f"/shows/{ID}", {}, THING),
    (lambda c: c.catalog.episode(ID), f"/episodes/{ID}", {}, THING),
    (lambda c: c.catalog.audiobook(ID), f"/audiobooks/{ID}", {}, THING),
    (lambda c: c.catalog.chapter(ID), f"/chapters/{ID}", {}, THING),
    (lambda c: c.catalog.album_tracks(ID, 7, 3), f"/albums/{ID}/tracks", PART, PAGE),
    (lambda c: c.catalog.show_episodes(ID, 7, 3), f"/shows/{ID}/episodes", PART, PAGE),
    (lambda c: c.catalog.audiobook_chapters(ID, 7, 3), f"/audiobooks/{ID}/chapters", PART, PAGE),
    (
        lambda c: c.catalog.artist_albums(ID, 7, 3, include_groups=["album", "single"]),
        f"/artists/{ID}/albums",
        {**PART, "include_groups": "album,single"},
        PAGE,
    ),
    (
        lambda c: c.catalog.search("a b", ["track", "album"], limit=7, offset=3),
        "/search",
        {**PART, "q": "a b", "type": "track,album"},
        {"tracks": PAGE, "albums": PAGE},
    ),
    (lambda c: c.playback.state(), "/me/player", BOTH, {"is_playing": True}),
    (lambda c: c.playback.currently_playing(), "/me/player/currently-playing", BOTH, {"is_playing": True}),
    (lambda c: c.playback.devices(), "/me/player/devices", {}, {"devices": []}),
    (lambda c: c.playback.queue(), "/me/player/queue", {}, {"queue": []}),
    (lambda c: c.library.tracks(7, 3), "/me/tracks", PART, PAGE),
    (lambda c: c.library.albums(7, 3), "/me/albums", PART, PAGE),
    (lambda c: c.library.shows(7, 3), "/me/shows", PART, PAGE),
    (lambda c: c.library.episodes(7, 3), "/me/episodes", PART, PAGE),
    (lambda c: c.library.audiobooks(7, 3), "/me/audiobooks", PART, PAGE),
    (
        lambda c: c.library.artists(7, after=ID),
        "/me/following",
        {"type": "artist", "limit": "7", "after": ID},
        {"artists": {"items": [], "cursors": {"after": None}, "total": 0}},
    ),
    (lambda c: c.library.contains([T1, T2]), "/me/library/contains", {"uris": f"{T1},{T2}"}, [True, False]),
    (lambda c: c.playlists.mine(7, 3), "/me/playlists", PART, PAGE),
    (lambda c: c.playlists.get(ID), f"/playlists/{ID}", BOTH, THING),
    (lambda c: c.playlists.items(ID, 7, 3), f"/playlists/{ID}/items", {**PART, **BOTH}, PAGE),
    (lambda c: c.playlists.cover(ID), f"/playlists/{ID}/images", {}, [{"url": "https://x/y"}]),
    (
        lambda c: c.history.recently_played(7, before=1_700_000_000_000),
        "/me/player/recently-played",
        {"limit": "7", "before": "1700000000000"},
        {"items": [], "cursors": None},
    ),
    (
        lambda c: c.history.top("artists", "short_term", 7, 3),
        "/me/top/artists",
        {**PART, "time_range": "short_term"},
        PAGE,
    ),
    (
        lambda c: c.history.top("tracks"),
        "/me/top/tracks",
        {"limit": "20", "offset": "0", "time_range": "medium_term"},
        PAGE,
    ),
]

OLDER_READS: list[tuple[Call, str, dict[str, str], Any]] = [
    (
        lambda c: c.catalog.artist_top_tracks(ID, "DE"),
        f"/artists/{ID}/top-tracks",
        IN_DE,
        {"tracks": [TRACK]},
    ),
    (lambda c: c.catalog.related_artists(ID), f"/artists/{ID}/related-artists", {}, {"artists": [THING]}),
    (lambda c: c.browse.markets(), "/markets", {}, {"markets": ["DE"]}),
    (lambda c: c.browse.genres(), "/recommendations/available-genre-seeds", {}, {"genres": ["jazz"]}),
    (
        lambda c: c.browse.categories(7, 3, "de_DE"),
        "/browse/categories",
        {**PART, "locale": "de_DE"},
        {"categories": PAGE},
    ),
    (lambda c: c.browse.category("a b"), "/browse/categories/a b", {}, {"id": "a b", "name": "A"}),
    (
        lambda c: c.browse.category_playlists("pop", 7, 3),
        "/browse/categories/pop/playlists",
        PART,
        {"playlists": PAGE},
    ),
    (lambda c: c.browse.featured(7, 3), "/browse/featured-playlists", PART, {"playlists": PAGE}),
    (lambda c: c.browse.new_releases(7, 3), "/browse/new-releases", PART, {"albums": PAGE}),
    (
        lambda c: c.browse.recommendations(artists=[ID], genres=["jazz", "folk"], tuning={"min_energy": 0.4}),
        "/recommendations",
        {"seed_artists": ID, "seed_genres": "jazz,folk", "limit": "20", "min_energy": "0.4"},
        {"tracks": [TRACK, None]},
    ),
    (
        lambda c: c.browse.audio_features([ID]),
        "/audio-features",
        {"ids": ID},
        {"audio_features": [{"id": ID, "tempo": 120, "energy": 0.5, "mode": 1}]},
    ),
    (lambda c: c.profile.user("a#b"), "/users/a%23b", {}, {"id": "a#b"}),
    (lambda c: c.profile.playlists_of("ada", 7, 3), "/users/ada/playlists", PART, PAGE),
]
"""What Spotify closed to new apps."""

ON = {"device_id": "d1"}
WRITES: list[tuple[Call, str, str, dict[str, str], Any]] = [
    (lambda c: c.playback.play(), "PUT", "/me/player/play", {}, None),
    (
        lambda c: c.playback.play(device_id="d1", uris=[T1], offset={"position": 0}, position_ms=5),
        "PUT",
        "/me/player/play",
        ON,
        {"uris": [T1], "offset": {"position": 0}, "position_ms": 5},
    ),
    (lambda c: c.playback.pause("d1"), "PUT", "/me/player/pause", ON, None),
    (lambda c: c.playback.next("d1"), "POST", "/me/player/next", ON, None),
    (lambda c: c.playback.previous(), "POST", "/me/player/previous", {}, None),
    (lambda c: c.playback.add_to_queue(T1, "d1"), "POST", "/me/player/queue", {"uri": T1, **ON}, None),
    (
        lambda c: c.playback.transfer("d1", play=False),
        "PUT",
        "/me/player",
        {},
        {"device_ids": ["d1"], "play": False},
    ),
    (lambda c: c.playback.transfer("d1"), "PUT", "/me/player", {}, {"device_ids": ["d1"]}),
    (lambda c: c.playback.seek(0), "PUT", "/me/player/seek", {"position_ms": "0"}, None),
    (
        lambda c: c.playback.set_volume(0, "d1"),
        "PUT",
        "/me/player/volume",
        {"volume_percent": "0", **ON},
        None,
    ),
    (lambda c: c.playback.set_shuffle(False), "PUT", "/me/player/shuffle", {"state": "false"}, None),
    (lambda c: c.playback.set_repeat("context"), "PUT", "/me/player/repeat", {"state": "context"}, None),
    (lambda c: c.library.save([T1, T2]), "PUT", "/me/library", {"uris": f"{T1},{T2}"}, None),
    (lambda c: c.library.remove([T1]), "DELETE", "/me/library", {"uris": T1}, None),
    (
        lambda c: c.playlists.change_details(ID, name="N", description=""),
        "PUT",
        f"/playlists/{ID}",
        {},
        {"name": "N", "description": ""},
    ),
    (
        lambda c: c.playlists.add(ID, [T1], 0),
        "POST",
        f"/playlists/{ID}/items",
        {},
        {"uris": [T1], "position": 0},
    ),
    (
        lambda c: c.playlists.remove(ID, [T1], "snap"),
        "DELETE",
        f"/playlists/{ID}/items",
        {},
        {"items": [{"uri": T1}], "snapshot_id": "snap"},
    ),
    (lambda c: c.playlists.replace(ID, []), "PUT", f"/playlists/{ID}/items", {}, {"uris": []}),
    (
        lambda c: c.playlists.reorder(ID, range_start=0, insert_before=5, range_length=2, snapshot_id="snap"),
        "PUT",
        f"/playlists/{ID}/items",
        {},
        {"range_start": 0, "insert_before": 5, "range_length": 2, "snapshot_id": "snap"},
    ),
]


@pytest.mark.parametrize(("call", "path", "query", "answer"), [*READS, *OLDER_READS])
async def test_every_reading_operation_asks_as_described(
    call: Call, path: str, query: dict[str, str], answer: Any
) -> None:
    spotify, upstream = client(JSONResponse(answer))
    await call(spotify)
    seen = upstream.seen
    assert [(one.method, one.path, one.query, one.body) for one in seen] == [
        ("GET", f"/v1{path}", query, b"")
    ]


@pytest.mark.parametrize(
    "reply",
    [Response(status_code=204), PlainTextResponse("oPClBVDzidwlAlSqmFF-zKNO62E"), Response(status_code=202)],
)
@pytest.mark.parametrize(("call", "method", "path", "query", "body"), WRITES)
async def test_every_changing_operation_asks_as_described_and_any_success_is_one(
    call: Call, method: str, path: str, query: dict[str, str], body: Any, reply: Response
) -> None:
    spotify, upstream = client(reply)
    await call(spotify)
    seen = upstream.seen[0]
    assert (seen.method, seen.path, seen.query) == (method, f"/v1{path}", query)
    assert (json.loads(seen.body) if seen.body else None) == body
    assert len(upstream.seen) == 1


def test_all_48_open_operations_are_covered() -> None:
    writes = {(method, path) for _, method, path, _, _ in WRITES}
    others = {("POST", "/me/playlists"), ("PUT", f"/playlists/{ID}/images")}
    reads = {
        ("GET", path.replace("artists", "*").replace("tracks", "*") if "/top/" in path else path)
        for _, path, _, _ in READS
    }
    assert len(reads | writes | others) == 48
    assert len({path for _, path, _, _ in OLDER_READS}) == 13


async def test_nothing_plays_is_none() -> None:
    for reply in (Response(status_code=204), Response(b"")):
        spotify, _ = client(reply)
        assert await spotify.playback.state() is None
        assert await spotify.playback.currently_playing() is None


async def test_a_new_playlist_comes_back_and_a_lost_one_is_doubtful() -> None:
    spotify, upstream = client(JSONResponse(THING, 201))
    playlist = await spotify.playlists.create("Mix", public=False, collaborative=True, description="d")
    assert playlist.id == ID
    seen = upstream.seen[0]
    assert (seen.method, seen.path) == ("POST", "/v1/me/playlists")
    assert json.loads(seen.body) == {
        "name": "Mix",
        "public": False,
        "collaborative": True,
        "description": "d",
    }
    for reply in (PlainTextResponse("", 502), Response(status_code=201), JSONResponse({"id": 5}, 201)):
        spotify, upstream = client(reply)
        with pytest.raises(errors.AmbiguousWriteError):
            await spotify.playlists.create("Mix")
        assert len(upstream.seen) == 1


async def test_a_cover_is_sent_as_base64_without_line_breaks() -> None:
    spotify, upstream = client(Response(status_code=202))
    await spotify.playlists.set_cover(ID, JPEG * 20)
    seen = upstream.seen[0]
    assert (seen.method, seen.path, seen.headers["content-type"]) == (
        "PUT",
        f"/v1/playlists/{ID}/images",
        "image/jpeg",
    )
    assert seen.body == base64.b64encode(JPEG * 20)
    for picture in (b"PNG", b"\xff\xd8" + b"x" * 200_000):
        with pytest.raises(errors.InputError):
            await spotify.playlists.set_cover(ID, picture)
    assert len(upstream.seen) == 1


async def test_a_cover_without_the_permission_is_told_as_such() -> None:
    spotify, _ = client(error(401, "Unauthorized."))
    with pytest.raises(errors.InsufficientScopeError):
        await spotify.playlists.set_cover(ID, JPEG)


async def test_a_rate_limit_on_covers_stops_covers_only() -> None:
    spotify, upstream = client(error(429, "Too many requests", after="600"), JSONResponse({"id": "ada"}))
    with pytest.raises(errors.RateLimitedError):
        await spotify.playlists.set_cover(ID, JPEG)
    await spotify.profile.me()
    assert len(upstream.seen) == 2


async def test_the_next_page_is_followed_as_spotify_links_it() -> None:
    spotify, upstream = client(JSONResponse({**PAGE, "items": [TRACK], "total": 1}))
    page = await spotify.follow(Page[Track], f"{API}/me/top/tracks?offset=20")
    assert page.present[0].name == "Song"
    assert upstream.seen[0].query == {"offset": "20"}


REFUSED_HERE: list[Call] = [
    lambda c: c.catalog.search("", ["track"]),
    lambda c: c.catalog.search("x", []),
    lambda c: c.catalog.search("x", ["song"]),
    lambda c: c.catalog.search("x", ["track"], limit=51),
    lambda c: c.catalog.search("x", ["track"], offset=1001),
    lambda c: c.catalog.track("../me"),
    lambda c: c.catalog.many(["spotify:user:somebody"]),
    lambda c: c.catalog.artist_albums(ID, limit=0),
    lambda c: c.library.tracks(limit=0),
    lambda c: c.library.tracks(offset=-1),
    lambda c: c.library.save([f"spotify:chapter:{ID}"]),
    lambda c: c.library.save(["nonsense"]),
    lambda c: c.playlists.mine(offset=100_001),
    lambda c: c.playlists.create(" "),
    lambda c: c.playlists.create("x", collaborative=True),
    lambda c: c.playlists.change_details(ID),
    lambda c: c.playlists.add(ID, [f"spotify:album:{ID}"]),
    lambda c: c.playlists.reorder(ID, range_start=-1, insert_before=0),
    lambda c: c.playback.play(context_uri="a", uris=["b"]),
    lambda c: c.playback.set_volume(101),
    lambda c: c.playback.seek(-1),
    lambda c: c.playback.add_to_queue(f"spotify:album:{ID}"),
    lambda c: c.history.recently_played(before=1, after=2),
    lambda c: c.browse.recommendations(),
    lambda c: c.browse.recommendations(genres=["a", "b", "c", "d", "e", "f"]),
    lambda c: c.browse.recommendations(genres=["a"], limit=101),
    lambda c: c.browse.audio_features(["nonsense"]),
    lambda c: c.browse.category(".."),
    lambda c: c.browse.new_releases(limit=51),
    lambda c: c.profile.user(""),
    lambda c: c.profile.playlists_of("."),
]


@pytest.mark.parametrize("call", REFUSED_HERE)
async def test_what_spotify_would_refuse_for_its_form_is_refused_without_asking(call: Call) -> None:
    spotify, upstream = client(JSONResponse({}))
    with pytest.raises(errors.InputError):
        await call(spotify)
    assert upstream.seen == []
