"""What plays, and telling the player what to do."""

from __future__ import annotations

from auxcord.tools.playback.looking import get_playback, list_devices
from auxcord.tools.playback.playing import pause, play, skip
from auxcord.tools.playback.queueing import add_to_queue, get_queue
from auxcord.tools.playback.setting import seek, set_playback, transfer_playback
from auxcord.tools.toolset import Toolset

__all__ = ["PLAYBACK", "get_playback"]

PLAYBACK = Toolset(
    "playback",
    (
        get_playback,
        get_queue,
        list_devices,
        play,
        pause,
        skip,
        seek,
        set_playback,
        transfer_playback,
        add_to_queue,
    ),
)
