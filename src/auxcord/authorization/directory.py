"""Finding the client a sign-in is for: in the store if it registered, at its address if it publishes itself.

Anybody can make us look at an address, so looking is bounded: how often for each asker and each host, how
many at once, one request for everybody who asks for the same, and a pause after a failure. The token endpoint
never looks: it knows what the sign-in found, so a client's own trouble does not cost people their sign-ins.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

import structlog

from auxcord.authorization.clients import RegistrationClosedError
from auxcord.authorization.documents import DocumentError, host_of, is_address, problem_with_address, read
from auxcord.authorization.fetching import ForbiddenAddressError, UnreachableError
from auxcord.authorization.limits import Limit, Rate
from auxcord.authorization.problems import BAD_DOCUMENT, SILENT_CLIENT, TOO_MANY, Problem, ProblemError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from auxcord.authorization.clients import Client, Clients, Published
    from auxcord.authorization.fetching import Fetched

AT_ONCE: Final = 4
AT_ONCE_FOR_ONE: Final = 2
HELD_SECONDS: Final = 30
"""A look that got nowhere keeps its place so long: the system may still be resolving the name in a thread."""
PAUSE_SECONDS: Final = 60
LAST_GOOD_SECONDS: Final = 24 * 3600
MOST_PAUSES: Final = 1000
_LOOKS: Final[Rate] = (20, 10)
"""So many for one asker, and so many at one host."""

log = structlog.get_logger(__name__)


class Directory:
    """Finds clients for the authorization endpoint.

    Args:
        clients: The clients in the store.
        fetch: Fetches what stands at an address; see `fetching.fetch`.
        own_host: Our own host, which publishes no clients.
        clock: Unix seconds.
        steady: Seconds that only go forward.
    """

    def __init__(
        self,
        clients: Clients,
        fetch: Callable[[str], Awaitable[Fetched]],
        *,
        own_host: str,
        clock: Callable[[], float],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clients = clients
        self._fetch = fetch
        self._own_host = own_host
        self._clock = clock
        self._steady = steady
        self._askers = Limit(_LOOKS, clock=steady)
        self._hosts = Limit(_LOOKS, clock=steady)
        self._places = _Places()
        self._flights: dict[str, asyncio.Task[Client | Problem]] = {}
        self._pauses: dict[str, tuple[float, Problem]] = {}

    async def find(self, client_id: str, asker: str) -> Client | None:
        """Find a client as it describes itself now; None if there is none of this id.

        Args:
            client_id: What we gave it when it registered, or the address of its document.
            asker: Who makes us look, as `limits.address_of` tells.

        Raises:
            ProblemError: What stands at the address describes no client, or cannot be read now.
        """
        if not is_address(client_id):
            return await self._clients.find(client_id)
        if problem_with_address(client_id) is not None or host_of(client_id) == self._own_host:
            return None
        known = await self._clients.published(client_id)
        if known is not None and 0 <= self._age(known) < known.client.fresh_seconds:
            return known.client
        found = await self._looked_up(client_id, asker)
        if not isinstance(found, Problem):
            return found
        if found is not BAD_DOCUMENT and known is not None and 0 <= self._age(known) < LAST_GOOD_SECONDS:
            return known.client
        raise ProblemError(found, retry_after=PAUSE_SECONDS)

    def _age(self, known: Published) -> float:
        return self._clock() - known.fetched_at

    async def _looked_up(self, client_id: str, asker: str) -> Client | Problem:
        until, problem = self._pauses.get(client_id, (0.0, BAD_DOCUMENT))
        if self._steady() < until:
            return problem
        flight = self._flights.get(client_id)
        if flight is None:
            if not self._may_look(client_id, asker):
                return TOO_MANY
            self._places.take(asker)
            flight = self._flights[client_id] = asyncio.create_task(self._look(client_id, asker))
            flight.add_done_callback(lambda done: self._landed(client_id, done))
        return await asyncio.shield(flight)  # whoever started it may leave; the others still wait for it

    def _landed(self, client_id: str, flight: asyncio.Task[Client | Problem]) -> None:
        del self._flights[client_id]
        if not flight.cancelled():
            flight.exception()  # told to whoever waits; if nobody does, it is no news

    def _may_look(self, client_id: str, asker: str) -> bool:
        return (
            self._places.has_one_for(asker)
            and not self._askers.seconds_to_wait(asker)
            and not self._hosts.seconds_to_wait(host_of(client_id) or "")
        )

    async def _look(self, client_id: str, asker: str) -> Client | Problem:
        """Look at an address and remember what was found, or that nothing was."""
        held = 0.0
        try:
            client = await self._read(client_id)
            await self._clients.publish(client)
        except (DocumentError, ForbiddenAddressError) as error:
            return self._pause(client_id, BAD_DOCUMENT, str(error))
        except UnreachableError as error:
            held = HELD_SECONDS if error.may_still_resolve else 0.0
            return self._pause(client_id, SILENT_CLIENT, str(error))
        except RegistrationClosedError:
            return TOO_MANY
        finally:
            asyncio.get_running_loop().call_later(held, self._places.leave, asker)
        return client

    async def _read(self, client_id: str) -> Client:
        fetched = await self._fetch(client_id)
        client = read(client_id, fetched)
        client.fresh_seconds = fetched.fresh_seconds
        return client

    def _pause(self, client_id: str, problem: Problem, why: str) -> Problem:
        log.info("a client's document cannot be used", host=host_of(client_id), why=why)
        self._pauses.pop(client_id, None)
        while len(self._pauses) >= MOST_PAUSES:
            del self._pauses[next(iter(self._pauses))]
        self._pauses[client_id] = (self._steady() + PAUSE_SECONDS, problem)
        return problem


class _Places:
    """How many look at once, in all and for one asker."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def has_one_for(self, asker: str) -> bool:
        return self._taken.total() < AT_ONCE and self._taken[asker] < AT_ONCE_FOR_ONE

    def take(self, asker: str) -> None:
        self._taken[asker] += 1

    def leave(self, asker: str) -> None:
        self._taken[asker] -= 1
        if not self._taken[asker]:
            del self._taken[asker]
