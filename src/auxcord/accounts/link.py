"""A person's link to Spotify: as it is kept, with its tokens, and as it is shown, without."""

from __future__ import annotations

import calendar
import zlib
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from auxcord.errors import ReauthorizationRequiredError, SpotifySignInError
from auxcord.telemetry.discretion import discreet

if TYPE_CHECKING:
    from auxcord.spotify.models import User
    from auxcord.spotify.oauth import TokenSet

CONSENT_MONTHS: Final = 6
WARNING_SECONDS: Final = 14 * 24 * 3600
_MARGIN_SECONDS: Final = 60.0
_EARLY_SECONDS: Final = 300.0
_JUST_RENEWED: Final = 30.0


class ConsentTerms(NamedTuple):
    """How long the operator lets a consent count, and when its end is announced.

    Attributes:
        max_age: Seconds; None for as long as Spotify honours it.
        warning: Seconds before the end.
    """

    max_age: float | None = None
    warning: float = WARNING_SECONDS

    def end(self, consented_at: float) -> float:
        """Return the Unix time at which a consent given then ends, by these terms or by Spotify's."""
        ends_at = consent_end(consented_at)
        return ends_at if self.max_age is None else min(ends_at, consented_at + self.max_age)

    def are_over(self, consented_at: float, now: float) -> bool:
        """Say whether a consent has ended by these terms. That it has by Spotify's, Spotify itself says."""
        return self.max_age is not None and consented_at + self.max_age <= now


class LinkState(StrEnum):
    """Whether a link works."""

    ACTIVE = "active"
    REAUTHORIZATION_REQUIRED = "reauthorization_required"


@discreet("display_name")
class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A person's link to Spotify, as it may be shown.

    Attributes:
        user_id: Our own random id of the person.
        state: Whether it works.
        scopes: What the person allowed.
        display_name: As Spotify told it, untrusted.
        spotify_user_id: The Spotify user id.
        consented_at: Unix seconds of the person's last consent.
        consent_ends_at: Unix seconds; when the operator's terms end it, or six calendar months later, when
            Spotify stops accepting the link, whichever comes first.
        ends_soon: Whether that is near enough to be announced.
    """

    user_id: str
    state: LinkState
    scopes: frozenset[str]
    display_name: str | None
    spotify_user_id: str
    consented_at: float
    consent_ends_at: float
    ends_soon: bool


class KeptLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's link as it is sealed in the vault; `repr` shows no token.

    A link with a field that is not known here was written by a newer version, and is refused: to write it
    back without the field would lose it.

    Attributes:
        client_id: The Spotify app the person consented to; only it can renew the tokens. Empty in links that
            were made when there was one app only.
        obtained_at: Unix seconds when the access token arrived.
        expires_at: Unix seconds when it stops working.
        ended_at: Unix seconds when Spotify refused the refresh token; None while it works.
    """

    spotify_user_id: str
    client_id: str = ""
    display_name: str | None = None
    scopes: tuple[str, ...] = ()
    access_token: str
    refresh_token: str
    obtained_at: float
    expires_at: float
    consented_at: float
    ended_at: float | None = None

    def __repr__(self) -> str:
        return f"KeptLink(state={self.state!r}, expires_at={self.expires_at!r}, tokens=<hidden>)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("state", self.state), ("expires_at", self.expires_at)]

    @classmethod
    def of(cls, tokens: TokenSet, profile: User, now: float, *, client_id: str = "") -> KeptLink:
        """Make the link of a person who has just consented to the app of this client id.

        Raises:
            SpotifySignInError: Spotify granted no refresh token.
        """
        if tokens.refresh_token is None:
            raise SpotifySignInError("Spotify granted no lasting access.")
        return cls(
            spotify_user_id=profile.id,
            client_id=client_id,
            display_name=profile.display_name,
            scopes=tuple(sorted(tokens.scopes)),
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            obtained_at=now,
            expires_at=now + tokens.expires_in,
            consented_at=now,
        )

    @property
    def state(self) -> LinkState:
        """Whether it works."""
        return LinkState.ACTIVE if self.ended_at is None else LinkState.REAUTHORIZATION_REQUIRED

    def renewed(self, tokens: TokenSet, now: float) -> KeptLink:
        """Return the link after a refresh: what Spotify did not send stays as it was."""
        return msgspec.structs.replace(
            self,
            client_id=tokens.client_id or self.client_id,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token or self.refresh_token,
            scopes=tuple(sorted(tokens.scopes)) or self.scopes,
            obtained_at=now,
            expires_at=now + tokens.expires_in,
            ended_at=None,
        )

    def ended(self, now: float) -> KeptLink:
        """Return the link after Spotify refused its refresh token."""
        return msgspec.structs.replace(self, ended_at=now)

    def require_active(self, now: float, terms: ConsentTerms) -> None:
        """Insist that the link works.

        Raises:
            ReauthorizationRequiredError: It does not; the person must consent again.
        """
        if terms.are_over(self.consented_at, now):
            raise ReauthorizationRequiredError(
                "This account's consent is older than this server lets a consent count."
            )
        if self.state is not LinkState.ACTIVE:
            raise ReauthorizationRequiredError(
                "Spotify no longer accepts this account's link: the consent ended or was withdrawn."
            )

    @property
    def margin(self) -> float:
        """Seconds the access token should last when it is handed out: a minute, if it lives long enough."""
        return min(_MARGIN_SECONDS, (self.expires_at - self.obtained_at) / 4)

    @property
    def early_margin(self) -> float:
        """Seconds before its end when the access token is renewed ahead of need: 5 to 10 minutes.

        Spread over people, so that those who linked together do not refresh together; the same in every
        process.
        """
        spread = zlib.crc32(self.access_token.encode()) / 2**32
        return min(_EARLY_SECONDS * (1 + spread), (self.expires_at - self.obtained_at) / 2)

    def is_fresh(self, *, now: float, margin: float, refused: str | None) -> bool:
        """Say whether the access token lasts `margin` more seconds and is not the one Spotify refused."""
        return self.access_token != refused and self.expires_at - now >= margin

    def is_just_renewed(self, now: float) -> bool:
        """Say whether the access token came from a refresh within the last half minute."""
        return self.obtained_at > self.consented_at and 0 <= now - self.obtained_at < _JUST_RENEWED

    def shown(self, user_id: str, now: float, terms: ConsentTerms) -> Link:
        """Return what may be shown of it."""
        ends_at = terms.end(self.consented_at)
        over = terms.are_over(self.consented_at, now)
        return Link(
            user_id=user_id,
            state=LinkState.REAUTHORIZATION_REQUIRED if over else self.state,
            scopes=frozenset(self.scopes),
            display_name=self.display_name,
            spotify_user_id=self.spotify_user_id,
            consented_at=self.consented_at,
            consent_ends_at=ends_at,
            ends_soon=ends_at - now < terms.warning,
        )


def consent_end(consented_at: float) -> float:
    """Return the Unix time six calendar months (UTC) after a consent, on the month's last day if shorter.

    Source: https://developer.spotify.com/documentation/web-api/tutorials/refreshing-tokens
    """
    start = datetime.fromtimestamp(consented_at, UTC)
    years, month = divmod(start.month - 1 + CONSENT_MONTHS, 12)
    year, month = start.year + years, month + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day).timestamp()
