"""The person's own Spotify account, as far as this client may know it."""

# No postponed annotations: pydantic resolves them at run time.
from datetime import UTC, datetime

from auxcord.accounts import Link, LinkState
from auxcord.caller import SPOTIFY_SCOPES, Caller, Permission
from auxcord.errors import AuxcordError
from auxcord.spotify.modes import Mode
from auxcord.tools.connecting import connect_account, disconnect_account
from auxcord.tools.toolset import Toolset, tool
from auxcord.views import clean, lines

_MODES = {
    Mode.UNKNOWN: "access mode not known yet",
    Mode.EXTENDED: "extended access",
    Mode.DEVELOPMENT: "development mode (no batch reads, no recommendations, ten results a request)",
    Mode.LEGACY: "older development mode (no recommendations)",
}


@tool(title="Account status", needs=Permission.READ, scopes=["user-read-private"], read_only=True)
async def get_account(caller: Caller) -> str:
    """Whose Spotify account this is, whether it works now, and what this client may do.

    Use it when something is refused, or to know who the person is.
    """
    link = await caller.accounts.describe(caller.user_id)
    name = clean(link.display_name) or "without a name"
    return lines(
        f"account: {name} (Spotify user id {clean(link.spotify_user_id)})",
        await _works(caller),
        _app(caller),
        _consent(caller, link),
        _permissions(caller),
        f"everything kept here, and what other clients may do: {caller.account_url}"
        if caller.account_url
        else "",
    )


async def _works(caller: Caller) -> str:
    """Ask Spotify, so that the answer is about now and not about what was stored."""
    try:
        profile = await caller.spotify.profile.me()
    except AuxcordError as error:
        return f"Spotify right now: {error} {error.advice}"
    plan = f", plan {clean(profile.product, 20)}" if profile.product else ""
    return f"Spotify right now: works{plan}"


def _app(caller: Caller) -> str:
    if caller.app is None:
        return f"Spotify app: one that this server no longer uses; sign in again {_where(caller)}"
    return f"Spotify app: {caller.app}, {_MODES[caller.spotify.mode]}"


def _consent(caller: Caller, link: Link) -> str:
    ends = datetime.fromtimestamp(link.consent_ends_at, UTC).date().isoformat()
    needed = {scope.value for permission in caller.permissions for scope in SPOTIFY_SCOPES[permission]}
    missing = sorted(needed - link.scopes)
    ended = link.state is LinkState.REAUTHORIZATION_REQUIRED
    return lines(
        f"Spotify consent: ended; renew it {_where(caller)}" if ended else "",
        f"Spotify consent ends: {ends}{f', soon: renew it {_where(caller)}' if link.ends_soon else ''}",
        f"Spotify consent lacks: {', '.join(missing)}; renew it {_where(caller)}" if missing else "",
    )


def _permissions(caller: Caller) -> str:
    given = ", ".join(permission.value for permission in Permission if permission in caller.permissions)
    missing = ", ".join(permission.value for permission in Permission if permission not in caller.permissions)
    return lines(
        f"this client may: {given}",
        f"it may not: {missing}; the person can allow it {_where(caller)}" if missing else "",
    )


def _where(caller: Caller) -> str:
    return f"at {caller.sign_in_url}" if caller.sign_in_url else "with connect_account"


ACCOUNT = Toolset("account", (get_account, connect_account, disconnect_account))
