"""Where access tokens come from."""

from __future__ import annotations

from typing import Protocol


class TokenSource(Protocol):
    """Where a person's access token comes from."""

    async def current(self) -> str:
        """An access token valid now."""

    async def renewed(self, refused: str) -> str:
        """Another one, if there can be one, after Spotify refused this one."""


class JustIssued:
    """The access token of a sign-in that has just come back; there is no other one to renew it with."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def current(self) -> str:
        """Return the token."""
        return self._token

    async def renewed(self, refused: str) -> str:
        """Return the same token again: Spotify's refusal stands."""
        return refused
