"""What is more than one request: by tens, forties and hundreds, side by side or in order."""

from __future__ import annotations

import json

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from auxcord import errors
from auxcord.spotify.uris import Kind, SpotifyUri
from tests.spotify.upstream import ID, Seen, client, error

pytestmark = pytest.mark.anyio

TRACK = {"id": ID, "uri": f"spotify:track:{ID}", "name": "Song", "type": "track"}
T1, T2 = f"spotify:track:{'1' * 22}", f"spotify:track:{'2' * 22}"


def found(seen: Seen) -> Response:
    limit, offset = int(seen.query["limit"]), int(seen.query["offset"])
    if limit > 10:
        return error(400, "Invalid limit")
    items = [{**TRACK, "name": str(n)} if n % 4 else None for n in range(offset, min(offset + limit, 33))]
    return JSONResponse(
        {"tracks": {"items": items, "total": 33, "limit": limit, "offset": offset, "next": "more"}}
    )


async def test_a_large_search_is_asked_for_by_tens_and_joined_in_order() -> None:
    spotify, upstream = client(found)
    results = await spotify.catalog.search("x", ["track"], limit=25, offset=5)
    spans = sorted((int(seen.query["offset"]), seen.query["limit"]) for seen in upstream.seen)
    assert spans == [(5, "10"), (15, "10"), (25, "5")]
    assert results.tracks is not None
    assert [track and track.name for track in results.tracks.items] == [
        str(n) if n % 4 else None for n in range(5, 30)
    ]
    assert (results.tracks.total, results.tracks.limit, results.tracks.offset) == (33, 25, 5)
    assert results.albums is None


async def test_a_search_never_asks_beyond_the_last_position() -> None:
    spotify, upstream = client(found)
    await spotify.catalog.search("x", ["track"], limit=50, offset=995)
    assert [seen.query["offset"] for seen in upstream.seen] == ["995"]


async def test_a_search_answer_names_the_field_that_is_wrong() -> None:
    spotify, _ = client(JSONResponse({"tracks": {"items": [{**TRACK, "uri": 3}], "total": 1}}))
    with pytest.raises(errors.MalformedAnswerError, match=r"tracks\.items\[0\]\.uri"):
        await spotify.catalog.search("x", ["track"])
    spotify, _ = client(JSONResponse({"tracks": None}))
    assert (await spotify.catalog.search("x", ["track"])).tracks is None


async def test_many_things_come_back_in_the_order_asked_with_none_for_what_is_missing() -> None:
    def look_up(seen: Seen) -> Response:
        thing = seen.path.rsplit("/", 1)[1]
        if thing == "tracks":
            return error(403, "Forbidden")
        if thing.startswith("9"):
            return error(404, "Resource not found")
        return JSONResponse({**TRACK, "id": thing, "uri": f"spotify:track:{thing}"})

    spotify, upstream = client(look_up)
    names = ["1" * 22, "9" * 22, "2" * 22, "1" * 22]
    items = await spotify.catalog.many([f"spotify:track:{name}" for name in names])
    assert [item and item.id for item in items] == ["1" * 22, None, "2" * 22, "1" * 22]
    assert len(upstream.seen) == 1 + 3
    assert await spotify.catalog.many([]) == []


async def test_the_first_failure_among_many_ends_them_all_as_itself() -> None:
    spotify, upstream = client(error(403, "Insufficient client scope"))
    with pytest.raises(errors.InsufficientScopeError):
        await spotify.catalog.many([SpotifyUri(Kind.TRACK, f"{n:022d}") for n in range(200)])
    assert len(upstream.seen) < 50


async def test_library_changes_go_by_forties_in_order() -> None:
    uris = [f"spotify:track:{n:022d}" for n in range(85)]
    spotify, upstream = client(Response(b""))
    await spotify.library.save(uris)
    assert [len(seen.query["uris"].split(",")) for seen in upstream.seen] == [40, 40, 5]
    assert ",".join(seen.query["uris"] for seen in upstream.seen).split(",") == uris


@pytest.mark.parametrize(("change", "word"), [("save", "saved"), ("remove", "removed")])
async def test_a_long_library_change_that_stops_midway_says_how_far_it_came(change: str, word: str) -> None:
    uris = [f"spotify:track:{n:022d}" for n in range(85)]
    spotify, upstream = client(Response(b""), error(429, "API rate limit exceeded", after="900"))
    with pytest.raises(errors.AmbiguousWriteError, match=f"first 40 of 85 things are {word}") as caught:
        await getattr(spotify.library, change)(uris)
    assert len(upstream.seen) == 2
    assert "item 41" in caught.value.advice
    assert caught.value.retry_after == 900.0

    spotify, _ = client(error(403, "Insufficient client scope"))
    with pytest.raises(errors.InsufficientScopeError):
        await getattr(spotify.library, change)(uris)


async def test_what_the_library_holds_is_told_in_the_order_asked() -> None:
    def contains(seen: Seen) -> Response:
        return JSONResponse([int(uri[-2:]) % 3 == 0 for uri in seen.query["uris"].split(",")])

    spotify, _ = client(contains)
    answer = await spotify.library.contains([f"spotify:track:{n:022d}" for n in range(95)])
    assert answer == [n % 3 == 0 for n in range(95)]

    spotify, _ = client(JSONResponse([True]))
    with pytest.raises(errors.MalformedAnswerError):
        await spotify.library.contains([T1, T2])


async def test_a_long_list_is_added_by_hundreds_in_order_at_growing_positions() -> None:
    uris = [f"spotify:track:{n:022d}" for n in range(250)]
    spotify, upstream = client(JSONResponse({"snapshot_id": "s1"}, 201))
    assert await spotify.playlists.add(ID, uris, position=4) == "s1"
    bodies = [json.loads(seen.body) for seen in upstream.seen]
    assert [body["position"] for body in bodies] == [4, 104, 204]
    assert [uri for body in bodies for uri in body["uris"]] == uris


async def test_a_long_list_replaces_by_a_first_hundred_and_additions() -> None:
    uris = [f"spotify:episode:{n:022d}" for n in range(201)]
    spotify, upstream = client(JSONResponse({"snapshot_id": "s1"}))
    await spotify.playlists.replace(ID, uris)
    assert [seen.method for seen in upstream.seen] == ["PUT", "POST", "POST"]
    assert [uri for seen in upstream.seen for uri in json.loads(seen.body)["uris"]] == uris


async def test_adding_that_stops_midway_says_how_far_it_came() -> None:
    uris = [f"spotify:track:{n:022d}" for n in range(250)]
    spotify, upstream = client(JSONResponse({"snapshot_id": "s1"}, 201), PlainTextResponse("", 502))
    with pytest.raises(errors.AmbiguousWriteError, match="first 100 of 250") as caught:
        await spotify.playlists.add(ID, uris)
    assert len(upstream.seen) == 2
    assert "item 101" in caught.value.advice

    spotify, _ = client(error(403, "Insufficient client scope"))
    with pytest.raises(errors.InsufficientScopeError):
        await spotify.playlists.add(ID, uris)


@pytest.mark.parametrize("failure", [PlainTextResponse("", 502), PlainTextResponse("", 503)])
async def test_moving_entries_is_never_repeated_but_removing_and_replacing_is(failure: Response) -> None:
    spotify, upstream = client(failure, JSONResponse({"snapshot_id": "s"}))
    with pytest.raises(errors.AmbiguousWriteError):
        await spotify.playlists.reorder(ID, range_start=0, insert_before=2)
    assert len(upstream.seen) == 1
    for call in (lambda c: c.playlists.remove(ID, [T1]), lambda c: c.playlists.replace(ID, [T1])):
        spotify, upstream = client(failure, JSONResponse({"snapshot_id": "s"}))
        assert await call(spotify) == "s"
        assert len(upstream.seen) == 2
