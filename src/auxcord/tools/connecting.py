"""Linking the person's Spotify account, and letting go of it: always by the person's own hand."""

# No postponed annotations: pydantic resolves them at run time.
from datetime import UTC, datetime

from mcp_types import InputRequiredResult

from auxcord.accounts import LinkState
from auxcord.caller import LEVELS, SPOTIFY_SCOPES, Caller, Connection, Permission, Standing
from auxcord.errors import NotLinkedError, VaultCorruptError
from auxcord.tools.asking import Answer, Reaction, offer_link, reaction_to_link, unless_confirmed
from auxcord.tools.toolset import tool
from auxcord.views import clean, lines

_LOOKS = 40
_LOOK_SECONDS = 0.5
"""Twenty seconds in all: people take longer, but a call must not."""


@tool(title="Connect account", needs=Permission.READ, idempotent=True, linked=False)
async def connect_account(connection: Connection) -> Answer:
    """Link the person's Spotify account, renew its consent, or let this client do more.

    Offers the person a link; call it again once they are done. Passwords and codes never belong in a chat.
    """
    standing = await connection.standing()
    answered = reaction_to_link()
    if answered is None and _is_complete(standing):
        return f"Nothing to do: {_told(standing)}"
    if answered is None:
        before = _mark(standing)
        offered = await offer_link(_why(standing), await connection.address(), state=before)
        if isinstance(offered, InputRequiredResult):
            return offered
        reaction = offered
    else:
        reaction, before = answered
    if reaction is Reaction.AGREED:  # to open the link; whether they got through, only our own store knows
        standing = await _changed(connection, before)
    if _mark(standing) != before:
        return f"Done: {_told(standing)}"
    if reaction is Reaction.REFUSED:
        return "Nothing was changed: the person did not want to open the link. Do not offer it again unasked."
    return lines(
        f"Not done yet. Give the person this link to open in their browser: {await connection.address()}",
        connection.hint,
        "It works for ten minutes. Call connect_account again once they say they are done.",
    )


@tool(title="Disconnect account", needs=Permission.READ, destructive=True, idempotent=True)
async def disconnect_account(caller: Caller, *, confirm: str = "") -> Answer:
    """Erase everything kept here about the person and end access for all their clients.

    The person is asked first; where the client cannot ask, the answer says how to confirm.
    """
    name = await _name(caller)
    would = (
        f"erase everything kept here about the Spotify account {name}; every client of this person would "
        "have to sign in again. Playlists at Spotify stay as they are."
    )
    instead = await unless_confirmed(caller, would, word=confirm, elsewhere=_elsewhere(caller))
    if instead is not None:
        return instead
    await caller.accounts.forget(caller.user_id, by="client")
    return lines(
        f"erased: everything kept here about the Spotify account {name}; no client has access any more",
        "To withdraw the consent itself, the person removes the app at spotify.com/account/apps.",
    )


async def _changed(connection: Connection, before: str) -> Standing:
    """Wait a little for the person to get through, and tell how far they are."""
    for _ in range(_LOOKS):
        standing = await connection.standing()
        if _mark(standing) != before:
            return standing
        await connection.sleep(_LOOK_SECONDS)
    return await connection.standing()


def _mark(standing: Standing) -> str:
    """Tell two standings apart: what a sign-in changes."""
    consented = standing.link.consented_at if standing.link else None
    return f"{consented} {' '.join(sorted(standing.permissions))}"


def _is_complete(standing: Standing) -> bool:
    link = standing.link
    needed = {scope for permission in standing.permissions for scope in SPOTIFY_SCOPES[permission]}
    return (
        link is not None
        and link.state is LinkState.ACTIVE
        and not link.ends_soon
        and needed <= link.scopes
        and standing.permissions == LEVELS["everything"]
    )


def _why(standing: Standing) -> str:
    if standing.link is None:
        return "Sign in to Spotify to link your account."
    if standing.permissions != LEVELS["everything"]:
        return "Choose what this client may do with your Spotify account, and sign in to Spotify again."
    return "Sign in to Spotify again to renew your consent."


def _told(standing: Standing) -> str:
    if standing.link is None:
        return "no Spotify account is linked."
    ends = datetime.fromtimestamp(standing.link.consent_ends_at, UTC).date().isoformat()
    allowed = ", ".join(permission.value for permission in Permission if permission in standing.permissions)
    return (
        f"the Spotify account {clean(standing.link.display_name) or 'without a name'} is linked, its consent "
        f"ends {ends}, and this client may: {allowed}."
    )


def _elsewhere(caller: Caller) -> str:
    """Say what helps a client that may change nothing, and so may not vouch for the person either."""
    if Permission.EDIT in caller.permissions or caller.account_url is None:
        return ""
    return f"The person can do it themselves at {caller.account_url}"


async def _name(caller: Caller) -> str:
    """Whose account it is, as far as that can be read: who cannot be read can still be erased."""
    try:
        link = await caller.accounts.describe(caller.user_id)
    except (NotLinkedError, VaultCorruptError):
        return "(which can no longer be read)"
    return clean(link.display_name) or "without a name"
