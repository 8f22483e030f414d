"""The account page: what a person can see and do about everything this server keeps of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import RedirectResponse, Response

from auxcord.audit import Event
from auxcord.authorization.disclosure import Disclosure
from auxcord.authorization.overview import Overviews
from auxcord.authorization.parameters import ParameterError, query_of
from auxcord.authorization.problems import MALFORMED, ProblemError
from auxcord.authorization.tokens import new_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from auxcord.accounts import Accounts
    from auxcord.authorization.cookies import BrowserCookies
    from auxcord.authorization.grants import Grants
    from auxcord.authorization.pages import Pages
    from auxcord.authorization.reception import Reception
    from auxcord.authorization.sessions import PageSession
    from auxcord.authorization.signin import SignInFlow
    from auxcord.authorization.tickets import SignIn, SignIns
    from auxcord.authorization.visits import Visits
    from auxcord.store.engine import Store

PATH: Final = "/account"
_PAGE: Final = "page"
_ERASING: Final = "erasing"
_NOTES: Final[Mapping[str, str]] = {
    "removed": "Its access was removed. It takes effect at once.",
    "renewed": "Your link to Spotify is renewed.",
    "out": "You are signed out.",
    "over": "You were signed out after 15 minutes. Nothing was changed.",
}


class AccountPage:
    """Shows the page and does what its forms ask for.

    Args:
        store: Where everything is.
        accounts: People's links, and the audit trail.
        grants: What people gave to clients.
        reception: Knows who is signed in.
        entrance: The way in, by Spotify.
        pages: Renders.
        base_url: Our public address.
    """

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        grants: Grants,
        *,
        reception: Reception,
        entrance: Entrance,
        pages: Pages,
        base_url: str,
    ) -> None:
        self._reception = reception
        self._overviews = Overviews(store, accounts)
        self._disclosure = Disclosure(store, accounts)
        self._grants = grants
        self._accounts = accounts
        self._entrance = entrance
        self._pages = pages
        self._address = f"{base_url}{PATH}"

    async def show(self, request: Request) -> Response:
        """Show the page, or the way in (GET)."""
        query = _query(request)
        session = await self._reception.session(request)
        note = _NOTES.get(query.get("note", ""))
        if session is None:
            known = {name: query[name] for name in ("ticket", "app") if name in query}
            return self._pages.account("account_sign_in.html", account=self._address, note=note, known=known)
        overview = await self._overviews.of(session.user_id)
        return self._pages.account(
            "account.html",
            account=self._address,
            note=note,
            csrf=session.proof(_PAGE),
            link=overview.link,
            access=overview.access,
            activity=overview.activity,
        )

    async def sign_in(self, request: Request) -> Response:
        """Send somebody to Spotify, to prove who they are (POST)."""
        form = await self._reception.form(request)
        return await self._entrance.visit(request, form)

    async def renew(self, request: Request) -> Response:
        """Send a person to Spotify, to renew the link (POST)."""
        session, _ = await self._reception.asked(request, _PAGE)
        if session is None:
            return self._to_page("over")
        return await self._entrance.renewal(request, session)

    async def remove(self, request: Request) -> Response:
        """End the access of one client (POST)."""
        session, form = await self._reception.asked(request, _PAGE)
        if session is None:
            return self._to_page("over")
        await self._grants.revoke_client(session.user_id, form.get("client", ""))
        return self._to_page("removed")

    async def download(self, request: Request) -> Response:
        """Give the person all that is kept about them (POST)."""
        session, _ = await self._reception.asked(request, _PAGE)
        if session is None:
            return self._to_page("over")
        await self._accounts.trail.record(Event.DATA_DOWNLOADED, user=session.user_id)
        content = msgspec.json.format(msgspec.json.encode(await self._disclosure.of(session.user_id)))
        headers = {
            "Content-Disposition": 'attachment; filename="auxcord-my-data.json"',
            "Cache-Control": "no-store",
        }
        return Response(content, media_type="application/json", headers=headers)

    async def ask(self, request: Request) -> Response:
        """Ask once more before everything is erased (GET)."""
        session = await self._reception.session(request)
        if session is None:
            return self._to_page("over")
        link = (await self._overviews.of(session.user_id)).link
        return self._pages.account(
            "account_erase.html", account=self._address, csrf=session.proof(_ERASING), link=link
        )

    async def erase(self, request: Request) -> Response:
        """Erase everything kept about the person, this session with it (POST)."""
        session, _ = await self._reception.asked(request, _ERASING)
        if session is None:
            return self._to_page("over")
        await self._accounts.forget(session.user_id)
        page = self._pages.account("account_erased.html")
        self._reception.forget(page)
        return page

    async def sign_out(self, request: Request) -> Response:
        """End the session (POST)."""
        session, _ = await self._reception.asked(request, _PAGE)
        if session is None:
            return self._to_page("over")
        await self._reception.end(session)
        response = self._to_page("out")
        self._reception.forget(response)
        return response

    def _to_page(self, note: str) -> Response:
        return RedirectResponse(f"{self._address}?note={note}", 303, {"Cache-Control": "no-store"})


class Entrance:
    """The way into the account page, by way of Spotify.

    Args:
        visits: Begins these sign-ins.
        sign_ins: The sign-ins under way.
        flow: Leads to Spotify.
        cookies: Tie a sign-in to a browser.
    """

    def __init__(
        self, *, visits: Visits, sign_ins: SignIns, flow: SignInFlow, cookies: BrowserCookies
    ) -> None:
        self._visits = visits
        self._sign_ins = sign_ins
        self._flow = flow
        self._cookies = cookies

    async def visit(self, request: Request, form: Mapping[str, str]) -> Response:
        """Send somebody to Spotify, to prove who they are; once more if an app turned them away before."""
        sign_in = await self._same(request, form.get("ticket")) or await self._visits.begin()
        return await self._depart(request, sign_in, "look", asked=form.get("app"))

    async def renewal(self, request: Request, session: PageSession) -> Response:
        """Send a person to Spotify, to renew the link."""
        sign_in, level = await self._visits.begin_renewal(session.user_id)
        return await self._depart(request, sign_in, level, asked=None)

    async def _same(self, request: Request, ticket: str | None) -> SignIn | None:
        sign_in = None if ticket is None else await self._sign_ins.by_ticket(ticket)
        if sign_in is None or sign_in.request.purpose is None:
            return None
        same = self._cookies.is_from(request, sign_in.ticket_hash, sign_in.nonce_hash)
        return sign_in if same else None

    async def _depart(self, request: Request, sign_in: SignIn, level: str, *, asked: str | None) -> Response:
        nonce = self._cookies.nonce(request, sign_in.ticket_hash) or new_secret()
        remembered = self._cookies.app(request)
        onward = await self._flow.depart(
            sign_in, nonce=nonce, level=level, asked=asked, remembered=remembered
        )
        response = RedirectResponse(onward, 303, {"Cache-Control": "no-store"})
        self._cookies.keep(response, sign_in.ticket_hash, nonce)
        return response


def _query(request: Request) -> dict[str, Any]:
    try:
        return query_of(request)
    except ParameterError:
        raise ProblemError(MALFORMED) from None
