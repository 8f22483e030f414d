"""Spotify's accounts service in trouble: codes and refresh tokens are sent once, and no secret is told.

A refresh token that Spotify replaces with each use is lost when it is sent again after a lost answer, so
nothing is repeated here; who refreshes (`auxcord.accounts`) decides what comes next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from auxcord.errors import AuxcordError
from auxcord.simulator.oauth.apps import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from auxcord.simulator.oauth.tokens import SCOPES, Code, Consent
from auxcord.spotify.oauth import Pkce, SpotifyApp, SpotifyOAuth, new_pkce
from tests.reliability.lab import HANDLE, ORIGIN, Lab
from tests.reliability.matrix import SECONDS_A_REQUEST, chain
from tests.reliability.troubles import DONE, TROUBLES
from tests.reliability.virtual_time import run

if TYPE_CHECKING:
    from tests.reliability.troubles import Trouble

REDIRECT = "http://127.0.0.1/callback"
HARMLESS = {
    "slow, within our patience",
    "wrong content type",
    "optional fields missing",
    "required fields missing",
}
"""Troubles that do nothing to an answer with tokens; those fields are not in it."""
_BY_GROUP = {
    "Network": "spotify_unavailable",
    "Answers": "spotify_answer_malformed",
    "Limits": "spotify_rate_limited",
    "Failures": "spotify_unavailable",
    "Refusals": "spotify_sign_in_failed",
}

Ask = Callable[[SpotifyOAuth, Lab, Pkce], Awaitable[Any]]


def due(trouble: Trouble) -> str:
    """What must come of it; with one try, once is as bad as always."""
    if trouble.name in HARMLESS:
        return DONE
    if trouble.breakdown == "dripping":
        return "spotify_unavailable"  # the whole answer has to come within one patience
    if trouble.fault.get("kind") == "unauthorized":
        return "spotify_sign_in_failed"
    if trouble.fault.get("kind") == "rate-limited":
        return "spotify_rate_limited"
    is_redirect = trouble.fault.get("status", 0) // 100 == 3
    return "spotify_answer_malformed" if is_redirect else _BY_GROUP[trouble.group]


def _consent(lab: Lab) -> Consent:
    consent = Consent(DEFAULT_CLIENT_ID, HANDLE, frozenset(SCOPES), lab.now())
    lab.simulation.tokens.consents.append(consent)
    return consent


async def exchange(oauth: SpotifyOAuth, lab: Lab, pkce: Pkce) -> Any:
    """Turn a code into tokens."""
    consent = _consent(lab)
    code = Code(consent, REDIRECT, pkce.challenge, lab.now() + 600, consent.scopes)
    text = lab.simulation.tokens.new_code(code)
    lab.tokens.issued.append(text)
    return await oauth.exchange_code(text, redirect_uri=REDIRECT, verifier=pkce.verifier)


async def refresh(oauth: SpotifyOAuth, lab: Lab, _pkce: Pkce) -> Any:
    """Get a new access token."""
    consent = _consent(lab)
    text = lab.simulation.tokens.new_refresh(consent, consent.scopes, confidential=True)
    lab.tokens.issued.append(text)
    return await oauth.refresh(text)


async def _meet(ask: Ask, trouble: Trouble) -> None:
    async with Lab.opened() as lab:
        pkce = new_pkce()
        lab.tokens.issued += [pkce.verifier, DEFAULT_CLIENT_SECRET]
        for fault, times in ((trouble.fault, trouble.times), (trouble.then, None)):
            if fault:
                await lab.control("POST", "/faults", path="/api/token", times=times, **fault)
        lab.wire.breakdown, lab.wire.times = trouble.breakdown, trouble.times
        oauth = SpotifyOAuth(
            lab.http, SpotifyApp(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET), accounts_url=ORIGIN
        )
        start, outcome, error = lab.now(), DONE, None
        try:
            await ask(oauth, lab, pkce)
        except AuxcordError as failure:
            outcome, error = failure.code, failure
        assert outcome == due(trouble), repr(error)
        assert lab.now() - start <= SECONDS_A_REQUEST
        assert [str(sent.url) for sent in lab.wire.sent] == [f"{ORIGIN}/api/token"]
        for one in chain(error):
            assert isinstance(one, AuxcordError)
            told = f"{one} {one!r} {one.args} {vars(one)}"
            assert not any(secret in told for secret in lab.tokens.issued)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
@pytest.mark.parametrize("ask", [exchange, refresh])
def test_a_code_or_refresh_token_is_sent_once_and_nothing_secret_is_told(ask: Ask, trouble: Trouble) -> None:
    run(_meet(ask, trouble))
