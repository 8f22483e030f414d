"""Ways of asking for the operations on playlists."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from .asks import BOTH, HERE, PART, Ask

if TYPE_CHECKING:
    from .asks import Recipes
    from .lab import Sample

_JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + b"\x00" * 64 + b"\xff\xd9")


def playlist_reads(sample: Sample) -> Recipes:
    """How playlists are read."""
    own, foreign = {"playlist_id": sample.playlist}, {"playlist_id": sample.foreign}
    odd, mixed = {"playlist_id": sample.oddities}, {"playlist_id": sample.mixed}
    items = {"fields": "items(added_at,item(name,uri)),total"}
    ways = [
        Ask(path=own, query=BOTH),
        Ask("success with a market", own, HERE),
        Ask("success with oddities", odd, BOTH),
        Ask("success with episodes", mixed, BOTH),
        Ask("success with episodes unannounced", mixed),
    ]
    return {
        "get-playlist": [
            *ways,
            Ask("success for a foreign list", foreign, BOTH),
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
            Ask("success for a foreign list", foreign, BOTH),
            Ask("success with fields", own, {"fields": "items(track(name)),total"}),
        ],
        "get-playlist-cover": [Ask(path=own), Ask("success without one", {"playlist_id": sample.empty})],
        "get-a-list-of-current-users-playlists": [
            Ask(),
            Ask("success with a part", {}, PART),
            Ask("success of farid", user="farid"),
        ],
        "check-if-user-follows-playlist": [Ask(path=own), Ask("success with ids", own, {"ids": sample.user})],
    }


def playlist_writes(sample: Sample) -> Recipes:
    """How playlists are made and changed."""
    own, private = {"playlist_id": sample.playlist}, {"playlist_id": sample.private}
    uris = [f"spotify:track:{key}" for key in sample.tracks]
    named = {"name": "Checked", "description": "Made to be looked at", "public": False}
    rows = [{"uri": uri} for uri in uris]
    moved = {"range_start": 0, "insert_before": 3, "range_length": 2}
    renamed, public, hidden = {"name": "Renamed"}, ("playlist-modify-public",), ("playlist-modify-private",)
    ways: Recipes = {
        "change-playlist-details": [
            Ask(path=own, body={"name": "Renamed", "description": "Again"}),
            Ask("success with the scope for public ones", own, body=renamed, scopes=public),
            Ask("success with the scope for private ones", private, body=renamed, scopes=hidden),
            Ask("a public one with the other scope", own, body=renamed, scopes=hidden, expected=(403,)),
            Ask("a private one with the other scope", private, body=renamed, scopes=public, expected=(403,)),
        ],
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
