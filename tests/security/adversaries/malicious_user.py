"""The malicious user, as a program: everything he tries, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.security.adversaries import user_calls, user_pages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.security.adversaries.user import MaliciousUser

ATTACKS: Final[tuple[Callable[[MaliciousUser], Awaitable[None]], ...]] = (
    *user_calls.ATTACKS,
    *user_pages.ATTACKS,
)
