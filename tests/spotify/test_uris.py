from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auxcord.errors import InputError
from auxcord.spotify.uris import Kind, SpotifyUri, checked_id, parse

ID = "11dFghVXANMlKmJXsNCbNl"


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.USER])
def test_every_kind_is_understood_as_uri_and_as_link(kind: Kind) -> None:
    for text in (
        f"spotify:{kind}:{ID}",
        f"https://open.spotify.com/{kind}/{ID}",
        f"https://open.spotify.com/intl-de/{kind}/{ID}?si=0123456789abcdef",
        f"http://play.spotify.com/{kind}/{ID}/",
        f"open.spotify.com/embed/{kind}/{ID}",
        f"  https://OPEN.spotify.com/{kind}/{ID}#t=3  ",
    ):
        assert parse(text) == SpotifyUri(kind, ID)
    assert str(parse(f"spotify:{kind}:{ID}")) == f"spotify:{kind}:{ID}"
    assert parse(parse(f"spotify:{kind}:{ID}").link) == SpotifyUri(kind, ID)


def test_old_playlist_uris_with_their_owner_are_understood() -> None:
    assert parse(f"spotify:user:somebody:playlist:{ID}") == SpotifyUri(Kind.PLAYLIST, ID)
    assert parse(f"https://open.spotify.com/user/somebody/playlist/{ID}") == SpotifyUri(Kind.PLAYLIST, ID)


def test_user_ids_may_hold_other_characters_than_other_ids() -> None:
    assert parse("spotify:user:some.body#1") == SpotifyUri(Kind.USER, "some.body#1")


def test_a_bare_id_needs_a_default_kind() -> None:
    assert parse(ID, Kind.ALBUM) == SpotifyUri(Kind.ALBUM, ID)
    assert parse(ID, "track") == SpotifyUri(Kind.TRACK, ID)
    with pytest.raises(InputError):
        parse(ID)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Bohemian Rhapsody",
        "spotify:",
        "spotify:track",
        "spotify:track:short",
        f"spotify:track:{ID}x",
        f"spotify:song:{ID}",
        f"spotify:track:{ID}:extra",
        f"https://evil.example/track/{ID}",
        f"https://open.spotify.com.evil.example/track/{ID}",
        f"https://open.spotify.com@evil.example/track/{ID}",
        f"ftp://open.spotify.com/track/{ID}",
        "https://open.spotify.com/track/..%2f..%2fme",
        f"https://open.spotify.com/album/{ID}/track/{ID}",
        "https://[::1/track",
        "spotify:local:Artist:Album:Title:125",
        "https://spotify.link/AbCdEf",
        "x" * 5_000,
        f"spotify:track:{ID[:-1]}é",
    ],
)
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert caught.value.advice
    assert len(str(caught.value)) < 200


@given(st.text(max_size=300))
def test_no_text_breaks_parsing_and_what_parses_parses_again(text: str) -> None:
    try:
        uri = parse(text, Kind.TRACK)
    except InputError as error:
        complaint = str(error)
    else:
        complaint = ""
        assert parse(str(uri)) == uri
    assert complaint.isprintable()


@pytest.mark.parametrize("text", ["../me", "a/b", "", "ID?x=1", f"{ID}\n", "%2e%2e"])
def test_an_id_that_is_not_one_never_becomes_part_of_a_path(text: str) -> None:
    with pytest.raises(InputError):
        checked_id(text)
