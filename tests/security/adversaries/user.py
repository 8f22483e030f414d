"""The malicious user himself: Mallory, linked here like anybody, with a client and a browser of his own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.revisions import MODERN, Wire
from tests.security.adversaries.attempts import Adversary
from tests.security.adversaries.stage import OURS, proof_on, sign_in_to_account

if TYPE_CHECKING:
    import httpx2

    from tests.people import Person
    from tests.security.adversaries.stage import Stage


@dataclass
class MaliciousUser(Adversary):
    """Mallory.

    Attributes:
        http: The connection of his client program.
        own: His browser, signed in to his account page.
    """

    http: httpx2.AsyncClient = field(init=False)
    own: httpx2.AsyncClient = field(init=False)

    @classmethod
    async def of(cls, stage: Stage) -> MaliciousUser:
        """Sign in."""
        user = cls(stage)
        user.http, user.own = user.browser(), user.browser()
        await sign_in_to_account(stage.house, user.own, "mallory")
        return user

    @property
    def person(self) -> Person:
        """Him."""
        return self.stage.mallory

    def wire(self, revision: str = MODERN, *, of: Person | None = None, **options: Any) -> Wire:
        """A client program of his, or of another person of his."""
        return Wire(self.http, (of or self.person).access, revision, **options)

    async def signed_in(self, handle: str) -> httpx2.AsyncClient:
        """A browser of his in which another person of his is signed in."""
        browser = self.browser()
        await sign_in_to_account(self.stage.house, browser, handle)
        return browser

    async def press(
        self, step: str, *, browser: httpx2.AsyncClient | None = None, csrf: str | None = None, **form: str
    ) -> httpx2.Response:
        """Press a button of an account page, with the form token of his own page unless one is given."""
        where = self.own if browser is None else browser
        proof = await proof_on(self.own) if csrf is None else csrf
        return await where.post(f"/account/{step}", data={"csrf": proof, **form}, headers=OURS)
