"""How to ask for each of the 96 operations so that it succeeds; the first way is also the one to spoil."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .asks import HERE, PART, UNKNOWN, Ask
from .player_asks import player_reads, player_writes
from .playlist_asks import playlist_reads, playlist_writes

if TYPE_CHECKING:
    from .asks import Recipes
    from .lab import Sample

_MODIFY_SCOPES = {
    **dict.fromkeys(("track", "album", "show", "episode", "audiobook"), "user-library-modify"),
    **dict.fromkeys(("artist", "user"), "user-follow-modify"),
    "playlist": "playlist-modify-public",
}
_READ_SCOPES = {
    **dict.fromkeys(("track", "album", "show", "episode", "audiobook"), "user-library-read"),
    **dict.fromkeys(("artist", "user"), "user-follow-read"),
    "playlist": "playlist-read-private",
}


def recipes(sample: Sample) -> Recipes:
    """Every operation's ways of being asked, by operationId."""
    return {
        **_one(sample),
        **_many(sample),
        **_lists(sample),
        **_library(sample),
        **_typed_library(sample),
        **playlist_reads(sample),
        **playlist_writes(sample),
        **_people(sample),
        **player_reads(),
        **player_writes(sample),
        **_discovery(sample),
    }


def _one(sample: Sample) -> Recipes:
    things = {
        "get-an-album": sample.album,
        "get-track": sample.track,
        "get-a-show": sample.show,
        "get-an-episode": sample.episode,
        "get-an-audiobook": sample.audiobook,
        "get-a-chapter": sample.chapter,
    }
    ways = {
        operation: [Ask(path={"id": key}), Ask("success with a market", {"id": key}, HERE)]
        for operation, key in things.items()
    }
    ways["get-an-album"].append(Ask("success with gaps", {"id": sample.partial}, HERE))
    ways["get-track"].append(Ask("success where it does not play", {"id": sample.unplayable}, HERE))
    ways["get-track"] += [Ask("success with others", {"id": key}) for key in sample.tracks]
    ways["get-an-artist"] = [Ask(path={"id": sample.artist})]
    return ways


def _many(sample: Sample) -> Recipes:
    things = {
        "get-multiple-albums": sample.album,
        "get-several-tracks": sample.track,
        "get-multiple-shows": sample.show,
        "get-multiple-episodes": sample.episode,
        "get-multiple-audiobooks": sample.audiobook,
        "get-several-chapters": sample.chapter,
    }
    ways = {
        operation: [
            Ask(query={"ids": key}),
            Ask("success with a market", {}, {"ids": key, **HERE}),
            Ask("success with an unknown id", {}, {"ids": f"{key},{UNKNOWN}"}),
        ]
        for operation, key in things.items()
    }
    ids = ",".join(sample.artists)
    unknown = {"ids": f"{ids},{UNKNOWN}"}
    ways["get-multiple-artists"] = [
        Ask(query={"ids": ids}),
        Ask("success with an unknown id", {}, unknown),
    ]
    return ways


def _lists(sample: Sample) -> Recipes:
    album, show, book = {"id": sample.album}, {"id": sample.show}, {"id": sample.audiobook}
    artist, part = {"id": sample.artist}, {**PART, **HERE}
    audio = {"include_external": "audio"}
    kinds = "album,artist,playlist,track,show,episode,audiobook"
    return {
        "get-an-albums-tracks": [Ask(path=album), Ask("success with a market", album, part),
                                 Ask("success with gaps", {"id": sample.partial}, {**HERE, "limit": "50"})],
        "get-a-shows-episodes": [Ask(path=show), Ask("success with a market", show, part)],
        "get-audiobook-chapters": [Ask(path=book), Ask("success with a market", book, part)],
        "get-an-artists-albums": [
            Ask(path=artist),
            Ask("success with a market", artist, {**part, "include_groups": "album,single"}),
        ],
        "get-an-artists-top-tracks": [Ask(path=artist), Ask("success with a market", artist, HERE)],
        "get-an-artists-related-artists": [Ask(path=artist)],
        "search": [
            Ask(query={"q": "a", "type": kinds}),
            Ask("success with a market", {}, {"q": "a", "type": "track,episode", **part, **audio}),
            Ask("success for playlists", {}, {"q": "focus", "type": "playlist", "limit": "10"}),
            Ask("success for artists", {}, {"q": "the", "type": "artist,album", "limit": "10"}),
        ],
    }  # fmt: skip


def _library(sample: Sample) -> Recipes:
    things = {"uris": ",".join((
        f"spotify:track:{sample.track}", f"spotify:album:{sample.album}", f"spotify:show:{sample.show}",
        f"spotify:episode:{sample.episode}", f"spotify:audiobook:{sample.audiobook}",
        f"spotify:artist:{sample.artist}", f"spotify:playlist:{sample.foreign}",
        f"spotify:user:{sample.user}",
    ))}  # fmt: skip
    ways = {
        f"get-users-saved-{kind}": [Ask(), Ask("success with a part", {}, PART)]
        for kind in ("shows", "audiobooks")
    }
    ways |= {
        f"get-users-saved-{kind}": [Ask(), Ask("success with a market", {}, {**PART, **HERE})]
        for kind in ("tracks", "albums", "episodes")
    }
    return ways | {
        "save-library-items": [Ask(query=things), *_by_kind(sample, _MODIFY_SCOPES)],
        "remove-library-items": [Ask(query=things), *_by_kind(sample, _MODIFY_SCOPES)],
        "check-library-contains": [Ask(query=things), *_by_kind(sample, _READ_SCOPES)],
    }


def _by_kind(sample: Sample, needed: dict[str, str]) -> list[Ask]:
    """Each kind of thing needs one of the scopes, and the others do not help."""
    ways = []
    for kind, scope in needed.items():
        thing = {"uris": f"spotify:{kind}:{getattr(sample, kind)}"}
        others = tuple(set(needed.values()) - {scope})
        ways.append(Ask(f"success with the scope for a {kind}", {}, thing, scopes=(scope,)))
        ways.append(Ask(f"other scopes for a {kind}", {}, thing, scopes=others, expected=(403,)))
    return ways


def _typed_library(sample: Sample) -> Recipes:
    things = {
        "albums": sample.album,
        "tracks": sample.track,
        "episodes": sample.episode,
        "shows": sample.show,
        "audiobooks": sample.audiobook,
    }
    ways: Recipes = {}
    for kind, key in things.items():
        query = {"ids": key}
        ways[f"save-{kind}-user"] = [Ask(query=query)]
        ways[f"remove-{kind}-user"] = [Ask(query=query)]
        ways[f"check-users-saved-{kind}"] = [Ask(query=query)]
    timed = {
        "ids": [sample.track],
        "timestamped_ids": [{"id": sample.track, "added_at": "2026-01-02T03:04:05Z"}],
    }
    ways["save-tracks-user"] = [Ask(body={"ids": [sample.track]}), Ask("success with times", body=timed)]
    artist = {"type": "artist", "ids": sample.artist}
    person = {"type": "user", "ids": sample.user}
    for operation in ("follow-artists-users", "unfollow-artists-users"):
        ways[operation] = [Ask(query=artist), Ask("success with people", {}, person)]
    ways["check-current-user-follows"] = [Ask(query=artist), Ask("success with people", {}, person)]
    return ways


def _people(sample: Sample) -> Recipes:
    user = {"user_id": sample.user}
    return {
        "get-current-users-profile": [Ask(), Ask("success without a name", user="dorothea")],
        "get-users-profile": [
            Ask(path=user),
            Ask("success with odd letters", {"user_id": sample.strange_user}),
            Ask("success without a name", {"user_id": sample.nameless_user}),
        ],
        "get-list-users-playlists": [Ask(path=user), Ask("success with a part", user, {"limit": "1"})],
        "get-users-top-artists-and-tracks": [
            Ask(),
            Ask("success with a part", {}, {**PART, "time_range": "short_term"}),
        ],
        "get-followed": [
            Ask(query={"type": "artist"}),
            Ask("success to the end", {}, {"type": "artist", "limit": "50", "after": sample.followed}),
        ],
        "get-recently-played": [Ask(), Ask("success before", {}, {"before": "1000000000000", "limit": "2"}),
                                Ask("success after", {}, {"after": "1000000000000"})],
    }  # fmt: skip


def _discovery(sample: Sample) -> Recipes:
    track = {"id": sample.track}
    seeds = {"seed_artists": sample.artist, "seed_tracks": sample.track, "limit": "5"}
    return {
        "get-featured-playlists": [Ask(), Ask("success with a part", {}, {"limit": "2", "locale": "en_GB"})],
        "get-categories": [Ask(), Ask("success with a part", {}, {"limit": "2", "locale": "en_GB"})],
        "get-a-category": [Ask(path={"category_id": sample.category})],
        "get-a-categories-playlists": [Ask(path={"category_id": sample.category})],
        "get-new-releases": [Ask(), Ask("success with a part", {}, PART)],
        "get-several-audio-features": [
            Ask(query={"ids": sample.track}),
            Ask("success with an unknown id", {}, {"ids": f"{sample.track},{UNKNOWN}"}),
        ],
        "get-audio-features": [Ask(path=track)],
        "get-audio-analysis": [Ask(path=track)],
        "get-recommendations": [
            Ask(query=seeds),
            Ask("success with a mood", {}, {**seeds, "target_energy": "0.6"}),
            Ask("success with a genre", {}, {"seed_genres": sample.genre}),
        ],
        "get-recommendation-genres": [Ask()],
        "get-available-markets": [Ask()],
    }
