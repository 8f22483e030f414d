"""Devices and what they play."""

from typing import Any

from msgspec import field

from auxcord.spotify.models.music import Track
from auxcord.spotify.models.shapes import Part
from auxcord.spotify.models.spoken import Episode


class Device(Part, frozen=True, kw_only=True):
    """Something Spotify can play on. Ids change; a restricted device takes no commands."""

    name: str
    id: str | None = None
    type: str = "Unknown"
    is_active: bool = False
    is_private_session: bool = False
    is_restricted: bool = False
    volume_percent: int | None = None
    supports_volume: bool | None = None


class Context(Part, frozen=True, kw_only=True):
    """What is being played from: an album, artist, playlist or show."""

    uri: str | None = None
    type: str | None = None


class PlaybackState(Part, frozen=True, kw_only=True):
    """What plays now. `currently-playing` answers have no device, repeat or shuffle.

    Attributes:
        progress_ms: How far into the item playback is.
        item: None while an advertisement plays, or something unknown.
        repeat_state: `off`, `track` or `context`.
    """

    is_playing: bool
    device: Device | None = None
    item: Track | Episode | None = None
    currently_playing_type: str | None = None
    progress_ms: int | None = None
    shuffle_state: bool | None = None
    repeat_state: str | None = None
    context: Context | None = None
    actions: dict[str, Any] = field(default_factory=dict)

    @property
    def disallowed(self) -> frozenset[str]:
        """The commands the player would refuse now, such as `pausing` or `skipping_prev`."""
        flags = self.actions.get("disallows", self.actions)
        if not isinstance(flags, dict):
            return frozenset()
        return frozenset(name for name, value in flags.items() if value is True)


class Queue(Part, frozen=True, kw_only=True):
    """What plays now and what comes next."""

    currently_playing: Track | Episode | None = None
    queue: tuple[Track | Episode | None, ...] = ()
