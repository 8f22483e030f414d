"""One sign-in: the client's request, the person's consent, Spotify, and back to the client with a code.

This is the flow itself; `consent` and `callback` are its pages, `tickets` its memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastmcp.server.auth.redirect_validation import build_client_redirect

from auxcord.authorization.clients import display_name
from auxcord.authorization.codes import Consent
from auxcord.authorization.problems import (
    EXPIRED,
    FOREIGN_BROWSER,
    SPOTIFY_REFUSED,
    UNKNOWN_GRANT,
    ProblemError,
    problem_of,
)
from auxcord.authorization.tickets import Leg, Request
from auxcord.authorization.tokens import digest, new_secret
from auxcord.caller import LEVELS, SPOTIFY_SCOPES, Permission
from auxcord.errors import AuxcordError
from auxcord.spotify.client import SpotifyClient
from auxcord.spotify.oauth import new_pkce
from auxcord.spotify.tokens import JustIssued

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcp.server.auth.provider import AuthorizationParams
    from mcp.shared.auth import OAuthClientInformationFull

    from auxcord.accounts import Accounts
    from auxcord.authorization.codes import Codes
    from auxcord.authorization.grants import Grant, Grants
    from auxcord.authorization.tickets import SignIn, SignIns
    from auxcord.spotify.models import User
    from auxcord.spotify.oauth import SpotifyOAuth, TokenSet
    from auxcord.spotify.transport import Transport


class Upstream(NamedTuple):
    """Spotify, as a sign-in needs it.

    Args:
        oauth: Its accounts service.
        transport: Its Web API.
        accounts: Where people's links to it are kept.
        redirect_uri: Where it sends people back to.
    """

    oauth: SpotifyOAuth
    transport: Transport
    accounts: Accounts
    redirect_uri: str


def _spotify_scopes(permissions: Iterable[Permission]) -> frozenset[str]:
    return frozenset(scope.value for permission in permissions for scope in SPOTIFY_SCOPES[permission])


class SignInFlow:
    """Leads people through a sign-in.

    Args:
        sign_ins: The sign-ins under way.
        codes: Issues the client's codes.
        grants: What people gave to clients.
        upstream: Spotify.
        base_url: Our public address.
    """

    def __init__(
        self, *, sign_ins: SignIns, codes: Codes, grants: Grants, upstream: Upstream, base_url: str
    ) -> None:
        self._sign_ins = sign_ins
        self._codes = codes
        self._grants = grants
        self._upstream = upstream
        self._base_url = base_url

    async def begin(
        self, client: OAuthClientInformationFull, params: AuthorizationParams, resource: str
    ) -> str:
        """Start the sign-in a client asked for; returns the address of the consent page."""
        request = Request(
            ticket=new_secret(),
            client_id=client.client_id,
            client_name=display_name(client),
            resource=resource,
            scopes=None if params.scopes is None else tuple(params.scopes),
            redirect_uri=str(params.redirect_uri),
            redirect_uri_explicit=params.redirect_uri_provided_explicitly,
            code_challenge=params.code_challenge,
            state=params.state,
        )
        await self._sign_ins.begin(request)
        return self.page(request)

    async def begin_renewal(self, grant: Grant, client_name: str) -> str:
        """Start a sign-in that widens or renews a grant; returns the address of the consent page."""
        request = Request(
            ticket=new_secret(),
            client_id=grant.client_id,
            client_name=client_name,
            resource=grant.resource,
            scopes=tuple(grant.permissions),
            grant_id=grant.grant_id,
            user_id=grant.user_id,
        )
        await self._sign_ins.begin(request)
        return self.page(request)

    def page(self, request: Request) -> str:
        """Tell the address of a sign-in's consent page."""
        return f"{self._base_url}/consent?ticket={request.ticket}"

    async def depart(self, sign_in: SignIn, *, nonce: str, level: str) -> str:
        """Send the person on to Spotify; returns the address there.

        Args:
            sign_in: The sign-in the person agreed to.
            nonce: What the person's browser keeps in its cookie.
            level: How much they chose to give.

        Raises:
            ProblemError: The sign-in has ended, or another browser agreed to it first.
        """
        return await self._leave(sign_in, digest(nonce), level, _spotify_scopes(LEVELS[level]))

    async def refuse(self, sign_in: SignIn) -> str | None:
        """End a sign-in the person refused; returns where the client waits for the answer, if one does."""
        await self._sign_ins.end(sign_in)
        return self._answer(
            sign_in.request, error="access_denied", error_description="the person did not agree"
        )

    async def finish(self, sign_in: SignIn, state: str, answer: Mapping[str, str]) -> str | None:
        """Finish a sign-in with Spotify's answer; returns where the client waits for its own, if one does.

        It may lead to Spotify once more, for scopes that the person has given to other clients.

        Args:
            sign_in: The sign-in, its browser checked already.
            state: The state that came back; used up here.
            answer: The parameters Spotify sent.

        Raises:
            ProblemError: Spotify or our store refused or failed.
            StoreError: Our store failed.
        """
        leg = await self._sign_ins.take(sign_in, state)
        if leg is None or sign_in.level is None or sign_in.nonce_hash is None:
            raise ProblemError(EXPIRED)
        if answer.get("error") == "access_denied":
            return await self.refuse(sign_in)
        code = answer.get("code")
        if code is None or "error" in answer:
            raise ProblemError(SPOTIFY_REFUSED, retry=self.page(sign_in.request))
        tokens, person = await self._arrived(sign_in.request, code, leg.verifier)
        known = await self._upstream.accounts.find(person)
        given = frozenset[Permission]() if known is None else await self._grants.given_by(known)
        scopes = _spotify_scopes(LEVELS[sign_in.level] | given)
        if not scopes <= leg.scopes:
            # All clients of a person share one link to Spotify: it must not lose what others were given, not
            # even when the person turns back now. So nothing is kept of this leg.
            return await self._leave(sign_in, sign_in.nonce_hash, sign_in.level, scopes)
        user_id = await self._link(sign_in.request, tokens, person)
        return await self._grant(sign_in, user_id, sign_in.level)

    async def _leave(self, sign_in: SignIn, nonce_hash: bytes, level: str, scopes: frozenset[str]) -> str:
        pkce = new_pkce()
        state = new_secret()
        leg = Leg(pkce.verifier, scopes)
        if not await self._sign_ins.depart(sign_in, nonce_hash=nonce_hash, level=level, state=state, leg=leg):
            raise ProblemError(FOREIGN_BROWSER)
        return self._upstream.oauth.authorize_url(
            redirect_uri=self._upstream.redirect_uri, scopes=scopes, state=state, challenge=pkce.challenge
        )

    async def _arrived(self, request: Request, code: str, verifier: str) -> tuple[TokenSet, User]:
        """Turn Spotify's code into tokens, and tell whose they are."""
        try:
            tokens = await self._upstream.oauth.exchange_code(
                code, redirect_uri=self._upstream.redirect_uri, verifier=verifier
            )
            spotify = SpotifyClient(self._upstream.transport, JustIssued(tokens.access_token))
            return tokens, await spotify.profile.me()
        except AuxcordError as error:
            raise self._problem(request, error) from error

    async def _link(self, request: Request, tokens: TokenSet, person: User) -> str:
        """Keep the tokens; returns our id of the person."""
        try:
            return await self._upstream.accounts.link(tokens, person, expected_user=request.user_id)
        except AuxcordError as error:
            raise self._problem(request, error) from error

    def _problem(self, request: Request, error: AuxcordError) -> ProblemError:
        return ProblemError(problem_of(error), retry=self.page(request), retry_after=error.retry_after)

    async def _grant(self, sign_in: SignIn, user_id: str, level: str) -> str | None:
        request = sign_in.request
        if request.grant_id is not None:
            widened = await self._grants.widen(request.grant_id, LEVELS[level])
            await self._sign_ins.end(sign_in)
            if not widened:
                raise ProblemError(UNKNOWN_GRANT)
            return None
        consent = Consent(
            user_id=user_id,
            client_id=request.client_id,
            permissions=LEVELS[level],
            resource=request.resource,
            redirect_uri=request.redirect_uri or "",
            redirect_uri_explicit=request.redirect_uri_explicit,
            code_challenge=request.code_challenge,
        )
        code = await self._codes.issue(consent)
        await self._sign_ins.end(sign_in)
        return self._answer(request, code=code)

    def _answer(self, request: Request, **parameters: str) -> str | None:
        if request.redirect_uri is None:
            return None
        if request.state is not None:
            parameters["state"] = request.state
        return build_client_redirect(request.redirect_uri, parameters, iss=self._base_url)
