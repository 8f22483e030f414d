"""`auxcord rescue`: a new database with everything that can still be read of a damaged one."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from auxcord.errors import StoreError
from auxcord.server.settings import Settings
from auxcord.store.rescue import rescue as copy_readable
from auxcord.telemetry import logs


def rescue(
    into: Annotated[Path, Parameter(help="Where the new database goes; nothing is there yet.")],
) -> None:
    """Copy everything that can still be read of a damaged database into a new one; the old is only read.

    Stop the server first. Who is lost with the damage signs in again.
    """
    settings = Settings.load(command="stdio")
    logs.configure("error")
    damaged = settings.database_file.absolute()
    if not damaged.is_file():
        raise StoreError(f"There is no database at {damaged}.", advice="Correct AUXCORD_DATABASE_URL.")
    saved = asyncio.run(copy_readable(damaged, into.absolute()))
    for each in saved:
        lost = [] if each.is_whole else ["the rest could not be read"]
        lost += [f"{each.dropped} dropped with somebody who could not be read"] if each.dropped else []
        if each.kept or lost:
            print(f"{each.table}: {each.kept} rows kept{''.join(f', {part}' for part in lost)}")
    print(
        f"Now keep {damaged} (with its -wal and -shm) elsewhere, move {into} in its place, and run "
        "`auxcord doctor`.",
        file=sys.stderr,
    )
