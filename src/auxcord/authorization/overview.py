"""What the account page shows: which apps have access, what happened, how the link to Spotify is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from auxcord.accounts import LinkState
from auxcord.authorization.activity import clients_in, happenings
from auxcord.authorization.clients import Client, display_name, printable
from auxcord.authorization.documents import host_of
from auxcord.authorization.pages import CHOICES
from auxcord.authorization.redirects import place_of
from auxcord.authorization.scopes import level_of, permissions_of
from auxcord.errors import NotLinkedError, VaultCorruptError
from auxcord.store.schema import clients, grants
from auxcord.telemetry.discretion import discreet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from auxcord.accounts import Accounts
    from auxcord.authorization.activity import Happening
    from auxcord.caller import Permission
    from auxcord.store.engine import Store

MOST_LINES: Final = 60
_DAY: Final = 86400
_LONGEST_NAME: Final = 100


class Moment(NamedTuple):
    """A time, for people and for machines; UTC."""

    words: str
    iso: str

    @classmethod
    def of(cls, at: float) -> Moment:
        """Write a Unix time."""
        time = datetime.fromtimestamp(at, UTC)
        return cls(f"{time.day} {time:%b %Y, %H:%M}", time.isoformat(timespec="seconds"))

    @property
    def day(self) -> str:
        """The day alone."""
        return self.words.partition(",")[0]


class Access(NamedTuple):
    """A client that has access.

    Attributes:
        place: Where it lives, in words.
        host: The host that vouches for it; None if it registered by itself.
        title: What it may do.
    """

    client_id: str
    name: str
    place: str
    host: str | None
    title: str
    since: Moment
    last_used: Moment


@discreet("name")
class Linked(NamedTuple):
    """The link to Spotify.

    Attributes:
        state: `works`, `soon` (the consent ends soon), `ended`, or `unreadable`.
    """

    name: str
    state: str
    ends: Moment | None


class Happened(NamedTuple):
    """One entry of the activity."""

    when: Moment
    what: Happening


class Overview(NamedTuple):
    """Everything on the page."""

    link: Linked
    access: list[Access]
    activity: list[Happened]


class Overviews:
    """Gathers what the page shows.

    Args:
        store: Where grants and clients are.
        accounts: People's links, and the audit trail.
    """

    def __init__(self, store: Store, accounts: Accounts) -> None:
        self._store = store
        self._accounts = accounts

    async def of(self, user_id: str) -> Overview:
        """Gather it for one person."""
        lines = await self._accounts.trail.of_person(user_id, most=MOST_LINES)
        given = await self._store.fetch(
            select(grants)
            .where(grants.c.user_id == user_id, grants.c.revoked_at.is_(None))
            .order_by(grants.c.last_used_at.desc())
        )
        known = await self._known({row.client_id for row in given} | clients_in(lines))
        access = []
        for client_id in dict.fromkeys(row.client_id for row in given):
            rows = [row for row in given if row.client_id == client_id]
            held = permissions_of(" ".join(row.scopes for row in rows).split())
            since, used = min(row.created_at for row in rows), max(row.last_used_at for row in rows)
            access.append(_access(client_id, known.get(client_id), held, since, used))
        told = happenings(lines, _names(known))
        activity = [Happened(Moment.of(each.at), each) for each in told]
        return Overview(await self._link(user_id), access, activity)

    async def _known(self, client_ids: Collection[str]) -> dict[str, Client]:
        rows = await self._store.fetch(
            select(clients.c.client_id, clients.c.document).where(clients.c.client_id.in_(client_ids))
        )
        return {row.client_id: Client.model_validate_json(row.document) for row in rows}

    async def _link(self, user_id: str) -> Linked:
        try:
            link = await self._accounts.describe(user_id)
        except NotLinkedError:
            return Linked("", "ended", None)
        except VaultCorruptError:
            return Linked("", "unreadable", None)
        state = "works" if link.state is LinkState.ACTIVE else "ended"
        if state == "works" and link.ends_soon:
            state = "soon"
        name = printable(link.display_name or link.spotify_user_id, _LONGEST_NAME)
        return Linked(name, state, Moment.of(link.consent_ends_at))


def _access(
    client_id: str, client: Client | None, held: Collection[Permission], since: float, used: float
) -> Access:
    title = next(choice.title for choice in CHOICES if choice.name == level_of(held))
    return Access(
        client_id,
        _name(client),
        _place(client),
        host_of(client_id),
        title,
        Moment.of(since),
        Moment.of(used),
    )


def _place(client: Client | None) -> str:
    uris = [] if client is None else [str(uri) for uri in client.redirect_uris or ()]
    return place_of(uris[0]) if uris else "an unknown place"


def _name(client: Client | None) -> str:
    if client is None:
        return "An app that is no longer registered"
    return display_name(client) or "An app without a name"


def _names(known: dict[str, Client]) -> Callable[[str | None], str]:
    def name_of(client_id: str | None) -> str:
        if client_id is None:
            return "an app on this computer"
        name = _name(known.get(client_id))
        return name if client_id in known and display_name(known[client_id]) else name[0].lower() + name[1:]

    return name_of
