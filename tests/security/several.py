"""Several real processes on one database, and codes to be redeemed at any of them."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from auxcord.authorization.codes import Consent
from auxcord.caller import LEVELS
from auxcord.server.settings import Settings
from auxcord.server.shared import build_provider
from tests.authorization.house import challenge_of
from tests.people import REDIRECT, library
from tests.replicas import PUBLIC_URL, at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from auxcord.authorization.parts import Parts
    from tests.people import Person
    from tests.processes import Program
    from tests.replicas import Replicas

PROCESSES = 4


@asynccontextmanager
async def one_more_process(house: Replicas) -> AsyncIterator[Parts]:
    """The authorization server of one more process on the same database: this one."""
    async with library(house) as inside:
        yield build_provider(Settings.load(house.environment), replace(inside)).parts


class Code(NamedTuple):
    """A code that nobody has redeemed yet, and what it takes to redeem it."""

    house: Replicas
    client_id: str
    value: str
    verifier: str

    @classmethod
    async def of(cls, person: Person, server: Parts, *, level: str = "everything") -> Code:
        """Let a person agree once more."""
        verifier = secrets.token_urlsafe(48)
        consent = Consent(
            user_id=person.user_id,
            client_id=person.client_id,
            permissions=LEVELS[level],
            resource=f"{PUBLIC_URL}/mcp",
            redirect_uri=REDIRECT,
            redirect_uri_explicit=True,
            code_challenge=challenge_of(verifier),
        )
        return cls(person.house, person.client_id, await server.codes.issue(consent), verifier)

    async def redeem(self, to: Program) -> httpx2.Response:
        """Redeem it at one of the processes."""
        form = {
            "grant_type": "authorization_code",
            "code": self.value,
            "client_id": self.client_id,
            "redirect_uri": REDIRECT,
            "code_verifier": self.verifier,
        }
        return await self.house.http.post("/token", data=form, extensions=at(to))
