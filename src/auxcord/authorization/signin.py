"""One sign-in: the client's request, the person's consent, Spotify, and back to the client with a code.

This is the flow itself; `consent` and `callback` are its pages, `tickets` its memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fastmcp.server.auth.redirect_validation import build_client_redirect

from auxcord.audit import Event
from auxcord.authorization.arrival import Arrivals
from auxcord.authorization.clients import display_name
from auxcord.authorization.codes import Consent
from auxcord.authorization.destination import Destination
from auxcord.authorization.problems import (
    EXPIRED,
    FOREIGN_BROWSER,
    SERVER_FULL,
    SPOTIFY_REFUSED,
    UNKNOWN_GRANT,
    ProblemError,
)
from auxcord.authorization.tickets import Leg, Request
from auxcord.authorization.tokens import digest, new_secret
from auxcord.authorization.visits import SCOPES
from auxcord.caller import LEVELS, SPOTIFY_SCOPES, Permission
from auxcord.errors import SeatsTakenError
from auxcord.spotify.oauth import new_pkce
from auxcord.telemetry.discretion import discreet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcp.server.auth.provider import AuthorizationParams
    from mcp.shared.auth import OAuthClientInformationFull
    from sqlalchemy import Connection

    from auxcord.authorization.arrival import Arrived, Upstream
    from auxcord.authorization.codes import Codes
    from auxcord.authorization.grants import Grant, Grants
    from auxcord.authorization.sessions import PageSession
    from auxcord.authorization.tickets import SignIn, SignIns
    from auxcord.authorization.visits import Visits
    from auxcord.spotify.apps import App


@discreet("address")
class Onward(NamedTuple):
    """Where a person goes when Spotify has sent them back.

    Attributes:
        address: The address; None when no client waits for them.
        app: The client id of the app they are linked through, if there is more than one and it is settled.
        session: Their session on the account page, if that is what they signed in for.
    """

    address: str | None
    app: str | None = None
    session: PageSession | None = None


def _spotify_scopes(permissions: Iterable[Permission]) -> frozenset[str]:
    return frozenset(scope.value for permission in permissions for scope in SPOTIFY_SCOPES[permission])


class SignInFlow:
    """Leads people through a sign-in.

    Args:
        sign_ins: The sign-ins under way.
        codes: Issues the client's codes.
        grants: What people gave to clients.
        visits: Sign-ins to the account page.
        upstream: Spotify.
        base_url: Our public address.
    """

    def __init__(
        self,
        sign_ins: SignIns,
        codes: Codes,
        grants: Grants,
        visits: Visits,
        *,
        upstream: Upstream,
        base_url: str,
    ) -> None:
        self._sign_ins = sign_ins
        self._codes = codes
        self._grants = grants
        self._visits = visits
        self._redirect_uri = upstream.redirect_uri
        self._apps = upstream.accounts.apps
        self._destination = Destination(upstream.accounts)
        self._arrivals = Arrivals(upstream, sign_ins, self._destination, self.page)
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
        """Tell the address of the page where a sign-in can be begun again."""
        page = "consent" if request.purpose is None else "account"
        return f"{self._base_url}/{page}?ticket={request.ticket}"

    async def depart(
        self,
        sign_in: SignIn,
        *,
        nonce: str,
        level: str,
        asked: str | None = None,
        remembered: str | None = None,
    ) -> str:
        """Send the person on to Spotify; returns the address there.

        Args:
            sign_in: The sign-in the person agreed to.
            nonce: What the person's browser keeps in its cookie.
            level: How much they chose to give.
            asked: The client id of the Spotify app they want to try, if they said so.
            remembered: The client id of the Spotify app this browser used before.

        Raises:
            ProblemError: The sign-in has ended, or another browser agreed to it first.
        """
        app = await self._destination.choose(sign_in.request, asked=asked, remembered=remembered)
        agreed = sign_in._replace(nonce_hash=digest(nonce), level=level)
        is_visit = sign_in.request.purpose == "visit"
        return await self._leave(agreed, app, SCOPES if is_visit else _spotify_scopes(LEVELS[level]))

    async def refuse(self, sign_in: SignIn) -> str | None:
        """End a sign-in the person refused; returns where the client waits for the answer, if one does."""
        request = sign_in.request
        if request.purpose is not None:
            await self._sign_ins.end(sign_in)
            return f"{self._base_url}/account"

        def tell(connection: Connection) -> None:
            self._grants.trail.entry(connection, Event.CONSENT_DENIED, client=request.client_id)

        await self._sign_ins.end(sign_in, along=tell)
        return self._answer(request, error="access_denied", error_description="the person did not agree")

    async def finish(self, sign_in: SignIn, state: str, answer: Mapping[str, str]) -> Onward:
        """Finish a sign-in with Spotify's answer; tells where the client waits for its own, if one does.

        It may lead to Spotify once more: for scopes that the person has given to other clients, or to the
        Spotify app they are linked through.

        Args:
            sign_in: The sign-in, its browser checked already.
            state: The state that came back; used up here.
            answer: The parameters Spotify sent.

        Raises:
            ProblemError: Spotify or our store refused or failed.
            StoreError: Our store failed.
        """
        leg = await self._sign_ins.take(sign_in, state)
        app = None if leg is None else self._apps.get(leg.client_id)
        if leg is None or app is None or sign_in.level is None or sign_in.nonce_hash is None:
            raise ProblemError(EXPIRED)
        if answer.get("error") == "access_denied":
            return Onward(await self.refuse(sign_in))
        code = answer.get("code")
        if code is None or "error" in answer:
            raise ProblemError(SPOTIFY_REFUSED, retry=self.page(sign_in.request))
        arrived = await self._arrivals.receive(sign_in, app, code, leg.verifier)
        if sign_in.request.purpose == "visit":
            return await self._visited(sign_in, arrived.known)
        home, scopes = await self._wanted(sign_in, sign_in.level, arrived)
        if home is not app or not scopes <= leg.scopes:
            # All clients of a person share one link to Spotify: it must not lose what others were given, not
            # even when the person turns back now. So nothing is kept of this leg.
            return Onward(await self._leave(sign_in, home, scopes))
        try:
            user_id = await self._arrivals.link(sign_in, arrived)
        except SeatsTakenError:
            return Onward(await self._leave_elsewhere(sign_in, app, scopes))
        if sign_in.request.purpose == "renewal":
            return await self._visited(sign_in, user_id, note="renewed")
        back = await self._grant(sign_in, user_id, sign_in.level)
        return Onward(back, app.client_id if len(self._apps) > 1 else None)

    async def _visited(self, sign_in: SignIn, user_id: str | None, *, note: str = "") -> Onward:
        session = await self._visits.arrived(sign_in, user_id)
        address = f"{self._base_url}/account"
        return Onward(f"{address}?note={note}" if note else address, session=session)

    async def _wanted(self, sign_in: SignIn, level: str, arrived: Arrived) -> tuple[App, frozenset[str]]:
        """Tell through which app the person should come, and with which scopes."""
        if arrived.known is None:
            return arrived.app, _spotify_scopes(LEVELS[level])
        given = await self._grants.given_by(arrived.known)
        home = await self._destination.home(arrived.known, arrived.app, sign_in.request)
        return home, _spotify_scopes(LEVELS[level] | given)

    async def _leave(self, sign_in: SignIn, app: App, scopes: frozenset[str]) -> str:
        assert sign_in.nonce_hash is not None
        assert sign_in.level is not None
        pkce = new_pkce()
        state = new_secret()
        leg = Leg(pkce.verifier, scopes, app.client_id)
        if not await self._sign_ins.depart(
            sign_in, nonce_hash=sign_in.nonce_hash, level=sign_in.level, state=state, leg=leg
        ):
            raise ProblemError(FOREIGN_BROWSER)
        return app.oauth.authorize_url(
            redirect_uri=self._redirect_uri, scopes=scopes, state=state, challenge=pkce.challenge
        )

    async def _leave_elsewhere(self, sign_in: SignIn, full: App, scopes: frozenset[str]) -> str:
        """Send the person to an app that has a free seat: somebody else took the last one of this app."""
        noted = await self._sign_ins.note_refusal(sign_in, full.client_id)
        app = await self._destination.with_room(noted.request)
        if app is None:
            raise ProblemError(SERVER_FULL, retry=self.page(noted.request))
        return await self._leave(noted, app, scopes)

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
