"""Ways of asking for the operations of the player."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .asks import BOTH, HERE, Ask

if TYPE_CHECKING:
    from .asks import Recipes
    from .lab import Sample


def player_reads() -> Recipes:
    """How the player is looked at."""
    ways = [
        Ask(query=BOTH, player="playing"),
        Ask("success with a market", {}, {**BOTH, **HERE}, player="paused"),
        *(Ask(f"success of {user}", {}, BOTH, user=user) for user in ("chidi", "emi", "farid")),
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


def player_writes(sample: Sample) -> Recipes:
    """How the player is commanded."""
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
