"""Everything the authorization server is made of, wired once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, ConfigDict, TypeAdapter

from auxcord.audit import Event
from auxcord.authorization.account import AccountPage, Entrance
from auxcord.authorization.arrival import Upstream
from auxcord.authorization.availability import Outage
from auxcord.authorization.callback import Callback
from auxcord.authorization.clients import Clients
from auxcord.authorization.codes import Codes
from auxcord.authorization.consent import ConsentPage
from auxcord.authorization.cookies import BrowserCookies
from auxcord.authorization.directory import Directory
from auxcord.authorization.fetching import fetch
from auxcord.authorization.grants import Grants
from auxcord.authorization.housekeeping import Housekeeping
from auxcord.authorization.limits import AddressLimits, Rates
from auxcord.authorization.pages import Pages
from auxcord.authorization.parameters import Audience
from auxcord.authorization.reception import Reception
from auxcord.authorization.renewal import Renewal
from auxcord.authorization.rotation import Rotation
from auxcord.authorization.sessions import PageSessions
from auxcord.authorization.signin import SignInFlow
from auxcord.authorization.tickets import SignIns
from auxcord.authorization.verification import Verification
from auxcord.authorization.visits import Visits
from auxcord.errors import NotLinkedError, SettingsError, VaultCorruptError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from auxcord.accounts import Accounts
    from auxcord.spotify.oauth import SpotifyOAuth
    from auxcord.store.engine import Store
    from auxcord.vault import Vault

MCP_PATH: Final = "/mcp"
_ADDRESS: Final = TypeAdapter(AnyHttpUrl, config=ConfigDict(url_preserve_empty_path=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of one authorization server; `of` wires them."""

    issuer_address: AnyHttpUrl
    resource_url: AnyHttpUrl
    callback_path: str
    audience: Audience
    outage: Outage
    limits: AddressLimits
    verification: Verification
    clients: Clients
    directory: Directory
    grants: Grants
    codes: Codes
    rotation: Rotation
    housekeeping: Housekeeping
    pages: Pages
    flow: SignInFlow
    consent_page: ConsentPage
    callback: Callback
    account: AccountPage
    renewal: Renewal

    @property
    def issuer(self) -> str:
        """Our issuer identifier and public address, without a slash at the end."""
        return str(self.issuer_address)

    async def limit_hit(self, limit: str) -> None:
        """Tell the audit trail that somebody nobody knows asked too often."""
        await self.grants.trail.record_sparingly(Event.LIMIT_HIT, limit=limit)

    @classmethod
    def of(
        cls,
        public_url: str,
        store: Store,
        vault: Vault,
        accounts: Accounts,
        *,
        redirect_uri: str,
        refresh_seconds: float,
        clock: Callable[[], float],
        rates: Rates,
    ) -> Self:
        """Wire the parts; see `AuxcordProvider` for the arguments.

        Raises:
            SettingsError: `redirect_uri` has another origin than `public_url`.
        """
        address = _ADDRESS.validate_python(public_url.rstrip("/"))
        issuer = str(address)
        resource_url = AnyHttpUrl(f"{issuer}{MCP_PATH}")
        verification = Verification(store, issuer=issuer, clock=clock)
        grants = _grants(store, accounts, verification, refresh_seconds=refresh_seconds, clock=clock)
        codes, clients = Codes(grants), Clients(store, accounts.trail, clock=clock)
        sign_ins = SignIns(store, vault, clock=clock)
        sessions = PageSessions(store, accounts.trail, clock=clock)
        visits = Visits(sign_ins=sign_ins, sessions=sessions, grants=grants)
        upstream = Upstream(accounts, redirect_uri)
        flow = SignInFlow(sign_ins, codes, grants, visits, upstream=upstream, base_url=issuer)
        pages = Pages(issuer, spotify_origin=_origin_of(accounts.apps.first.oauth))
        cookies = BrowserCookies(secure=issuer.startswith("https:"))
        reception = Reception(sessions=sessions, base_url=issuer)
        entrance = Entrance(visits=visits, sign_ins=sign_ins, flow=flow, cookies=cookies)
        sweeps = (sign_ins.sweep, sessions.sweep, grants.sweep, clients.sweep, accounts.trail.prune)
        return cls(
            issuer_address=address,
            resource_url=resource_url,
            callback_path=path_of_callback(redirect_uri, issuer),
            audience=Audience(str(resource_url)),
            outage=Outage(store),
            limits=AddressLimits(rates),
            verification=verification,
            clients=clients,
            directory=Directory(clients, fetch, own_host=address.host or "", clock=clock),
            grants=grants,
            codes=codes,
            rotation=Rotation(grants),
            housekeeping=Housekeeping(sweeps, clock=clock),
            pages=pages,
            flow=flow,
            consent_page=ConsentPage(
                flow=flow, sign_ins=sign_ins, pages=pages, cookies=cookies, base_url=issuer
            ),
            callback=Callback(
                flow=flow, sign_ins=sign_ins, pages=pages, cookies=cookies, reception=reception
            ),
            account=AccountPage(
                store, accounts, grants, reception=reception, entrance=entrance, pages=pages, base_url=issuer
            ),
            renewal=Renewal(flow=flow, grants=grants, clients=clients),
        )


def _grants(
    store: Store,
    accounts: Accounts,
    verification: Verification,
    *,
    refresh_seconds: float,
    clock: Callable[[], float],
) -> Grants:
    return Grants(
        store,
        clock=clock,
        consent_end=_consent_end_by(accounts),
        refresh_seconds=refresh_seconds,
        on_change=verification.forget,
        trail=accounts.trail,
    )


def _consent_end_by(accounts: Accounts) -> Callable[[str], Awaitable[float | None]]:
    async def consent_end(user_id: str) -> float | None:
        try:
            link = await accounts.describe(user_id)
        except (NotLinkedError, VaultCorruptError):
            return None  # a new sign-in mends both
        return link.consent_ends_at

    return consent_end


def path_of_callback(redirect_uri: str, issuer: str) -> str:
    """Return the path below our public address at which Spotify's answers arrive.

    Raises:
        SettingsError: The redirect address does not lie below it.
    """
    ours, theirs = urlsplit(issuer), urlsplit(redirect_uri)
    same_origin = (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)
    path = theirs.path.removeprefix(ours.path)
    if not same_origin or not theirs.path.startswith(f"{ours.path}/") or path == "/":
        problem = (
            f"SPOTIFY_REDIRECT_URI must lie below AUXCORD_PUBLIC_URL ({issuer}), because the cookie that "
            f"protects the sign-in is only sent there. Example: {issuer}/callback"
        )
        raise SettingsError((problem,))
    return path


def _origin_of(oauth: SpotifyOAuth) -> str:
    parts = urlsplit(oauth.authorize_url(redirect_uri="", scopes=(), state="", challenge=""))
    return f"{parts.scheme}://{parts.netloc}"
