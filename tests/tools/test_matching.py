"""Song names become tracks: what is called sure is right, and what nobody sings is never sure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from auxcord.caller import LEVELS, Caller
from auxcord.tools.matching import Certainty, match_lines
from auxcord.tools.matching.folding import fold, spellings
from auxcord.tools.matching.likeness import distance, is_slip
from auxcord.tools.matching.reading import read_line, take_apart
from auxcord.tools.matching.versions import Version
from tests.reliability import virtual_time
from tests.reliability.lab import Lab
from tests.tools.songbook import Song, means, songbook

if TYPE_CHECKING:
    from auxcord.simulator.settings import Profile
    from auxcord.tools.matching import Match
    from bench.figures import Figures
    from tests.tools.door import Door

EACH = 60


async def _matched(profile: Profile) -> list[tuple[Song, Match]]:
    async with Lab.opened(profile, per_window=10**6) as lab:
        # Nothing here is sealed: the matcher uses Spotify and nothing else of the caller.
        caller = Caller("nobody", LEVELS["look"], lab.client, None, None, questions=None)  # type: ignore[arg-type]
        songs = songbook(lab.simulation.world.catalogue, EACH)
        matches = await match_lines(caller, [song.line for song in songs])
    return list(zip(songs, matches, strict=True))


def _is_right(song: Song, match: Match) -> bool:
    return match.track is not None and means(song, match.track.artists[0].id or "", match.track.name)


@pytest.mark.parametrize("profile", ["development", "extended"])
def test_what_is_sure_is_right_and_what_is_there_is_found(profile: Profile, figures: Figures) -> None:
    judged = virtual_time.run(_matched(profile))
    assert [match.failure for _, match in judged if match.failure] == []
    sure = [_is_right(song, match) for song, match in judged if match.certainty is Certainty.SURE]
    present = [(song, match) for song, match in judged if song.title is not None]
    found = sum(match.certainty >= Certainty.LIKELY and _is_right(song, match) for song, match in present)
    absent = [match for song, match in judged if song.title is None]
    figures.count(f"lines, {profile}", len(judged), ">= 400")
    figures.count(f"precision of what is sure, {profile}, per mille", 1000 * sum(sure) // len(sure), ">= 980")
    figures.count(f"recall, {profile}, per mille", 1000 * found // len(present), ">= 950")
    figures.count(
        f"absent songs called sure, {profile}", sum(m.certainty is Certainty.SURE for m in absent), "== 0"
    )


def test_the_songbook_has_lines_of_every_kind() -> None:
    async def songs() -> list[Song]:
        async with Lab.opened() as lab:
            return songbook(lab.simulation.world.catalogue, EACH)

    kinds = Counter(song.kind for song in virtual_time.run(songs()))
    assert len(kinds) == 12
    assert set(kinds.values()) == {EACH}


@pytest.mark.parametrize(
    ("line", "artist", "title"),
    [
        ("Tin Lanterns - Glass Harbour", "Tin Lanterns", "Glass Harbour"),
        ("3. Tin Lanterns - Glass Harbour 3:45", "Tin Lanterns", "Glass Harbour"),
        ("Glass Harbour by Tin Lanterns", "Tin Lanterns", "Glass Harbour"),
        ('"Glass Harbour" — Tin Lanterns', "Tin Lanterns", "Glass Harbour"),
        ("Tin Lanterns: Glass Harbour", "Tin Lanterns", "Glass Harbour"),
        ("Tin Lanterns\tGlass Harbour", "Tin Lanterns", "Glass Harbour"),
        ("Tin Lanterns – Glass Harbour [Official Video]", "Tin Lanterns", "Glass Harbour"),  # noqa: RUF001
        ("Glass Harbour - 2019 Remaster - Tin Lanterns", "Tin Lanterns", "Glass Harbour"),
        ("Ben K - Stand by Me", "Ben K", "Stand by Me"),
        ("Ellery Quillfeather - 07:45", "Ellery Quillfeather", "07:45"),
    ],
)
def test_a_line_is_read_in_the_way_it_was_meant(line: str, artist: str, title: str) -> None:
    assert (artist, title) in {(reading.artist, reading.name.full) for reading in read_line(line).readings}


@pytest.mark.parametrize("line", ["", "  ", "-", "1. ", '""'])
def test_a_line_that_says_nothing_has_no_reading(line: str) -> None:
    assert read_line(line).readings == ()


@pytest.mark.parametrize(
    ("title", "versions", "rest"),
    [
        ("Nine Bells - Live at Nørregade", {Version.LIVE}, "Nine Bells"),
        ("Nine Bells (Acoustic) [2019 Remaster]", {Version.ACOUSTIC, Version.REMASTER}, "Nine Bells"),
        ("Nine Bells - Kettle & Twine Remix", {Version.REMIX}, "Nine Bells"),
        ("Nine Bells - Extended Mix", {Version.EXTENDED}, "Nine Bells"),
        ("Nine Bells [Karaoke Version]", {Version.KARAOKE}, "Nine Bells"),
        ("Nine Bells (Porto de Vidro)", set(), "Nine Bells (Porto de Vidro)"),
        ("Live Forever", set(), "Live Forever"),
        ("Remix", set(), "Remix"),
    ],
)
def test_a_title_is_told_from_its_recording(title: str, versions: set[Version], rest: str) -> None:
    taken = take_apart(title)
    assert (taken.versions, taken.full) == (versions, rest)


def test_guests_are_told_from_the_title() -> None:
    taken = take_apart("Signal Fires (feat. Inês Vasqueirão)")
    assert (taken.full, taken.guests) == ("Signal Fires", "Inês Vasqueirão")


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Ödet & Vågor", "odet and vagor"),
        ("Łąkowo", "lakowo"),
        ("Don’t Go!", "dont go"),  # noqa: RUF001
        ("Группа крови", "gruppa krovi"),
        ("トーキョー", "tokyo"),
        ("한결", "hangyeol"),
        ("Έρωτας", "erotas"),
    ],
)
def test_names_are_compared_without_case_accents_and_script(name: str, folded: str) -> None:
    assert fold(name) == folded


def test_umlauts_may_be_spelt_out() -> None:
    assert "moerka naetter" in spellings("Mörka Nätter")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("glas harbour", "glass harbour"),
        ("glassharbour", "glass harbour"),
        ("the harbour", "harbour"),
        ("blue", "blur"),
    ],
)
def test_a_slip_of_the_hand_is_forgiven(one: str, other: str) -> None:
    assert is_slip(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lumen ii", "lumen iii"),
        ("part 1", "part 2"),
        ("red", "bed"),
        ("夏の窓", "君の窓"),
        ("glass harbour nights", "glass harbour"),
    ],
)
def test_another_name_is_no_slip_of_the_hand(one: str, other: str) -> None:
    assert not is_slip(one, other)


@pytest.mark.parametrize(
    ("one", "other", "letters"), [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)]
)
def test_the_distance_of_two_words_is_what_has_to_be_changed(one: str, other: str, letters: int) -> None:
    assert distance(one, other) == distance(other, one) == letters


@pytest.mark.anyio
async def test_two_artists_of_one_name_are_no_certainty_and_both_are_offered(ada: Door) -> None:
    told = await ada.ask("match_tracks", songs="Miro - Blue")
    assert "likely 1 of 1 line" in told
    assert told.count("Blue") == 2


@pytest.mark.anyio
async def test_songs_come_as_lines_lists_or_objects(ada: Door) -> None:
    expected = await ada.ask("match_tracks", songs=["Tin Lanterns - Nine Bells", "Tin Lanterns - Low Water"])
    assert "sure 2 of 2 lines" in expected
    assert (
        await ada.ask("match_tracks", songs="Tin Lanterns - Nine Bells\n\nTin Lanterns - Low Water")
        == expected
    )
    objects = [{"artist": "Tin Lanterns", "title": title} for title in ("Nine Bells", "Low Water")]
    assert await ada.ask("match_tracks", songs=objects) == expected


@pytest.mark.anyio
async def test_a_playlist_is_made_of_song_names_in_one_call(ada: Door) -> None:
    told = await ada.ask(
        "create_playlist", name="Evening", songs="Tin Lanterns - Nine Bells\nTin Lanterns - No Such Song"
    )
    assert "verified: 1 item added" in told
    assert "sure 1, none 1 of 2 lines; 1 line left out" in told
    assert "2|none|Tin Lanterns - No Such Song" in told


@pytest.mark.anyio
async def test_when_no_song_is_found_no_playlist_is_made(ada: Door) -> None:
    refusal = await ada.refused("create_playlist", name="Evening", songs="Tin Lanterns - No Such Song At All")
    assert "None of the 1 song was found; nothing was changed." in refusal
    assert "Evening" not in await ada.ask("list_library", kind="playlists")


@pytest.mark.anyio
async def test_songs_are_added_by_name(ada: Door) -> None:
    made = await ada.ask("create_playlist", name="Evening")
    uri = made.split("(")[1].split(")")[0]
    told = await ada.ask("add_to_playlist", playlist=uri, songs=["Low Water by Tin Lanterns"])
    assert "verified: 1 item added" in told
    assert "sure 1 of 1 line" in told


@pytest.mark.anyio
async def test_adding_nothing_is_refused(ada: Door) -> None:
    made = await ada.ask("create_playlist", name="Evening")
    uri = made.split("(")[1].split(")")[0]
    assert "give uris or songs" in await ada.refused("add_to_playlist", playlist=uri)
