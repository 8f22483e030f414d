"""What plays, where, and what comes next.

Spotify carries commands out a little later than it accepts them: a look right after one still shows the old
state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from auxcord.errors import InputError
from auxcord.spotify.models import Device, PlaybackState, Queue
from auxcord.spotify.models.wrappers import Devices
from auxcord.spotify.uris import Kind, SpotifyUri, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from auxcord.spotify.session import Session

RepeatState = Literal["off", "track", "context"]

_BOTH = "track,episode"


class Playback:
    """The person's player. Every command needs Premium; without `device_id` it goes to the active device."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def state(self, market: str | None = None) -> PlaybackState | None:
        """What plays now and where (`GET /me/player`); None when nothing is active."""
        return await self._session.get_any(PlaybackState, "/me/player", market=market, additional_types=_BOTH)

    async def currently_playing(self, market: str | None = None) -> PlaybackState | None:
        """What plays now, without the device (`GET /me/player/currently-playing`); None when nothing does."""
        return await self._session.get_any(
            PlaybackState, "/me/player/currently-playing", market=market, additional_types=_BOTH
        )

    async def devices(self) -> list[Device]:
        """Where Spotify can play (`GET /me/player/devices`)."""
        answer = await self._session.get(Devices, "/me/player/devices")
        return [device for device in answer.devices if device is not None]

    async def queue(self) -> Queue:
        """What comes next (`GET /me/player/queue`)."""
        return await self._session.get(Queue, "/me/player/queue")

    async def play(
        self,
        *,
        device_id: str | None = None,
        context_uri: str | None = None,
        uris: Sequence[str] | None = None,
        offset: Mapping[str, int | str] | None = None,
        position_ms: int | None = None,
    ) -> None:
        """Start or resume playback (`PUT /me/player/play`).

        Args:
            device_id: Where.
            context_uri: An album, artist, playlist or show to play from; not with `uris`.
            uris: Tracks and episodes to play, in order; not with `context_uri`.
            offset: Where to start in it: `{"position": 0}` or `{"uri": …}`.
            position_ms: Where to start in the first item.
        """
        if context_uri is not None and uris is not None:
            raise InputError("Play either items or one album, playlist, artist or show, not both.")
        body: dict[str, Any] = {
            "context_uri": context_uri,
            "uris": list(uris) if uris is not None else None,
            "offset": dict(offset) if offset is not None else None,
            "position_ms": position_ms,
        }
        body = {name: value for name, value in body.items() if value is not None}
        await self._session.command("PUT", "/me/player/play", json=body or None, device_id=device_id)

    async def pause(self, device_id: str | None = None) -> None:
        """Pause (`PUT /me/player/pause`)."""
        await self._session.command("PUT", "/me/player/pause", device_id=device_id)

    async def next(self, device_id: str | None = None) -> None:
        """Skip to the next item (`POST /me/player/next`)."""
        await self._session.command("POST", "/me/player/next", device_id=device_id)

    async def previous(self, device_id: str | None = None) -> None:
        """Skip to the previous item (`POST /me/player/previous`)."""
        await self._session.command("POST", "/me/player/previous", device_id=device_id)

    async def add_to_queue(self, uri: str | SpotifyUri, device_id: str | None = None) -> None:
        """Play a track or episode after the current one (`POST /me/player/queue`)."""
        named = parse(uri) if isinstance(uri, str) else uri
        if named.type not in {Kind.TRACK, Kind.EPISODE}:
            raise InputError("Only tracks and episodes can be queued.")
        await self._session.command("POST", "/me/player/queue", uri=str(named), device_id=device_id)

    async def transfer(self, device_id: str, *, play: bool | None = None) -> None:
        """Move playback to a device (`PUT /me/player`).

        Args:
            device_id: Where to.
            play: True starts playing there; otherwise the current state is kept.
        """
        body: dict[str, Any] = {"device_ids": [device_id]}
        if play is not None:
            body["play"] = play
        await self._session.command("PUT", "/me/player", json=body)

    async def seek(self, position_ms: int, device_id: str | None = None) -> None:
        """Go to a position in the current item, in milliseconds (`PUT /me/player/seek`)."""
        if position_ms < 0:
            raise InputError("The position cannot be before the start.")
        await self._session.command("PUT", "/me/player/seek", position_ms=position_ms, device_id=device_id)

    async def set_volume(self, percent: int, device_id: str | None = None) -> None:
        """Set the volume, 0 to 100 (`PUT /me/player/volume`)."""
        if not 0 <= percent <= 100:
            raise InputError("The volume must be 0 to 100.")
        await self._session.command("PUT", "/me/player/volume", volume_percent=percent, device_id=device_id)

    async def set_shuffle(self, state: bool, device_id: str | None = None) -> None:  # noqa: FBT001  # on or off
        """Turn shuffle on or off (`PUT /me/player/shuffle`)."""
        await self._session.command("PUT", "/me/player/shuffle", state=state, device_id=device_id)

    async def set_repeat(self, state: RepeatState, device_id: str | None = None) -> None:
        """Repeat nothing, the current item, or what is played from (`PUT /me/player/repeat`)."""
        await self._session.command("PUT", "/me/player/repeat", state=state, device_id=device_id)
