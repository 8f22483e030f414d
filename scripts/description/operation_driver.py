"""Asks the simulator for every operation, in ways that must succeed and in ways that must be refused."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from .facts import CLOSED_2024
from .spoiling import spoiled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .asks import Ask, Recipes
    from .document import Description, Operation
    from .exchanges import Exchange
    from .lab import Lab, Sample

_COMMANDS = "user-modify-playback-state"


class Trial(NamedTuple):
    """One exchange of the driver.

    Args:
        operation: The operation that was meant.
        case: Its name.
        expected: Statuses that are right.
        valid: Whether the request must fit the description.
        exchange: What passed.
    """

    operation: Operation
    case: str
    expected: tuple[int, ...]
    valid: bool
    exchange: Exchange

    @property
    def succeeded(self) -> bool:
        """Whether it is an expected success with a valid request."""
        return self.valid and self.exchange.status in self.expected and self.exchange.status < 300


class OperationDriver:
    """Drives one simulator.

    Args:
        description: What to drive.
        lab: The simulator.
        sample: Things to ask for.
        recipes: How to ask for each operation.
    """

    def __init__(self, description: Description, lab: Lab, sample: Sample, recipes: Recipes) -> None:
        self._description = description
        self._lab = lab
        self._sample = sample
        self._recipes = recipes
        self.trials: list[Trial] = []

    async def run(self) -> list[Trial]:
        """Drive every operation that has a recipe."""
        for operation in self._description.operations:
            ways = self._recipes.get(operation.id)
            if not ways:
                continue
            if is_closed(operation, self._lab.profile):
                await self._closed(operation, ways[0])
            else:
                await self._open(operation, ways)
        return self.trials

    async def _closed(self, operation: Operation, ask: Ask) -> None:
        expected = (403, 404) if operation.id in CLOSED_2024 else (403,)
        await self._try(operation, ask._replace(name="closed", expected=expected), await self._full())
        await self._try(operation, ask._replace(name="no token", expected=(401,), valid=False), None)

    async def _open(self, operation: Operation, ways: list[Ask]) -> None:
        enough = await self._lab.token("ada", operation.scopes)
        for ask in ways:
            token = await self._lab.token(ask.user, operation.scopes if ask.scopes is None else ask.scopes)
            done = await self._try(operation, ask, token)
            await self._not_modified(operation, ask, token, done)
        first = ways[0]
        for ask in spoiled(operation, first):
            await self._try(operation, ask, enough)
        await self._refusals(operation, first)
        if _COMMANDS in operation.scopes:
            await self._player_refusals(operation, first, enough)

    async def _not_modified(self, operation: Operation, ask: Ask, token: str, before: Exchange) -> None:
        if before.etag is not None:
            again = ask._replace(name="not modified", expected=(304,))
            await self._try(operation, again, token, if_none_match=before.etag)

    async def _refusals(self, operation: Operation, ask: Ask) -> None:
        await self._try(operation, ask._replace(name="no token", expected=(401,), valid=False), None)
        await self._try(operation, ask._replace(name="unknown token", expected=(401,)), "BQunknown")
        if operation.scopes:
            others = self._description.scopes - set(operation.scopes)
            poor = await self._lab.token("ada", others)
            await self._try(operation, ask._replace(name="no scope", expected=(403,)), poor)
        if operation.path.startswith("/me"):
            app = await self._lab.app_token()
            await self._try(operation, ask._replace(name="no person", expected=(401, 403)), app)
        full = await self._full()
        for name, status, turn in self._app_states():
            async with turn(self):
                await self._try(operation, ask._replace(name=name, expected=(status,)), full)

    def _app_states(self) -> Iterator[tuple[str, int, Any]]:
        yield "too many requests", 429, OperationDriver._busy
        if self._lab.profile != "extended":
            yield "quota used up", 429, OperationDriver._exhausted
            yield "not on the allow-list", 403, OperationDriver._unlisted
            yield "owner without Premium", 403, OperationDriver._lapsed

    async def _player_refusals(self, operation: Operation, ask: Ask, token: str) -> None:
        async with self._free():
            await self._try(operation, ask._replace(name="not Premium", expected=(403,)), token)
        async with self._set("/settings", {"player_answers": "opaque"}, {"player_answers": "documented"}):
            await self._try(operation, ask._replace(name="opaque text", expected=(200,)), token)
        if "device_id" in {name for _, name in operation.parameters}:
            elsewhere = {**ask.query, "device_id": "0" * 40}
            await self._try(
                operation, ask._replace(name="unknown device", expected=(404,), query=elsewhere), token
            )
            idle = ask._replace(name="no active device", expected=(404,), player="idle")
            await self._try(operation, idle, token)

    # -- states of the app and the person ------------------------------------------------------------------

    @asynccontextmanager
    async def _set(self, path: str, before: dict[str, Any], after: dict[str, Any]) -> AsyncIterator[None]:
        await self._lab.control("POST", path, **before)
        yield
        await self._lab.control("POST", path, **after)

    def _busy(self) -> Any:
        return self._set("/settings", {"rate_limit": 0}, {"rate_limit": 100_000})

    def _exhausted(self) -> Any:
        return self._set("/settings", {"quota": 0}, {"quota": None})

    def _unlisted(self) -> Any:
        return self._app({"allow_list": ["bram"]}, {"allow_list": None})

    def _lapsed(self) -> Any:
        return self._app({"owner_premium": False}, {"owner_premium": True})

    def _app(self, before: dict[str, Any], after: dict[str, Any]) -> Any:
        app = {"client_id": self._lab.client_id}
        return self._set("/apps", {**app, **before}, {**app, **after})

    @asynccontextmanager
    async def _free(self) -> AsyncIterator[None]:
        await self._lab.control("PATCH", "/users/ada", premium=False)
        yield
        await self._lab.control("PATCH", "/users/ada", premium=True)

    async def _full(self) -> str:
        return await self._lab.token("ada")

    # -- one request ---------------------------------------------------------------------------------------

    async def _try(self, operation: Operation, ask: Ask, token: str | None, **headers: str) -> Exchange:
        if ask.player is not None:
            await self._lab.stand(self._sample, ask.player)
        content, content_type = ask.payload
        exchange = await self._lab.ask(
            operation.method,
            ask.address(operation.path),
            token=token,
            query=ask.query,
            body=content,
            content_type=content_type,
            **headers,
        )
        expected = ask.expected or operation.success
        self.trials.append(Trial(operation, ask.name, expected, ask.valid, exchange))
        return exchange


def is_closed(operation: Operation, profile: str) -> bool:
    """Whether an app of this access mode cannot use an operation at all."""
    if profile == "development":
        return operation.deprecated
    return profile == "legacy-development" and operation.id in CLOSED_2024
