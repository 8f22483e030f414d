"""The person's own Spotify account, as far as this client may know it."""

# No postponed annotations: pydantic resolves them at run time.
from datetime import UTC, datetime

from auxcord.accounts import Link, LinkState
from auxcord.caller import SPOTIFY_SCOPES, Caller, Permission
from auxcord.errors import AuxcordError, InputError, VaultCorruptError
from auxcord.spotify.modes import Mode
from auxcord.tools.toolset import Toolset, tool
from auxcord.views import clean, lines

_ERASING = "disconnect_account"
_CONFIRM_SECONDS = 600
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
        f"Spotify app: {_MODES[caller.spotify.mode]}",
        _consent(caller, link),
        _permissions(caller),
    )


@tool(title="Disconnect account", needs=Permission.EDIT, destructive=True, idempotent=True)
async def disconnect_account(caller: Caller, *, confirm: str = "") -> str:
    """Erase everything kept here about the person and end access for all their clients.

    The first call only tells what would happen and gives the word for confirm. Use it when the person asks.
    """
    name = await _name(caller)
    if not _confirmed(caller, confirm):
        return lines(
            f"Nothing was erased. This would erase everything kept about the Spotify account {name}; every "
            "client of this person would have to sign in again. Playlists at Spotify stay as they are.",
            f"Ask the person. If they want it, call again within ten minutes with confirm={_word(caller)}",
        )
    await caller.accounts.forget(caller.user_id)
    return lines(
        f"erased: everything kept here about the Spotify account {name}; no client has access any more",
        "To withdraw the consent itself, the person removes the app at spotify.com/account/apps.",
    )


def _word(caller: Caller) -> str:
    """Make the word that confirms: sealed for this person and question, so no text holds it already."""
    return caller.cursors.seal(_ERASING, int(caller.cursors.clock()))


def _confirmed(caller: Caller, word: str) -> bool:
    if not word:
        return False
    try:
        asked = caller.cursors.open_(_ERASING, word)
    except InputError:
        return False
    return isinstance(asked, int) and 0 <= caller.cursors.clock() - asked < _CONFIRM_SECONDS


async def _name(caller: Caller) -> str:
    """Whose account it is, as far as that can be read: who cannot be read can still be erased."""
    try:
        link = await caller.accounts.describe(caller.user_id)
    except VaultCorruptError:
        return "(which can no longer be read)"
    return clean(link.display_name) or "without a name"


async def _works(caller: Caller) -> str:
    """Ask Spotify, so that the answer is about now and not about what was stored."""
    try:
        profile = await caller.spotify.profile.me()
    except AuxcordError as error:
        return f"Spotify right now: {error} {error.advice}"
    plan = f", plan {clean(profile.product, 20)}" if profile.product else ""
    return f"Spotify right now: works{plan}"


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
    return f"at {caller.sign_in_url}" if caller.sign_in_url else "with `auxcord login`"


ACCOUNT = Toolset("account", (get_account, disconnect_account))
