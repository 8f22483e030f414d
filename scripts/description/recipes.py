"""How to ask for each of the 96 operations so that it succeeds; the first way is also the one to spoil."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, TypeAlias

from .asks import Ask

if TYPE_CHECKING:
    from .lab import Sample

Recipes: TypeAlias = dict[str, list[Ask]]

UNKNOWN = "7" * 22
"""An id of the right form that names nothing."""
_JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + b"\x00" * 64 + b"\xff\xd9")
_BOTH = {"additional_types": "track,episode"}
_HERE = {"market": "GB"}
_PART = {"limit": "3", "offset": "1"}


def recipes(sample: Sample) -> Recipes:
    """Every operation's ways of being asked, by operationId."""
    return {
        **_one(sample),
        **_many(sample),
        **_lists(sample),
        **_library(sample),
        **_typed_library(sample),
        **_playlist_reads(sample),
        **_playlist_writes(sample),
        **_people(sample),
        **_player_reads(),
        **_player_writes(sample),
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
        operation: [Ask(path={"id": key}), Ask("success with a market", {"id": key}, _HERE)]
        for operation, key in things.items()
    }
    ways["get-an-album"].append(Ask("success with gaps", {"id": sample.partial}, _HERE))
    ways["get-track"].append(Ask("success where it does not play", {"id": sample.unplayable}, _HERE))
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
            Ask("success with a market", {}, {"ids": key, **_HERE}),
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
    artist, part = {"id": sample.artist}, {**_PART, **_HERE}
    audio = {"include_external": "audio"}
    kinds = "album,artist,playlist,track,show,episode,audiobook"
    return {
        "get-an-albums-tracks": [Ask(path=album), Ask("success with a market", album, part),
                                 Ask("success with gaps", {"id": sample.partial}, {**_HERE, "limit": "50"})],
        "get-a-shows-episodes": [Ask(path=show), Ask("success with a market", show, part)],
        "get-audiobook-chapters": [Ask(path=book), Ask("success with a market", book, part)],
        "get-an-artists-albums": [
            Ask(path=artist),
            Ask("success with a market", artist, {**part, "include_groups": "album,single"}),
        ],
        "get-an-artists-top-tracks": [Ask(path=artist), Ask("success with a market", artist, _HERE)],
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
        f"get-users-saved-{kind}": [Ask(), Ask("success with a part", {}, _PART)]
        for kind in ("shows", "audiobooks")
    }
    ways |= {
        f"get-users-saved-{kind}": [Ask(), Ask("success with a market", {}, {**_PART, **_HERE})]
        for kind in ("tracks", "albums", "episodes")
    }
    return ways | {
        "save-library-items": [Ask(query=things)],
        "remove-library-items": [Ask(query=things)],
        "check-library-contains": [Ask(query=things)],
    }


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


def _playlist_reads(sample: Sample) -> Recipes:
    own, foreign = {"playlist_id": sample.playlist}, {"playlist_id": sample.foreign}
    odd, mixed = {"playlist_id": sample.oddities}, {"playlist_id": sample.mixed}
    items = {"fields": "items(added_at,item(name,uri)),total"}
    ways = [
        Ask(path=own, query=_BOTH),
        Ask("success with a market", own, _HERE),
        Ask("success with oddities", odd, _BOTH),
        Ask("success with episodes", mixed, _BOTH),
        Ask("success with episodes unannounced", mixed),
    ]
    return {
        "get-playlist": [
            *ways,
            Ask("success for a foreign list", foreign, _BOTH),
            Ask("success with fields", own, {"fields": "name,items.total"}),
            Ask("success with outdated fields", own, {"fields": "tracks.total"}),
            Ask("Spotify's own list", {"playlist_id": sample.editorial}, expected=(200, 404)),
        ],
        "get-playlists-items": [
            *ways,
            Ask("success with fields", own, items),
            Ask("a foreign list", foreign, expected=(403,)),
        ],
        "get-playlists-tracks": [
            *ways,
            Ask("success for a foreign list", foreign, _BOTH),
            Ask("success with fields", own, {"fields": "items(track(name)),total"}),
        ],
        "get-playlist-cover": [Ask(path=own), Ask("success without one", {"playlist_id": sample.empty})],
        "get-a-list-of-current-users-playlists": [
            Ask(),
            Ask("success with a part", {}, _PART),
            Ask("success of farid", user="farid"),
        ],
        "check-if-user-follows-playlist": [Ask(path=own), Ask("success with ids", own, {"ids": sample.user})],
    }


def _playlist_writes(sample: Sample) -> Recipes:
    own, private = {"playlist_id": sample.playlist}, {"playlist_id": sample.private}
    uris = [f"spotify:track:{key}" for key in sample.tracks]
    named = {"name": "Checked", "description": "Made to be looked at", "public": False}
    rows = [{"uri": uri} for uri in uris]
    moved = {"range_start": 0, "insert_before": 3, "range_length": 2}
    ways: Recipes = {
        "change-playlist-details": [Ask(path=own, body={"name": "Renamed", "description": "Again"})],
        "create-playlist": [Ask(body=named)],
        "create-playlist-for-user": [Ask(path={"user_id": "ada"}, body=named)],
        "follow-playlist": [Ask(path={"playlist_id": sample.foreign}, body={"public": False})],
        "unfollow-playlist": [Ask(path={"playlist_id": sample.foreign})],
        "upload-custom-playlist-cover": [
            Ask(path=own, content=_JPEG),
            Ask(path=own).wrong("too large", 413, content=_JPEG[:-4] + b"AAAA" * 65_536),
            Ask(path=own).wrong("not base64", 400, content=b"data:image/jpeg;base64,/9j/"),
            Ask(path=own).wrong("not a JPEG", 400, content=base64.b64encode(b"GIF89a")),
        ],
    }
    for word, field in (("items", "items"), ("tracks", "tracks")):
        add = "add-items-to-playlist" if word == "items" else "add-tracks-to-playlist"
        ways[add] = [
            Ask(path=own, body={"uris": uris, "position": 0}),
            Ask("success by query", private, {"uris": uris[0], "position": "1"}),
        ]
        ways[f"reorder-or-replace-playlists-{word}"] = [
            Ask(path=own, body={"uris": uris}),
            Ask("success with a move", own, body=moved),
        ]
        ways[f"remove-{word}-playlist"] = [Ask(path=own, body={field: rows})]
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
            Ask("success with a part", {}, {**_PART, "time_range": "short_term"}),
        ],
        "get-followed": [
            Ask(query={"type": "artist"}),
            Ask("success to the end", {}, {"type": "artist", "limit": "50", "after": sample.followed}),
        ],
        "get-recently-played": [Ask(), Ask("success before", {}, {"before": "1000000000000", "limit": "2"}),
                                Ask("success after", {}, {"after": "1000000000000"})],
    }  # fmt: skip


def _player_reads() -> Recipes:
    ways = [
        Ask(query=_BOTH, player="playing"),
        Ask("success with a market", {}, {**_BOTH, **_HERE}, player="paused"),
        *(Ask(f"success of {user}", {}, _BOTH, user=user) for user in ("chidi", "emi", "farid")),
        Ask("success with an episode unannounced", user="emi"),
        Ask("nothing plays", player="idle"),
    ]
    return {
        "get-information-about-the-users-current-playback": ways,
        "get-the-users-currently-playing-track": ways,
        "get-a-users-available-devices": [Ask()],
        "get-queue": [
            Ask(player="playing"),
            *(Ask(f"success of {user}", user=user) for user in ("emi", "farid")),
            Ask("nothing plays", player="idle"),
        ],
    }


def _player_writes(sample: Sample) -> Recipes:
    uris = [f"spotify:track:{key}" for key in sample.tracks]
    context = {"context_uri": f"spotify:album:{sample.album}", "offset": {"position": 0}, "position_ms": 1000}
    on_device = {"device_id": sample.device}
    return {
        "transfer-a-users-playback": [
            Ask(body={"device_ids": [sample.device], "play": True}, player="paused")
        ],
        "start-a-users-playback": [
            Ask(player="paused"),
            Ask("success with items", {}, on_device, {"uris": uris}, player="idle"),
            Ask("success with a context", body=context, player="paused"),
        ],
        "pause-a-users-playback": [
            Ask(player="playing"),
            Ask("paused already", player="paused", expected=(403,)),
        ],
        "skip-users-playback-to-next-track": [Ask(player="playing")],
        "skip-users-playback-to-previous-track": [Ask(player="playing")],
        "seek-to-position-in-currently-playing-track": [Ask(query={"position_ms": "1000"}, player="playing")],
        "set-repeat-mode-on-users-playback": [Ask(query={"state": "context"}, player="playing")],
        "set-volume-for-users-playback": [Ask(query={"volume_percent": "40"}, player="playing")],
        "toggle-shuffle-for-users-playback": [Ask(query={"state": "true"}, player="playing")],
        "add-to-queue": [Ask(query={"uri": uris[0]}, player="playing")],
    }


def _discovery(sample: Sample) -> Recipes:
    track = {"id": sample.track}
    seeds = {"seed_artists": sample.artist, "seed_tracks": sample.track, "limit": "5"}
    return {
        "get-featured-playlists": [Ask(), Ask("success with a part", {}, {"limit": "2", "locale": "en_GB"})],
        "get-categories": [Ask(), Ask("success with a part", {}, {"limit": "2", "locale": "en_GB"})],
        "get-a-category": [Ask(path={"category_id": sample.category})],
        "get-a-categories-playlists": [Ask(path={"category_id": sample.category})],
        "get-new-releases": [Ask(), Ask("success with a part", {}, _PART)],
        "get-several-audio-features": [
            Ask(query={"ids": sample.track}),
            Ask("success with an unknown id", {}, {"ids": f"{sample.track},{UNKNOWN}"}),
        ],
        "get-audio-features": [Ask(path=track)],
        "get-audio-analysis": [Ask(path=track)],
        "get-recommendations": [
            Ask(query=seeds),
            Ask("success with a mood", {}, {**seeds, "target_energy": "0.6"}),
        ],
        "get-recommendation-genres": [Ask()],
        "get-available-markets": [Ask()],
    }
