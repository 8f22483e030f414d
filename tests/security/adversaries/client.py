"""The malicious client itself: what it is, and the few things it does again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.authorization.house import challenge_of
from tests.people import REDIRECT, Person
from tests.security.adversaries.attempts import Adversary
from tests.security.adversaries.stage import DOCUMENT, consent_for

if TYPE_CHECKING:
    import httpx2

    from tests.security.adversaries.stage import Stage

VERIFIER: Final = "v" * 43


@dataclass
class MaliciousClient(Adversary):
    """It has registered itself, and publishes a document besides; Mallory, who is linked here, runs it.

    Attributes:
        http: Its own connection.
        client_id: What it got for registering.
        ids: Both of its ids: the registered one, and the address of its document.
    """

    client_id: str = ""
    http: httpx2.AsyncClient = field(init=False)

    @classmethod
    async def of(cls, stage: Stage) -> MaliciousClient:
        """Register."""
        client = cls(stage)
        client.http = client.browser()
        client.client_id = await client.registered(REDIRECT)
        return client

    @property
    def ids(self) -> tuple[str, str]:
        """Both of its ids."""
        return self.client_id, DOCUMENT

    async def registered(self, *redirects: str, **more: Any) -> str:
        """Register once more."""
        document = {"client_name": "Registered", "redirect_uris": list(redirects), **more}
        answer = await self.browser().post("/register", json=document)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["client_id"])

    async def token(self, **form: str) -> httpx2.Response:
        """Ask the token endpoint of any process for something."""
        return await self.http.post("/token", data=form)

    async def redeem(self, code: str, client_id: str = "", **changes: str) -> httpx2.Response:
        """Redeem a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": client_id or self.client_id,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **changes,
        }
        return await self.token(**form)

    async def refresh(self, token: str, client_id: str = "", **more: str) -> httpx2.Response:
        """Use a refresh token."""
        asked = {"grant_type": "refresh_token", "refresh_token": token, **more}
        return await self.token(client_id=client_id or self.client_id, **asked)

    async def code(self, person: Person, client_id: str = "", *, level: str = "everything") -> str:
        """A code for what somebody agreed to, with the challenge of `VERIFIER`."""
        consent = consent_for(
            person, client_id=client_id or self.client_id, level=level, challenge=challenge_of(VERIFIER)
        )
        return await self.stage.server.codes.issue(consent)

    async def tokens(self, *, level: str = "everything") -> Person:
        """Tokens of its own, from its own person."""
        answer = await self.redeem(await self.code(self.stage.mallory, level=level))
        given = answer.json()
        mallory = self.stage.mallory
        return Person(
            mallory.house,
            mallory.handle,
            self.client_id,
            given["access_token"],
            given["refresh_token"],
            mallory.user_id,
        )
