"""Consents, authorization codes, access tokens and refresh tokens.

A refresh token lives six calendar months from the consent it came from; refreshing never extends that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from auxcord.simulator.clock import add_months

CODE_SECONDS = 600.0
ACCESS_SECONDS = 3600
CONSENT_MONTHS = 6

SCOPES: tuple[str, ...] = (
    "app-remote-control", "playlist-modify-private", "playlist-modify-public", "playlist-read-collaborative",
    "playlist-read-private", "streaming", "ugc-image-upload", "user-follow-modify", "user-follow-read",
    "user-library-modify", "user-library-read", "user-modify-playback-state", "user-read-currently-playing",
    "user-read-email", "user-read-playback-position", "user-read-playback-state", "user-read-private",
    "user-read-recently-played", "user-top-read",
)  # fmt: skip


@dataclass(eq=False)
class Consent:
    """What a person gave an app, and when."""

    client_id: str
    handle: str
    scopes: frozenset[str]
    at: float
    revoked: bool = False

    @property
    def ends_at(self) -> float:
        """When the refresh tokens from this consent die, unix seconds."""
        return add_months(self.at, CONSENT_MONTHS)


@dataclass(eq=False)
class Code:
    """An authorization code waiting to be exchanged."""

    consent: Consent
    redirect_uri: str
    challenge: str | None
    expires_at: float
    scopes: frozenset[str]

    def fits(self, verifier: str | None) -> bool:
        """Check a PKCE verifier (RFC 7636): it must match the challenge, or be absent when there was none."""
        if self.challenge is None or verifier is None:
            return self.challenge is None and verifier is None
        digest = hashlib.sha256(verifier.encode()).digest()
        made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return hmac.compare_digest(made, self.challenge)


@dataclass(eq=False)
class AccessToken:
    """A bearer token; `consent` is None for an app's own token, `number` counts them as they are issued."""

    client_id: str
    consent: Consent | None
    scopes: frozenset[str]
    expires_at: float
    number: int


@dataclass(eq=False)
class RefreshToken:
    """A refresh token; a `confidential` one can be used only with the client secret."""

    consent: Consent
    scopes: frozenset[str]
    confidential: bool
    replaced: bool = False
    uses: int = 0

    def works(self, now: float) -> bool:
        """Whether it can be traded for an access token."""
        return not self.replaced and not self.consent.revoked and now < self.consent.ends_at


@dataclass
class TokenBook:
    """Everything issued in this process. The token texts are random and never shown or logged."""

    consents: list[Consent] = field(default_factory=list)
    _codes: dict[str, Code] = field(default_factory=dict, repr=False)
    _access: dict[str, AccessToken] = field(default_factory=dict, repr=False)
    _refresh: dict[str, RefreshToken] = field(default_factory=dict, repr=False)

    def consent(self, client_id: str, handle: str, now: float) -> Consent | None:
        """Find the consent that stands: not revoked, not older than six months."""
        for consent in reversed(self.consents):
            if (consent.client_id, consent.handle) == (client_id, handle) and not consent.revoked:
                return consent if now < consent.ends_at else None
        return None

    def new_code(self, code: Code) -> str:
        """Issue an authorization code."""
        text = "AQ" + secrets.token_urlsafe(96)
        self._codes[text] = code
        return text

    def code(self, text: str) -> Code | None:
        """Find a code that has not been used."""
        return self._codes.get(text)

    def use_code(self, text: str) -> None:
        """Make a code useless from now on."""
        self._codes.pop(text, None)

    def new_access(
        self,
        client_id: str,
        consent: Consent | None,
        scopes: frozenset[str],
        now: float,
        *,
        seconds: float = ACCESS_SECONDS,
    ) -> str:
        """Issue an access token that lives so many seconds."""
        text = "BQ" + secrets.token_urlsafe(120)
        self._access[text] = AccessToken(client_id, consent, scopes, now + seconds, len(self._access) + 1)
        return text

    def access(self, text: str) -> AccessToken | None:
        """Find an access token, expired or not; those of a revoked consent are gone."""
        token = self._access.get(text)
        return None if token is None or (token.consent is not None and token.consent.revoked) else token

    def new_refresh(self, consent: Consent, scopes: frozenset[str], *, confidential: bool) -> str:
        """Issue a refresh token for a consent."""
        text = "AQ" + secrets.token_urlsafe(96)
        self._refresh[text] = RefreshToken(consent, scopes, confidential)
        return text

    def refresh(self, text: str) -> RefreshToken | None:
        """Find a refresh token, dead or alive."""
        return self._refresh.get(text)

    def revoke(self, handle: str, client_id: str | None = None) -> int:
        """End a person's consents (to one app, or to all), as on their account page.

        Returns how many ended.
        """
        ended = 0
        for consent in self.consents:
            if consent.handle == handle and client_id in {None, consent.client_id} and not consent.revoked:
                consent.revoked = True
                ended += 1
        return ended
