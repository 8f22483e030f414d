"""The malicious client, as a program: everything it tries, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.security.adversaries import (
    client_beginnings,
    client_consent,
    client_registration,
    client_requests,
    client_tokens,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.security.adversaries.client import MaliciousClient

ATTACKS: Final[tuple[Callable[[MaliciousClient], Awaitable[None]], ...]] = (
    *client_registration.ATTACKS,
    *client_beginnings.ATTACKS,
    *client_consent.ATTACKS,
    *client_tokens.ATTACKS,
    *client_requests.ATTACKS,
)
