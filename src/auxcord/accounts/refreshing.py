"""Refreshing access tokens: once for everybody who waits, and so that no refresh token is ever lost.

Within a process, callers share one task, which no caller's cancellation can stop. Across processes, a lease
decides who asks Spotify; its durable write comes first and proves that the answer can be kept. The answer is
written by compare-and-swap; if the disk refuses, it is held in memory and written as soon as possible.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
from typing import TYPE_CHECKING, Any, Final

import structlog

from auxcord.accounts.links import Kept
from auxcord.accounts.pauses import Pauses
from auxcord.audit import Event
from auxcord.errors import (
    AuxcordError,
    InvalidGrantError,
    NotLinkedError,
    SpotifyError,
    SpotifyUnavailableError,
    StoreUnavailableError,
    VersionConflictError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator

    from sqlalchemy import Connection

    from auxcord.accounts.link import KeptLink
    from auxcord.accounts.links import Links
    from auxcord.accounts.seats import Seats
    from auxcord.audit import Trail
    from auxcord.spotify.apps import App

PATIENCE: Final = 20.0
"""Seconds a caller waits for a refresh at most."""

CONCURRENT: Final = 64
"""Refreshes a process has under way at most, so that many people's at once do not choke each other."""

_POLL: Final = (0.02, 0.05, 0.1, 0.2, 0.4)
_WRITE_PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
_LAST_TRIES: Final = 15

log = structlog.get_logger(__name__)


class Refresher:
    """Renews people's access tokens.

    Args:
        links: Where they are kept.
        seats: Tells which Spotify app a person's link belongs to.
        trail: Told when a link is lost.
        clock: Unix seconds.
        steady: Seconds that rise evenly, for pauses; see `Store.steady`.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        links: Links,
        seats: Seats,
        trail: Trail,
        *,
        clock: Callable[[], float],
        steady: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._links = links
        self._seats = seats
        self._trail = trail
        self._clock = clock
        self._sleep = sleep
        self._pauses = Pauses(steady)
        self._flights: dict[str, asyncio.Task[KeptLink]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._slots = asyncio.Semaphore(CONCURRENT)
        self._closed = False

    async def renew(self, user_id: str, app: App, *, margin: float, refused: str | None = None) -> KeptLink:
        """Return the person's link with an access token that lasts `margin` seconds and is not `refused`.

        Args:
            user_id: Whose.
            app: The Spotify app they are linked through, whose rate limit is heeded.
            margin: Seconds.
            refused: The access token Spotify has just refused, if any.

        Raises:
            NotLinkedError: The person has no link (any more).
            ReauthorizationRequiredError: Spotify refuses the refresh token.
            SpotifyError: Spotify failed; the link is as it was.
            StoreUnavailableError: The lease could not be written; Spotify was not asked.
        """
        flight = self._flights.get(user_id) or self._take_off(user_id, app, margin, refused)
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.shield(flight)
        except TimeoutError:
            raise _too_slow() from None

    def begin(self, user_id: str, app: App, *, margin: float) -> None:
        """Renew in the background, unless that is under way or Spotify must be let be."""
        if user_id in self._flights:
            return
        try:
            self._take_off(user_id, app, margin, None)
        except SpotifyError:
            return  # whoever needs the token will be told

    def succeeded(self, user_id: str, app: App) -> None:
        """Note that Spotify has just accepted this person."""
        self._pauses.end(user_id, app.client_id)

    async def close(self) -> None:
        """Begin no more refreshes, and wait for those under way until their outcome is written."""
        self._closed = True
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _take_off(self, user_id: str, app: App, margin: float, refused: str | None) -> asyncio.Task[KeptLink]:
        self._pauses.check(user_id, app.client_id)
        if self._closed:
            raise SpotifyUnavailableError("Auxcord is shutting down.")
        flight = self._detached(self._renew(user_id, margin, refused))
        self._flights[user_id] = flight
        flight.add_done_callback(lambda _: self._flights.pop(user_id, None))
        return flight

    def _detached(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run `work` in a task of its own; its failure is logged, whether or not somebody still waits."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._landed)
        return task

    def _landed(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, AuxcordError):
            log.info("refresh failed", code=error.code)
        elif error is not None:
            log.error("refresh failed unexpectedly", error=type(error).__name__)

    async def _renew(self, user_id: str, margin: float, refused: str | None) -> KeptLink:
        holder, waited = secrets.token_hex(16), 0.0
        for attempt in range(1000):
            kept = await self._links.read(user_id)
            self._links.require_active(kept.link)
            if kept.link.is_fresh(now=self._clock(), margin=margin, refused=refused):
                return kept.link
            app = await self._seats.app(user_id, kept.link.client_id)
            async with self._slots:
                if await self._links.lease(user_id, kept.version, holder):
                    return await self._spend(user_id, kept, holder, app)
            if waited >= PATIENCE:
                break
            pause = _POLL[min(attempt, len(_POLL) - 1)] * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
            waited += pause
            await self._sleep(pause)
        raise _too_slow()

    async def _spend(self, user_id: str, kept: Kept, holder: str, app: App) -> KeptLink:
        """Ask Spotify, with the lease in hand, and keep what it says."""
        try:
            tokens = await app.oauth.refresh(kept.link.refresh_token)
        except InvalidGrantError:
            return await self._end(user_id, kept, holder)
        except SpotifyError as error:
            self._pauses.begin(user_id, app.client_id, error)
            await self._links.release(user_id, holder)
            raise
        self._pauses.end(user_id, app.client_id)
        renewed = kept.link.renewed(tokens, self._clock())
        try:
            return await self._keep(user_id, kept, renewed, holder)
        except StoreUnavailableError:
            log.warning("a refreshed link cannot be written yet")
            self._links.hold(user_id, Kept(kept.version, renewed))
            self._detached(self._keep_later(user_id, kept, renewed, holder))
            return renewed

    async def _keep(self, user_id: str, spent: Kept, renewed: KeptLink, holder: str) -> KeptLink:
        """Write the outcome of a refresh; one that began later, or a new consent, is not overwritten.

        The exception: whoever found the spent refresh token refused did not know of its successor.
        """
        current: Kept | None = spent
        while current is not None and (current is spent or _supersedes(spent.link, renewed, current.link)):
            try:
                await self._links.replace(user_id, current.version, renewed, holder=holder)
            except VersionConflictError:
                current = await self._links.stored(user_id)
            else:
                return renewed
        self._links.let_go(user_id)
        await self._links.release(user_id, holder)
        if current is None:
            raise NotLinkedError("The account was disconnected meanwhile.")
        return current.link

    async def _keep_later(self, user_id: str, spent: Kept, renewed: KeptLink, holder: str) -> None:
        for pause in self._write_pauses():
            await self._sleep(pause)
            try:
                await self._keep(user_id, spent, renewed, holder)
            except StoreUnavailableError:
                continue
            except NotLinkedError:
                pass  # disconnected meanwhile: nothing is to be kept
            return
        log.critical("a refreshed link could not be written; the person may have to sign in again")

    def _write_pauses(self) -> Iterator[float]:
        """Pauses between tries to write: for as long as it takes, but half a minute once we are to close."""
        tries_left = _LAST_TRIES
        for pause in itertools.chain(_WRITE_PAUSES, itertools.repeat(_WRITE_PAUSES[-1])):
            tries_left -= self._closed
            if tries_left < 0:
                return
            yield pause

    async def _end(self, user_id: str, kept: Kept, holder: str) -> KeptLink:
        """Note that Spotify refuses the refresh token, unless a newer one has been written meanwhile."""
        ended = kept.link.ended(self._clock())

        def tell(connection: Connection, user_id: str) -> None:
            self._trail.entry(connection, Event.LINK_LOST, user=user_id)

        try:
            await self._links.replace(user_id, kept.version, ended, holder=holder, along=tell)
        except VersionConflictError:
            await self._links.release(user_id, holder)
            ended = (await self._links.read(user_id)).link
        self._links.require_active(ended)
        return ended


def _supersedes(spent: KeptLink, renewed: KeptLink, current: KeptLink) -> bool:
    """Say whether a refresh's outcome still counts although the record was written meanwhile."""
    if current.refresh_token != spent.refresh_token:
        return False
    return current.ended_at is not None or renewed.refresh_token != spent.refresh_token


def _too_slow() -> SpotifyUnavailableError:
    return SpotifyUnavailableError("Renewing the access to Spotify takes too long.", retry_after=5.0)
