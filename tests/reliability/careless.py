"""Clients with the faults that the matrix looks for, to see that it finds them."""

from __future__ import annotations

from typing import Any

from auxcord.errors import AmbiguousWriteError, SpotifyError, SpotifyUnavailableError
from auxcord.spotify.transport import Transport


class Repeating(Transport):
    """Sends everything again when the answer was lost."""

    async def request(self, *args: Any, **more: Any) -> bytes | None:
        """Send it as if sending it twice did no harm."""
        return await super().request(*args, **(more | {"idempotent": True}))


class Hopeful(Transport):
    """Takes every failure for a success."""

    async def request(self, *args: Any, **more: Any) -> bytes | None:
        """Send it and hope for the best."""
        try:
            return await super().request(*args, **more)
        except SpotifyError:
            return b'{"id": "1", "uri": "spotify:playlist:1", "name": "Mix"}'


class Denying(Transport):
    """Says that nothing happened when nobody knows."""

    async def request(self, *args: Any, **more: Any) -> bytes | None:
        """Send it and deny it."""
        try:
            return await super().request(*args, **more)
        except AmbiguousWriteError:
            raise SpotifyUnavailableError("Nothing was changed.") from None


class Talkative(Transport):
    """Tells everybody the token."""

    async def request(self, *args: Any, **more: Any) -> bytes | None:
        """Send it and tell what went wrong in detail."""
        try:
            return await super().request(*args, **more)
        except SpotifyError as error:
            raise SpotifyUnavailableError("It failed.") from ValueError(await args[0].current(), error)


class Patient(Transport):
    """Waits as long as it takes."""

    async def request(self, *args: Any, **more: Any) -> bytes | None:
        """Send it again until it works, or the day is over."""
        for _ in range(1000):
            try:
                return await super().request(*args, **more)
            except SpotifyUnavailableError:
                await self.gate.sleep(60)
        return None
