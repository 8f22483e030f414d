"""What Spotify wraps some answers in."""

from auxcord.spotify.models.music import Artist
from auxcord.spotify.models.player import Device
from auxcord.spotify.models.shapes import CursorPage, Part


class Devices(Part, frozen=True, kw_only=True):
    """The answer of `GET /me/player/devices`."""

    devices: list[Device | None]


class Following(Part, frozen=True, kw_only=True):
    """The answer of `GET /me/following`."""

    artists: CursorPage[Artist]
