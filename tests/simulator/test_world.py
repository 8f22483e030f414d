"""The made-up world: the same for the same seed, varied enough to trip a matcher."""

from __future__ import annotations

import re
import unicodedata

import pytest

from auxcord.simulator import create_app
from auxcord.simulator.identifiers import is_base62_id
from auxcord.simulator.world.playlists import LocalFile
from auxcord.simulator.world.world import World

NOW = 1_795_000_000.0


@pytest.fixture(scope="module")
def world() -> World:
    return World(1, NOW)


def photograph(world: World) -> dict[str, object]:
    """Write down enough of a world to notice any difference."""
    return {
        "tracks": [(track.id, track.name, track.isrc) for track in world.catalogue.tracks.values()],
        "episodes": list(world.catalogue.episodes),
        "people": [(person.user_id, person.account_id) for person in world.people.values()],
        "saved": {handle: person.library["track"].newest_first() for handle, person in world.people.items()},
        "devices": {handle: [d.id for d in person.player.devices] for handle, person in world.people.items()},
        "playlists": {key: [entry.uri for entry in p.entries] for key, p in world.playlists.items()},
    }


def test_the_same_seed_makes_the_same_world() -> None:
    assert photograph(World(7, NOW)) == photograph(World(7, NOW + 1e6))


def test_another_seed_makes_another_world() -> None:
    one, other = photograph(World(7, NOW)), photograph(World(8, NOW))
    assert all(one[part] != other[part] for part in ("tracks", "episodes", "saved", "devices", "playlists"))


def test_what_one_app_changes_another_app_does_not_see() -> None:
    one, other = create_app(seed=3).state.simulation.world, create_app(seed=3).state.simulation.world
    for shelf in one.people["ada"].library.values():
        for key in list(shelf):
            shelf.remove(key)
    assert len(one.people["ada"].library["track"]) == 0
    assert len(other.people["ada"].library["track"]) == 10_000


def test_there_are_thousands_of_things_of_every_kind(world: World) -> None:
    found = world.catalogue
    assert len(found.artists) > 300
    assert len(found.albums) > 1_000
    assert len(found.tracks) > 10_000
    assert len(found.episodes) > 300
    assert len(found.chapters) > 200


def test_every_id_is_base62_and_used_once(world: World) -> None:
    found = world.catalogue
    pools = (found.artists, found.albums, found.tracks, found.shows, found.episodes, found.audiobooks)
    ids = [key for pool in (*pools, found.chapters, world.playlists) for key in pool]
    assert all(map(is_base62_id, ids))
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("script", ["LATIN", "CYRILLIC", "GREEK", "HIRAGANA", "CJK", "ARABIC", "HANGUL"])
def test_titles_come_in_many_scripts(world: World, script: str) -> None:
    assert any(
        unicodedata.name(letter, "").startswith(script)
        for track in world.catalogue.tracks.values()
        for letter in track.name
    )


@pytest.mark.parametrize(
    "trap",
    [r" - Live at ", r" Remix$", r"Remastered? ", r"\(feat\. ", r" - Radio Edit$", r" - Instrumental$",
     r"Karaoke", r" - Acoustic$", r" - Sped Up$"],
)  # fmt: skip
def test_there_are_versions_that_are_not_the_song(world: World, trap: str) -> None:
    assert sum(bool(re.search(trap, track.name)) for track in world.catalogue.tracks.values()) >= 1


def test_a_title_is_sung_by_several_artists(world: World) -> None:
    singers = {
        track.artists[0].id for track in world.catalogue.tracks.values() if track.name == "Glass Harbour"
    }
    assert len(singers) >= 3


def test_a_recording_is_on_several_albums_with_one_isrc(world: World) -> None:
    original = [
        track
        for track in world.catalogue.tracks.values()
        if track.name == "Glass Harbour" and track.artists[0].name == "Tin Lanterns"
    ]
    assert len(original) >= 3
    assert len({track.isrc for track in original}) == 1
    assert len({track.album.id for track in original}) == len(original)


def test_artists_have_names_that_are_easy_to_confuse(world: World) -> None:
    names = [artist.name for artist in world.catalogue.artists.values()]
    assert {"Tin Lanterns", "The Tin Lanterns", "Tin Lantern"} <= set(names)
    assert names.count("Miro") == 2


def test_isrcs_look_like_isrcs(world: World) -> None:
    assert all(
        re.fullmatch(r"[A-Z]{2}[0-9A-Z]{3}\d{7}", track.isrc) for track in world.catalogue.tracks.values()
    )


def test_release_dates_are_of_three_precisions(world: World) -> None:
    assert {album.precision for album in world.catalogue.albums.values()} == {"year", "month", "day"}


def test_some_tracks_have_a_twin_for_other_countries(world: World) -> None:
    pairs = [track for track in world.catalogue.tracks.values() if track.twin is not None]
    assert pairs
    assert all(not track.markets & (track.twin.markets if track.twin else set()) for track in pairs)


def test_six_people_can_sign_in_and_differ(world: World) -> None:
    people = [world.people[handle] for handle in ("ada", "bram", "chidi", "dorothea", "emi", "farid")]
    assert [len(person.library["track"]) for person in people] == [10_000, 140, 35, 1, 800, 60]
    assert {person.premium for person in people} == {True, False}
    assert len({person.country for person in people}) == 6
    assert all(re.fullmatch(r"[0-9A-Za-z]{10}", person.account_id) for person in people)
    assert any(person.quoted_id != person.user_id for person in people)


def test_the_playlists_hold_what_is_hard_to_handle(world: World) -> None:
    mine = {p.name: p for p in world.playlists.values() if p.owner == "ada"}
    assert len(mine["Everything, twice"].entries) == 3_000
    assert len({entry.uri for entry in mine["Everything, twice"].entries}) < 2_700
    assert not mine["Untitled"].entries
    assert mine["Kitchen table"].collaborators == {"bram"}
    rows = mine["Tapes and transfers"].entries
    assert sum(isinstance(entry.item, LocalFile) for entry in rows) == 2
    assert any(entry.item is None for entry in rows)
    assert any(entry.added_at is None for entry in rows)


def test_devices_are_of_all_kinds(world: World) -> None:
    devices = world.people["ada"].player.devices
    assert any(device.restricted for device in devices)
    assert any(not device.supports_volume and device.volume is None for device in devices)
    assert any(device.id is None for device in devices)
    assert not world.people["dorothea"].player.devices
    assert world.people["farid"].player.devices[0].private
