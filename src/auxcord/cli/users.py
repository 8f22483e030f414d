"""`auxcord users`: who is linked here, and ending what they have."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from auxcord.errors import InputError, StoreError
from auxcord.server.assembly import Parts
from auxcord.server.keys import local_keys
from auxcord.server.people import Listed, People
from auxcord.server.settings import Settings
from auxcord.telemetry import logs
from auxcord.views import clean

PIPED_WIDTH = 240
Yes = Annotated[bool, Parameter(help="Do not ask.", negative="")]


def list_(
    *,
    names: Annotated[
        bool, Parameter(help="Show Spotify user ids and display names too; they are personal.", negative="")
    ] = False,
    as_json: Annotated[
        bool, Parameter(name="--json", help="Print JSON instead of a table.", negative="")
    ] = False,
) -> None:
    """Show who is linked: through which Spotify app, until when, with how many clients."""
    asyncio.run(_list(names=names, as_json=as_json))


def disconnect(
    user_id: Annotated[str, Parameter(help="The id from `auxcord users list`.")], /, *, yes: Yes = False
) -> None:
    """Erase everything kept about one person, and end access for all their clients."""
    asyncio.run(_disconnect(user_id, yes=yes))


def revoke_all(
    *,
    user: Annotated[str | None, Parameter(help="Only this person's, by the id from `users list`.")] = None,
    links: Annotated[
        bool, Parameter(help="Erase the links to Spotify too, and everything else kept.", negative="")
    ] = False,
    yes: Yes = False,
) -> None:
    """End the access of every client of everybody at once; people sign in again, their links stay."""
    asyncio.run(_revoke_all(user, links=links, yes=yes))


@asynccontextmanager
async def _opened() -> AsyncIterator[People]:
    settings = Settings.load(command="stdio")
    logs.configure(settings.log_level)
    if not settings.database_file.exists():
        raise StoreError(f"There is no data yet at {settings.database_file}.", advice="Nothing to do.")
    parts = Parts.of(settings, local_keys(settings))
    try:
        await parts.open()
        yield People(parts)
    finally:
        await parts.close()


async def _list(*, names: bool, as_json: bool) -> None:
    async with _opened() as people:
        everybody = [person async for person in people.listed()]
    if as_json:
        print(json.dumps([_object(person, names=names) for person in everybody], indent=2))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH  # a file or a pipe has no edge to fit
    console.print(_table(everybody, names=names))
    print(f"{len(everybody)} people", file=sys.stderr)


async def _disconnect(user_id: str, *, yes: bool) -> None:
    async with _opened() as people:
        _confirm(f"Erase everything kept about {clean(user_id)}? They would have to sign in again.", yes=yes)
        await people.disconnect(user_id)
    print("Erased. At Spotify, the person removes the app at spotify.com/account/apps.", file=sys.stderr)


async def _revoke_all(user: str | None, *, links: bool, yes: bool) -> None:
    whose = "everybody" if user is None else clean(user)
    async with _opened() as people:
        what = "Erase everything kept about" if links else "End the access of all clients of"
        _confirm(f"{what} {whose}? They would have to sign in again.", yes=yes)
        revoked = await people.revoke_all(user)
        erased = 0
        if links and user is None:
            erased = await people.erase_all()
        elif links and user is not None:
            await people.disconnect(user)
            erased = 1
    print(f"Ended {revoked.grants} grants of {revoked.people} people.", file=sys.stderr)
    if links:
        print(f"Erased {erased} people.", file=sys.stderr)


def _confirm(question: str, *, yes: bool) -> None:
    """Ask on the terminal.

    Raises:
        InputError: The answer was not yes.
    """
    if yes:
        return
    print(f"{question} Type yes to go on: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise InputError("Nothing was changed.", advice="Answer yes, or use --yes.")


def _table(everybody: list[Listed], *, names: bool) -> Table:
    table = Table()
    for column in ("id", *(("Spotify user id", "name") if names else ()), "app", "linked", "consent ends"):
        table.add_column(column, overflow="fold")
    table.add_column("state", overflow="fold")
    table.add_column("clients", justify="right")
    table.add_column("last used")
    for person in everybody:
        personal = [clean(person.spotify_user_id), clean(person.display_name)] if names else []
        cells = [
            person.user_id,
            *personal,
            person.app,
            _day(person.linked_at),
            _day(person.consent_ends_at),
            person.state,
            str(person.clients),
            _day(person.last_used_at),
        ]
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _object(person: Listed, *, names: bool) -> dict[str, object]:
    """One person as JSON; times are ISO 8601, UTC."""
    return {
        "id": person.user_id,
        **({"spotify_user_id": person.spotify_user_id, "display_name": person.display_name} if names else {}),
        "app": person.app,
        "linked_at": _moment(person.linked_at),
        "consent_ends_at": _moment(person.consent_ends_at),
        "state": person.state,
        "clients": person.clients,
        "last_used_at": _moment(person.last_used_at),
    }


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _day(seconds: float | None) -> str:
    return (_moment(seconds) or "-")[:10]
