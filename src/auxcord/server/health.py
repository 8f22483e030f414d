"""Whether this process is alive, and whether people should be sent to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from starlette.responses import JSONResponse
from starlette.routing import Route

from auxcord.errors import KeyRingError, StoreError
from auxcord.store.schema import users

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from auxcord.server.draining import Draining
    from auxcord.store.engine import Store
    from auxcord.vault import Vault

_FITS_EVERY: Final = 30.0
_ONE: Final = select(users.c.user_id).limit(1)


class Health:
    """Answers `/healthz` and `/readyz`.

    Spotify is not asked: when it fails, no other replica is better off.

    Args:
        store: Has to answer, from the files at its path, with the schema this program knows.
        vault: Its keys have to fit the data.
        draining: Whether this process is about to end.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, store: Store, vault: Vault, draining: Draining, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._vault = vault
        self._draining = draining
        self._clock = clock
        self._fits_at = float("-inf")

    def routes(self) -> list[Route]:
        """Return the two routes."""
        return [Route("/healthz", alive), Route("/readyz", self.ready)]

    async def ready(self, _request: Request) -> Response:
        """Say whether people should be sent here, and if not, what is the matter in one word."""
        reason = await self._reason()
        if reason is None:
            return _told({"status": "ready"})
        return _told({"status": "not ready", "reason": reason}, 503)

    async def _reason(self) -> str | None:
        if self._draining.is_announced:
            return "draining"
        try:
            if not self._store.in_place:
                return "store"
            await self._store.fetch(_ONE)
            if self._clock() - self._fits_at >= _FITS_EVERY:  # it reads the key id of everybody
                if not await self._store.is_current():
                    return "migrations"
                await self._vault.fits(self._store.fetch)
                self._fits_at = self._clock()
        except StoreError:
            return "store"
        except KeyRingError:
            return "keys"
        return None


async def alive(_request: Request) -> Response:
    """Say that this process answers."""
    return _told({"status": "ok"})


async def unconfigured(_request: Request) -> Response:
    """Say that this process lacks settings, so that people should not be sent here."""
    return _told({"status": "not ready", "reason": "settings"}, 503)


def _told(content: dict[str, Any], status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "2"} if status != 200 else {})
    return JSONResponse(content, status, headers)
