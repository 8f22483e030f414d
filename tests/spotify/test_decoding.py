from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxcord.errors import MalformedAnswerError
from auxcord.spotify.decoding import decode
from auxcord.spotify.models import (
    Album,
    Artist,
    AudioFeatures,
    CursorPage,
    Episode,
    Page,
    PlaybackState,
    PlayHistory,
    Playlist,
    PlaylistItem,
    Queue,
    SavedTrack,
    Track,
    User,
)

TRACK = {"id": "t1", "uri": "spotify:track:t1", "name": "Song", "type": "track"}
EPISODE = {"id": "e1", "uri": "spotify:episode:e1", "name": "Talk", "type": "episode"}


def read(value: Any, shape: Any) -> Any:
    return decode(json.dumps(value).encode(), shape)


def test_unknown_fields_are_dropped_and_missing_optional_ones_have_defaults() -> None:
    track = read({**TRACK, "something_new": {"deep": [1]}, "available_markets": ["DE"]}, Track)
    assert (track.id, track.uri, track.name, track.type) == ("t1", "spotify:track:t1", "Song", "track")
    assert track.album is None
    assert track.artists == ()


def test_nulls_and_wrong_types_in_optional_fields_become_defaults() -> None:
    track = read(
        {
            **TRACK,
            "album": "not an album",
            "artists": [{"name": "A"}, None, 7, {"name": None, "id": 5}],
            "duration_ms": "long",
            "explicit": None,
            "external_urls": [],
            "track_number": 3.0,
        },
        Track,
    )
    assert track.album is None
    assert track.duration_ms is None
    assert track.track_number == 3
    assert [artist.name for artist in track.artists] == ["A", ""]


@pytest.mark.parametrize(
    ("value", "shape", "field"),
    [
        ({**TRACK, "uri": 5}, Track, "uri"),
        ({"name": "x", "type": "track"}, Track, "uri"),
        ({**TRACK, "name": ["x"]}, Track, "name"),
        ({"items": [], "total": "many"}, Page[Track], "total"),
        ({"items": "none", "total": 0}, Page[Track], "items"),
        (
            {"items": [None, {"track": {**TRACK, "uri": []}}], "total": 2},
            Page[SavedTrack],
            "items[1].track.uri",
        ),
        ({"is_playing": "yes"}, PlaybackState, "is_playing"),
        ({"display_name": "x"}, User, "id"),
        ([True, "yes"], list[bool], "[1]"),
        ([], User, "the answer as a whole"),
    ],
)
def test_a_required_field_that_is_missing_or_wrong_is_named(value: Any, shape: Any, field: str) -> None:
    with pytest.raises(MalformedAnswerError, match="cannot be used") as caught:
        read(value, shape)
    assert f" {field} is" in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        None,
        b"<html>",
        b"{",
        b"\xff\xfe",
        b'{"id": "\xff"}',
        b"[" * 100_000,
        b'{"id":"x"' + b'{"a":' * 50_000,
    ],
)
def test_what_is_not_json_is_an_answer_that_cannot_be_understood(body: bytes | None) -> None:
    with pytest.raises(MalformedAnswerError):
        decode(body, User)


def test_null_entries_of_pages_stay_in_their_place() -> None:
    page = read(
        {"items": [None, TRACK, None], "total": 3, "limit": 3, "offset": 0, "next": None}, Page[Track]
    )
    assert [item is None for item in page.items] == [True, False, True]
    assert [track.uri for track in page.present] == ["spotify:track:t1"]


def test_an_entry_with_a_null_where_a_value_must_be_becomes_none() -> None:
    page = read({"items": [{"track": {**TRACK, "uri": None}}, {"track": None}], "total": 2}, Page[SavedTrack])
    assert page.items == [None, None]


def test_a_null_name_reads_as_no_name() -> None:
    assert read({**TRACK, "name": None}, Track).name == ""


@pytest.mark.parametrize("key", ["item", "track"])
def test_playlist_entries_are_read_under_their_old_and_new_name(key: str) -> None:
    entries = read(
        {"items": [{key: TRACK}, {key: EPISODE}, {key: None}, None], "total": 4}, Page[PlaylistItem]
    )
    first, second, third, fourth = entries.items
    assert isinstance(first.item, Track)
    assert first.track is first.item
    assert isinstance(second.item, Episode)
    assert third.item is None
    assert fourth is None


@pytest.mark.parametrize("key", ["items", "tracks"])
def test_playlists_are_read_under_their_old_and_new_name(key: str) -> None:
    ids = {"id": "p", "uri": "spotify:playlist:p", "name": "Mix"}
    full = read({**ids, key: {"total": 2, "items": [{"item": TRACK}, None]}}, Playlist)
    short = read({**ids, "images": None, key: {"href": "x", "total": 7}}, Playlist)
    assert full.total == 2
    assert full.items.items[0].item.name == "Song"
    assert full.tracks is full.items
    assert short.total == 7
    assert read(ids, Playlist).items is None


def test_files_of_ones_own_have_no_ids() -> None:
    local = {
        "id": None,
        "uri": "spotify:local:A:B:C:10",
        "name": "C",
        "type": "track",
        "is_local": True,
        "album": {"id": None, "uri": None, "name": "B", "artists": []},
        "artists": [{"id": None, "uri": None, "name": "A"}],
    }
    track = read({"items": [{"is_local": True, "item": local}], "total": 1}, Page[PlaylistItem]).items[0].item
    assert track.is_local
    assert track.id is None
    assert track.album.name == "B"


def test_an_advertisement_or_an_unknown_thing_plays_without_an_item() -> None:
    state = read({"is_playing": True, "currently_playing_type": "ad", "item": None}, PlaybackState)
    assert state.item is None
    state = read({"is_playing": True, "item": {"type": "hologram", "uri": "x", "name": "y"}}, PlaybackState)
    assert state.item is None


@pytest.mark.parametrize("actions", [{"disallows": {"pausing": True, "seeking": False}}, {"pausing": True}])
def test_forbidden_commands_are_read_in_both_shapes(actions: dict[str, Any]) -> None:
    assert read({"is_playing": False, "actions": actions}, PlaybackState).disallowed == {"pausing"}


def test_forbidden_commands_of_an_odd_shape_are_none() -> None:
    assert read({"is_playing": False, "actions": {"disallows": 3}}, PlaybackState).disallowed == frozenset()
    assert read({"is_playing": False, "actions": None}, PlaybackState).disallowed == frozenset()


def test_the_queue_survives_odd_entries() -> None:
    queue = read({"currently_playing": None, "queue": [TRACK, None, {"type": "track"}, 3, EPISODE]}, Queue)
    assert [entry and entry.uri for entry in queue.queue] == [TRACK["uri"], None, None, None, EPISODE["uri"]]


def test_a_cursor_page_ends_with_no_cursors() -> None:
    page = read(
        {"items": [{"track": TRACK, "played_at": "2026-11-01T00:00:00Z"}], "cursors": None},
        CursorPage[PlayHistory],
    )
    assert page.present[0].track.name == "Song"
    assert page.cursors is None


def test_what_nothing_shows_is_not_kept_whatever_it_is() -> None:
    artist = {"id": "a", "uri": "spotify:artist:a", "name": "A"}
    odd = {"external_urls": 7, "images": None, "href": [], "available_markets": ["DE"] * 180}
    assert read({**artist, **odd}, Artist) == read(artist, Artist)


def test_a_person_without_a_display_name_is_called_by_id() -> None:
    assert read({"id": "ada", "display_name": None}, User).name == "ada"
    assert read({"id": "ada", "display_name": "Ada", "account_id": "aB3"}, User).name == "Ada"


def test_an_album_keeps_its_first_page_of_tracks() -> None:
    album = {"id": "a", "uri": "spotify:album:a", "name": "A", "tracks": {"items": [TRACK, None], "total": 2}}
    assert read(album, Album).tracks.present[0].name == "Song"


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["album", "artists", "explicit", "restrictions", "popularity"]), ANYTHING)
)
def test_nothing_in_optional_fields_breaks_a_track(extra: dict[str, Any]) -> None:
    assert read({**TRACK, **extra}, Track).uri == "spotify:track:t1"


def test_numbers_of_either_kind_are_numbers_and_words_are_none() -> None:
    body = b'{"id": "x", "tempo": 120, "energy": 0.5, "valence": "high", "key": 3.0, "mode": null}'
    features = decode(body, AudioFeatures)
    assert (features.tempo, features.energy, features.valence) == (120, 0.5, None)
    assert (features.key, features.mode) == (3, None)
