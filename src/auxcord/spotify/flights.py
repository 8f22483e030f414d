"""One request on its way for several who want the same."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

import anyio

from auxcord.errors import AuxcordError

if TYPE_CHECKING:
    from types import TracebackType


class Flight:
    """Whoever asks first flies, inside `with`; the others wait for the outcome and share it.

    Attributes:
        value: What came of it, once it has landed.
    """

    __slots__ = ("_error", "_landed", "_succeeded", "value")

    def __init__(self) -> None:
        self.value: Any = None
        self._error: AuxcordError | None = None
        self._succeeded = False
        self._landed: anyio.Event | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._succeeded = error is None
        self._error = error if isinstance(error, AuxcordError) else None
        if self._landed is not None:
            self._landed.set()

    async def landed(self) -> bool:
        """Wait for the outcome; False when whoever flew gave up, and somebody else must fly.

        Raises:
            AuxcordError: The one it ended in, as everybody who waited gets it.
        """
        if self._landed is None:
            self._landed = anyio.Event()
        await self._landed.wait()
        if self._error is not None:
            raise copy.copy(self._error)
        return self._succeeded
