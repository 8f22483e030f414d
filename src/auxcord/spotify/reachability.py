"""Whether Spotify answers, knows our apps and agrees on the time; nothing is spent or changed by asking."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx2

from auxcord.errors import InvalidClientError, InvalidGrantError, RateLimitedError, SpotifyError
from auxcord.spotify.oauth import SpotifyOAuth, new_pkce
from auxcord.spotify.wire import TIMEOUT, Answer, exchange
from auxcord.telemetry.findings import Finding, ok, problem, warning

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from auxcord.spotify.oauth import SpotifyApp

_NO_TOKEN: Final = "auxcord-doctor-asks-whether-the-app-is-known"  # noqa: S105 - it opens nothing
_NO_SCOPE: Final = "auxcord-doctor"
_SKEW: Final = 30
_FAR_OFF: Final = 300
_NETWORK: Final = "Check this machine's network, DNS and firewall."
_TIME: Final = "Let this machine's clock be set by NTP."


async def api(http: httpx2.AsyncClient, api_url: str, clock: Callable[[], float]) -> AsyncIterator[Finding]:
    """Tell whether the Web API answers, and how far our clock is from its own.

    Args:
        http: An HTTP client.
        api_url: Where the Web API is.
        clock: Unix seconds.
    """
    answer = await _get(http, f"{api_url}/me")
    if not isinstance(answer, Answer):
        yield problem(f"Spotify's Web API at {api_url} does not answer.", _NETWORK)
        return
    if answer.status == 401:  # it wants a token, as it should
        yield ok(f"Spotify's Web API at {api_url} answers.")
    elif answer.status >= 500 or answer.status == 429:
        yield warning(
            f"Spotify's Web API answers, but with status {answer.status}.", "Try again in a few minutes."
        )
    else:
        yield problem(
            f"What answers at {api_url} is not Spotify's Web API (status {answer.status}).",
            "Correct AUXCORD_SPOTIFY_API_URL, or the proxy in between.",
        )
    for finding in _skew(answer.headers.get("date", ""), clock()):
        yield finding


async def app(
    http: httpx2.AsyncClient, known_as: SpotifyApp, *, accounts_url: str, redirect_uri: str
) -> AsyncIterator[Finding]:
    """Tell whether the accounts service knows one of our apps, its secret and its redirect address.

    It is asked to refresh a token that is none, and to let nobody consent to a scope that is none.

    Args:
        http: An HTTP client.
        known_as: The app.
        accounts_url: Where the accounts service is.
        redirect_uri: Where it should send people back to.
    """
    oauth = SpotifyOAuth(http, known_as, accounts_url=accounts_url)
    name = f"the app {known_as.client_id[:6]}…"
    try:
        await oauth.refresh(_NO_TOKEN)
    except InvalidGrantError:
        with_secret = "its secret" if known_as.client_secret else "no secret, by PKCE alone"
        yield ok(f"Spotify's sign-in service knows {name}, with {with_secret}.")
    except InvalidClientError as error:
        yield problem(f"{_clause(error)} ({name}).", error.advice)
        return
    except RateLimitedError as error:
        yield warning(f"{_clause(error)} ({name}).", "Try again in a few minutes.")
        return
    except SpotifyError as error:
        yield problem(f"{_clause(error)} ({name}; {accounts_url}).", _NETWORK)
        return
    else:
        yield warning(
            f"Spotify renewed a token that is none for {name}.", "Check AUXCORD_SPOTIFY_ACCOUNTS_URL."
        )
    async for finding in _redirect(http, oauth, redirect_uri, name):
        yield finding


async def _redirect(
    http: httpx2.AsyncClient, oauth: SpotifyOAuth, redirect_uri: str, name: str
) -> AsyncIterator[Finding]:
    address = oauth.authorize_url(
        redirect_uri=redirect_uri,
        scopes=[_NO_SCOPE],
        state=_NO_SCOPE,
        challenge=new_pkce().challenge,
        show_dialog=True,
    )
    answer = await _get(http, address)
    if not isinstance(answer, Answer):
        return
    words = (answer.body or b"")[:4096].lower()
    if 400 <= answer.status < 500 and b"redirect uri" in words:
        yield problem(
            f"Spotify refuses {redirect_uri} as redirect address of {name}.",
            "Register exactly this address in the app's settings in Spotify's developer dashboard.",
        )
    elif answer.headers.get("location", "").startswith(redirect_uri):
        yield ok(f"Spotify sends people back to {redirect_uri}.")


def _clause(error: SpotifyError) -> str:
    """Return an error's sentence without its full stop, so that it can go on."""
    return str(error).removesuffix(".")


def _skew(date: str, now: float) -> list[Finding]:
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return []
    apart = now - theirs
    if abs(apart) <= _SKEW:
        return [ok("This machine's clock agrees with Spotify's.")]
    sentence = (
        f"This machine's clock is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} Spotify's."
    )
    return [problem(sentence, _TIME) if abs(apart) > _FAR_OFF else warning(sentence, _TIME)]


async def _get(http: httpx2.AsyncClient, url: str) -> object:
    headers = {"Accept": "application/json", "User-Agent": "auxcord"}
    request = httpx2.Request("GET", url, headers=headers, extensions={"timeout": TIMEOUT.as_dict()})
    return await exchange(http, request, ceiling=64 * 1024)
