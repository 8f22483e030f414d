"""Spotify's accounts service: sending a person to consent, turning codes and refresh tokens into tokens.

Sources: RFC 6749 (OAuth 2.0), RFC 7636 (PKCE), and developer.spotify.com/documentation/web-api/tutorials,
code-flow and refreshing-tokens. Spotify's refresh tokens end six months after consent; refreshing never
extends them.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard
from urllib.parse import urlencode

import httpx2
import msgspec

from auxcord.errors import (
    InvalidClientError,
    InvalidGrantError,
    MalformedAnswerError,
    RateLimitedError,
    SpotifyError,
    SpotifySignInError,
    SpotifyUnavailableError,
)
from auxcord.spotify.patience import awake
from auxcord.spotify.refusals import cleaned, retry_after
from auxcord.spotify.wire import TIMEOUT, Answer, Failure, exchange
from auxcord.telemetry import metrics, traces
from auxcord.telemetry.instruments import recording

if TYPE_CHECKING:
    from collections.abc import Iterable

_ANSWER_CEILING = 256 * 1024
_ANSWER_SECONDS = 15.0
"""For a whole answer, in time this process is awake: what it sleeps through must not cost a refresh token."""
_UNTIL_SENT = TIMEOUT.as_dict() | {"read": None}
_LONGEST_LIFE = 366 * 24 * 3600
_USUAL_LIFE = 3600
"""Seconds an access token lives, by Spotify's documentation (tutorials/refreshing-tokens)."""
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)


class SpotifyApp(msgspec.Struct, frozen=True):
    """The Spotify application people sign in to; a public client has no secret."""

    client_id: str
    client_secret: str | None = None

    def __repr__(self) -> str:
        secret = "none" if self.client_secret is None else "hidden"
        return f"SpotifyApp(client_id={self.client_id!r}, client_secret=<{secret}>)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("client_id", self.client_id)]


class TokenSet(msgspec.Struct, frozen=True):
    """What Spotify granted.

    Attributes:
        access_token: For the Web API.
        refresh_token: None when Spotify sent none: after a refresh that is the rule, keep the one you have.
        expires_in: Seconds the access token lives, from the answer on.
        scopes: What the person allowed; empty when Spotify did not say (after a refresh: unchanged).
        client_id: The app it was granted to; only that app can renew it. Empty: the first of the server's.
    """

    access_token: str
    refresh_token: str | None
    expires_in: int
    scopes: frozenset[str]
    client_id: str = ""

    def __repr__(self) -> str:
        refresh = "none" if self.refresh_token is None else "hidden"
        return (
            f"TokenSet(access_token=<hidden>, refresh_token=<{refresh}>, "
            f"expires_in={self.expires_in}, scopes={sorted(self.scopes)})"
        )

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("expires_in", self.expires_in), ("scopes", sorted(self.scopes))]


class Pkce(NamedTuple):
    """A PKCE pair: the secret verifier, and the S256 challenge that may be shown (RFC 7636 section 4)."""

    verifier: str
    challenge: str

    def __repr__(self) -> str:
        return f"Pkce(verifier=<hidden>, challenge={self.challenge!r})"


def new_pkce() -> Pkce:
    """A fresh pair for one sign-in."""
    verifier = secrets.token_urlsafe(64)
    digest = hashlib.sha256(verifier.encode()).digest()
    return Pkce(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())


class SpotifyOAuth:
    """Everything Auxcord asks Spotify's accounts service.

    Args:
        http: The process's HTTP client.
        app: The Spotify application.
        accounts_url: Where the accounts service is; the simulator's address in tests.
    """

    def __init__(
        self, http: httpx2.AsyncClient, app: SpotifyApp, *, accounts_url: str = "https://accounts.spotify.com"
    ) -> None:
        self._http = http
        self._app = app
        self._url = accounts_url.rstrip("/")
        self.place = "1"

    @property
    def client_id(self) -> str:
        """The client id of the app."""
        return self._app.client_id

    def __repr__(self) -> str:
        return f"SpotifyOAuth({self._app.client_id!r}, accounts_url={self._url!r})"

    def authorize_url(
        self,
        *,
        redirect_uri: str,
        scopes: Iterable[str],
        state: str,
        challenge: str,
        show_dialog: bool = False,
    ) -> str:
        """The address of Spotify's consent page for one sign-in.

        Args:
            redirect_uri: Registered with the app, exactly; only a loopback port may differ.
            scopes: What to ask for; the order does not matter.
            state: Comes back unchanged; ties the answer to this sign-in.
            challenge: Of the PKCE pair whose verifier `exchange_code` will be given.
            show_dialog: Show the page even to a person who consented before.
        """
        query = {
            "client_id": self._app.client_id,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "scope": " ".join(sorted(set(scopes))),
            "state": state,
            "code_challenge_method": "S256",
            "code_challenge": challenge,
        }
        if show_dialog:
            query["show_dialog"] = "true"
        return f"{self._url}/authorize?{urlencode({name: value for name, value in query.items() if value})}"

    async def exchange_code(self, code: str, *, redirect_uri: str, verifier: str) -> TokenSet:
        """Turn the code of a finished sign-in into tokens. A code works once.

        Raises:
            InvalidGrantError: The code is wrong, used or old, or of another redirect or verifier.
            InvalidClientError: The app's id or secret is wrong.
            SpotifySignInError: Spotify refused for another reason.
            RateLimitedError: Too many requests.
            SpotifyUnavailableError: No answer, or a failure of Spotify's own.
            MalformedAnswerError: The answer is not one.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return await self._tokens({**form, "code_verifier": verifier})

    async def refresh(self, refresh_token: str) -> TokenSet:
        """Get a new access token. Usually no new refresh token comes with it: keep the old one.

        Raises:
            InvalidGrantError: The refresh token is expired, revoked or unknown; only a new consent helps.
            InvalidClientError, SpotifySignInError, RateLimitedError, SpotifyUnavailableError,
            MalformedAnswerError: As for `exchange_code`; none of them says anything about the refresh token.
        """
        return await self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def _tokens(self, form: dict[str, str]) -> TokenSet:
        grant, began, outcome = form["grant_type"], recording.now(), "cancelled"
        known = {"url.template": "/api/token", "auxcord.app": self.place, "auxcord.grant": grant}
        with traces.span("POST /api/token", known) as span:
            try:
                tokens = await self._ask(form)
                outcome = "ok"
            except SpotifyError as error:
                outcome = error.code
                raise
            finally:
                traces.tell(span, {"auxcord.outcome": outcome}, failed=outcome != "ok")
                metrics.TOKENS_SECONDS.since(began, grant)
                metrics.TOKENS_ASKED.add(self.place, grant, outcome)
        return tokens

    async def _ask(self, form: dict[str, str]) -> TokenSet:
        headers = {"Accept": "application/json", "User-Agent": "auxcord"}
        if self._app.client_secret is None:
            form = {**form, "client_id": self._app.client_id}
        else:
            pair = f"{self._app.client_id}:{self._app.client_secret}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        request = httpx2.Request(
            "POST",
            f"{self._url}/api/token",
            headers=headers,
            data=form,
            extensions={"timeout": _UNTIL_SENT},
        )
        sent = exchange(self._http, request, ceiling=_ANSWER_CEILING, total=math.inf)
        answer = await awake(sent, seconds=_ANSWER_SECONDS)
        if answer is None or isinstance(answer, Failure):
            raise SpotifyUnavailableError("Spotify's sign-in service did not answer.")
        if answer.status != 200:
            raise _refusal(answer)
        return _token_set(answer, self._app.client_id)


def _refusal(answer: Answer) -> SpotifyError:
    after = retry_after(answer.headers)
    if answer.status == 429:
        return RateLimitedError("Spotify's sign-in service asks to slow down.", retry_after=after)
    if answer.status >= 500 or answer.status == 408:
        return SpotifyUnavailableError(
            "Spotify's sign-in service is failing at the moment.", retry_after=after
        )
    if not 400 <= answer.status < 500:
        return MalformedAnswerError("Spotify's sign-in service gave an answer that cannot be understood.")
    fields = _object(answer.body)
    told = fields.get("error")
    error = cleaned(told) if isinstance(told, str) else ""
    if error == "invalid_grant":
        return InvalidGrantError(
            "Spotify no longer accepts this sign-in: it expired, was used, or was revoked."
        )
    if error in {"invalid_client", "unauthorized_client"}:
        return _wrong_client(str(fields.get("error_description", "")))
    named = f" ({error[:60]})" if error else ""
    return SpotifySignInError(f"Spotify refused the sign-in{named}.")


def _wrong_client(description: str) -> InvalidClientError:
    """Tell which of the two is wrong, where Spotify's words say so."""
    words = description.lower()
    if "secret" in words:
        return InvalidClientError(
            "Spotify does not accept this app's client secret.",
            advice="The operator must copy it anew from the app's settings in Spotify's developer dashboard.",
        )
    if words.strip(" .") == "invalid client":
        return InvalidClientError(
            "Spotify does not know this app's client id.",
            advice="The operator must copy it anew from the app's settings in Spotify's developer dashboard.",
        )
    return InvalidClientError("Spotify does not accept this app's client id or secret.")


def _object(body: bytes | None) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _token_set(answer: Answer, client_id: str) -> TokenSet:
    fields = _object(answer.body)
    access = fields.get("access_token")
    refresh = fields.get("refresh_token")
    life = fields.get("expires_in")
    scope = fields.get("scope")
    if not _is_token(access):
        raise _malformed("access_token")
    if refresh is not None and refresh != "" and not _is_token(refresh):
        raise _malformed("refresh_token")
    if str(fields.get("token_type", "Bearer")).lower() != "bearer":
        raise _malformed("token_type")
    scopes = frozenset(scope.split()) if isinstance(scope, str) else frozenset[str]()
    return TokenSet(access, refresh or None, _life(life, refresh), scopes, client_id)


def _life(told: object, refresh: object) -> int:
    """Seconds the access token lives.

    Where Spotify does not say, or says nonsense beside a new refresh token, the documented time is taken:
    refusing the answer would lose that token, and an access token that ends sooner is renewed when refused.
    """
    if isinstance(told, int) and not isinstance(told, bool) and 0 < told <= _LONGEST_LIFE:
        return told
    if told is not None and not refresh:
        raise _malformed("expires_in")
    return _USUAL_LIFE


def _is_token(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _malformed(field: str) -> MalformedAnswerError:
    return MalformedAnswerError(
        f"Spotify's sign-in answer cannot be used: {field} is missing or not what it should be."
    )
