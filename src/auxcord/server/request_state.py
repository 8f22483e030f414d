"""The state of a question that a 2026-07-28 client carries back to us, sealed under the operator's keys.

So a question asked by one replica, or before a restart, is answered at another. What is sealed, and that it
comes back with the same person, client, tool and arguments within ten minutes, is the SDK's business.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from mcp.server.request_state import InvalidRequestState, RequestStateSecurity

from auxcord.errors import VaultCorruptError
from auxcord.vault.questions import QUESTION_SECONDS

if TYPE_CHECKING:
    from auxcord.vault import Vault

_PURPOSE: Final = "request state"


class VaultCodec:
    """Seals for the SDK's `RequestStateCodec`.

    Args:
        vault: Seals and opens.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, payload: bytes) -> str:
        """Return `payload`, sealed."""
        return base64.urlsafe_b64encode(self._vault.seal(_PURPOSE, payload)).decode()

    def unseal(self, token: str) -> bytes:
        """Return what was sealed.

        Raises:
            InvalidRequestState: It is not ours, or was altered.
        """
        try:
            return self._vault.open_(_PURPOSE, base64.b64decode(token, b"-_", validate=True))
        except (binascii.Error, ValueError, VaultCorruptError):
            raise InvalidRequestState("seal") from None


def request_state_security(vault: Vault) -> RequestStateSecurity:
    """Return how this server protects the state that clients carry."""
    return RequestStateSecurity(codec=VaultCodec(vault), ttl=QUESTION_SECONDS)
