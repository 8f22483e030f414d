"""What can go wrong while a person signs in, in their words: what happened, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from auxcord.errors import (
    AlreadyLinkedError,
    AuxcordError,
    InvalidClientError,
    NotAdmittedError,
    NotAllowListedError,
    OwnerPremiumRequiredError,
    RateLimitedError,
    SeatsTakenError,
    SpotifyError,
    SpotifyUnavailableError,
    StoreError,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One page that says why a sign-in cannot go on.

    Args:
        code: Stable name of the problem, for support and tests.
        status: HTTP status.
        title: What happened, in a few words.
        sentence: What it means.
        advice: What to do.
    """

    code: str
    status: int
    title: str
    sentence: str
    advice: str


class ProblemError(Exception):
    """A sign-in cannot go on.

    Args:
        problem: What to tell the person.
        retry: Address at which the same sign-in can be tried again, if it can.
        another: Address at which it can be tried with another Spotify app, if there is one.
        back: Address of the client with the error, for the person to follow if they want to.
        retry_after: Seconds until that can help, when known.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        retry: str | None = None,
        another: str | None = None,
        back: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.retry = retry
        self.another = another
        self.back = back
        self.retry_after = retry_after


_AGAIN: Final = "Go back to the app you want to connect and connect again."

EXPIRED: Final = Problem(
    "expired",
    400,
    "This sign-in has ended",
    "A sign-in lasts ten minutes and works once.",
    _AGAIN,
)
FOREIGN_BROWSER: Final = Problem(
    "foreign_browser",
    403,
    "Another browser started this sign-in",
    "Only the browser that agreed to it can finish it. That protects you from links that somebody else sent.",
    "If you started it yourself, finish it in that browser, with cookies allowed. Otherwise close this page.",
)
FORGED: Final = Problem(
    "forged",
    403,
    "This answer did not come from our page",
    "Your browser sent no cookie that fits this page, or another site sent the form.",
    "Allow cookies for this site, then go back to the app and connect again.",
)
MALFORMED: Final = Problem(
    "malformed",
    400,
    "This address is not right",
    "Something in the address of this page is missing, repeated or too long.",
    _AGAIN,
)
UNKNOWN_CLIENT: Final = Problem(
    "unknown_client",
    400,
    "This app is not registered here",
    "The app that sent you is not known to this server, or no longer.",
    "Remove this server's sign-in from the app and connect again; most apps then register by themselves.",
)
BAD_DOCUMENT: Final = Problem(
    "bad_client_document",
    400,
    "This app does not describe itself properly",
    "The app is known by an address, but what stands there does not describe an app this server can connect.",
    "Tell whoever makes the app. If it can also register by itself, choose that in its settings.",
)
SILENT_CLIENT: Final = Problem(
    "client_document_unreachable",
    503,
    "We cannot look up this app",
    "The app is known by an address, and nothing usable came from there just now.",
    "Wait a minute, then connect again from the app.",
)
FAULTY_REQUEST: Final = Problem(
    "faulty_request",
    400,
    "This app made a mistake",
    "Its request for a sign-in cannot be answered as it is. Nothing was changed.",
    "You may go back to the app if you know the address below. Otherwise close this page.",
)
FOREIGN_REDIRECT: Final = Problem(
    "foreign_redirect",
    400,
    "This app wants to send you somewhere unexpected",
    "The address it asked us to send you back to is not one it registered, so we stopped here.",
    "Connect again from the app itself, not from a link. If it happens again, tell whoever makes the app.",
)
UNKNOWN_GRANT: Final = Problem(
    "unknown_grant",
    404,
    "This connection no longer exists",
    "The app's access has been removed, or it expired.",
    _AGAIN,
)
NOBODY_HERE: Final = Problem(
    "nobody_here",
    404,
    "Nothing is kept about you here",
    "That Spotify account is not linked to this server, and looking it up has not changed that.",
    "To use this server, connect an app to it. If you have several Spotify accounts, sign in with another.",
)
NOT_ALLOW_LISTED: Final = Problem(
    "spotify_user_not_registered",
    403,
    "Spotify has not opened this app to you yet",
    "This server's Spotify app is in development mode, and your Spotify account is not on its list of users.",
    "Ask whoever runs this server to add the e-mail address of your Spotify account under User Management "
    "in Spotify's developer dashboard. Then try again.",
)
SERVER_FULL: Final = Problem(
    "server_full",
    403,
    "This server is full",
    "Spotify lets only a few people use an app like this one, and all places are taken. "
    "Nothing was stored or changed.",
    "Ask whoever runs this server for a place. If you have one already, try again with the Spotify account "
    "you connected first.",
)
NOT_ADMITTED: Final = Problem(
    "not_admitted",
    403,
    "This server is for certain people",
    "Whoever runs this server chose who may use it, and your Spotify account is not on that list. "
    "Nothing was stored or changed.",
    "Ask them to add your Spotify user id to AUXCORD_ALLOWED_USERS. If you have another Spotify account, "
    "sign out of Spotify in this browser and try again with that one.",
)
OWNER_PREMIUM: Final = Problem(
    "spotify_owner_premium_required",
    503,
    "Spotify has paused this app",
    "Spotify requires the owner of this server's Spotify app to have Premium, and it seems to have lapsed.",
    "Tell whoever runs this server. After Premium is renewed it can take some hours until Spotify notices.",
)
SPOTIFY_DOWN: Final = Problem(
    "spotify_unavailable",
    503,
    "Spotify is not answering",
    "You did nothing wrong, and nothing was changed. Spotify did not answer, or could not help just now.",
    "Wait a moment, then try again.",
)
SPOTIFY_BUSY: Final = Problem(
    "spotify_rate_limited",
    503,
    "Spotify asks us to slow down",
    "This server has sent Spotify too many requests in a short time.",
    "Wait a moment, then try again.",
)
SPOTIFY_REFUSED: Final = Problem(
    "spotify_sign_in_failed",
    502,
    "Spotify did not complete the sign-in",
    "Spotify refused the last step. That happens when a page is left open too long or opened twice.",
    "Try again.",
)
MISCONFIGURED: Final = Problem(
    "spotify_invalid_client",
    500,
    "This server is not set up correctly",
    "Spotify does not accept the client id or secret that this server uses.",
    "Tell whoever runs it to check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET.",
)
OTHER_ACCOUNT: Final = Problem(
    "already_linked",
    409,
    "That is a different Spotify account",
    "This connection belongs to another Spotify account than the one you just used.",
    "Sign out of Spotify in this browser, then try again with the account you connected first.",
)
STORE_DOWN: Final = Problem(
    "store_unavailable",
    503,
    "We cannot reach our own database",
    "You did nothing wrong, and nothing was changed.",
    "Wait a few seconds, then reload this page or connect again from the app.",
)
UNEXPECTED: Final = Problem(
    "unexpected",
    500,
    "Something went wrong on our side",
    "You did nothing wrong.",
    _AGAIN,
)
TOO_MANY: Final = Problem(
    "too_many_requests",
    429,
    "That was a lot of sign-ins",
    "Too many sign-ins were started from your network, or everywhere, in a short time.",
    "Wait a minute, then connect again from the app.",
)


def of_app(problem: Problem, app: str, *, is_last: bool) -> Problem:
    """Say which of several Spotify apps a problem is about, by name, and what else can be done about it."""
    advice = f"It is about {app} of this server. {problem.advice}"
    if not is_last:
        advice += " This server has other Spotify apps; perhaps you were added to another one."
    return replace(problem, advice=advice)


def unexpected(reference: str) -> Problem:
    """Make the page for what nobody foresaw; the reference leads the operator to the log."""
    advice = f"{_AGAIN} If it happens again, tell whoever runs this server the reference {reference}."
    return replace(UNEXPECTED, advice=advice)


_CAUSES: Final[tuple[tuple[type[AuxcordError], Problem], ...]] = (
    (NotAllowListedError, NOT_ALLOW_LISTED),
    (OwnerPremiumRequiredError, OWNER_PREMIUM),
    (InvalidClientError, MISCONFIGURED),
    (AlreadyLinkedError, OTHER_ACCOUNT),
    (NotAdmittedError, NOT_ADMITTED),
    (SeatsTakenError, SERVER_FULL),
    (RateLimitedError, SPOTIFY_BUSY),
    (SpotifyUnavailableError, SPOTIFY_DOWN),
    (SpotifyError, SPOTIFY_REFUSED),
    (StoreError, STORE_DOWN),
)


def problem_of(error: AuxcordError) -> Problem:
    """Find the page for an error; whatever has none is told as Spotify's refusal."""
    return next((problem for cause, problem in _CAUSES if isinstance(error, cause)), SPOTIFY_REFUSED)
