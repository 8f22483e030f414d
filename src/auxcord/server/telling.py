"""What a client is told when something fails: one sentence for a model, or a reference for the operator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from auxcord.errors import (
    InsufficientScopeError,
    NotLinkedError,
    NotPermittedError,
    ReauthorizationRequiredError,
    VaultCorruptError,
)
from auxcord.telemetry import incidents, outcomes

if TYPE_CHECKING:
    from auxcord.caller import Caller
    from auxcord.errors import AuxcordError

_MENDED_BY_SIGNING_IN: Final = (
    InsufficientScopeError,
    NotLinkedError,
    NotPermittedError,
    ReauthorizationRequiredError,
    VaultCorruptError,
)


def sentence(error: AuxcordError, caller: Caller | None = None) -> str:
    """Write `sentence advice [code]`, with when to come back and where to sign in where that helps."""
    outcomes.note(error.code)
    parts = [str(error), error.advice]
    if error.retry_after is not None:
        parts.append(f"Come back in {math.ceil(error.retry_after)} s.")
    if caller is not None and isinstance(error, _MENDED_BY_SIGNING_IN):
        link = caller.sign_in_url
        parts.append(f"Sign-in link: {link}" if link else "Call connect_account for that.")
    return " ".join([*(part for part in parts if part), f"[{error.code}]"])


def unforeseen(error: Exception, doing: str) -> str:
    """Log what only a developer can act on, and write the reference to it."""
    outcomes.note("internal_error")
    reference = incidents.record(error, doing)
    return (
        f"Something went wrong inside Auxcord. Tell the operator the reference {reference}. [internal_error]"
    )
