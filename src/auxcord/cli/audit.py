"""`auxcord audit`: proving that the audit trail is whole, and taking it elsewhere."""

# No postponed annotations: cyclopts reads the parameters at run time.
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

from cyclopts import Parameter

from auxcord.audit.lines import Line
from auxcord.audit.reading import lines
from auxcord.audit.trail import CHAIN
from auxcord.audit.verification import Anchor, Verdict
from auxcord.audit.verification import verify as verify_trail
from auxcord.errors import AuditBrokenError, StoreError
from auxcord.server.keys import local_keys
from auxcord.server.settings import Settings
from auxcord.store import Store
from auxcord.telemetry import logs
from auxcord.vault import KeyRing, Vault


def verify(
    *,
    anchor: Annotated[
        str | None, Parameter(help="A line that must still be there: its number, a colon, and its hash.")
    ] = None,
) -> None:
    """Check that no line of the audit trail was altered, removed or moved; exit 1 naming the first one.

    Keep the anchor it prints, or the log's audit lines: an anchor finds out who puts back an older copy of
    the whole database.
    """
    asyncio.run(_verify(Anchor.of(anchor) if anchor else None))


def export(
    *,
    after: Annotated[int, Parameter(help="Begin after the line of this number.")] = 0,
) -> None:
    """Print the audit trail as JSON, one line an object, oldest first."""
    asyncio.run(_export(after))


async def _verify(anchor: Anchor | None) -> None:
    async with _opened() as (store, vault):
        verdict = await verify_trail(store, vault.derived(CHAIN), anchor)
    if verdict.fault is not None:
        raise AuditBrokenError(f"Line {verdict.fault.seq} of the audit trail: {verdict.fault.reason}.")
    print(_whole(verdict))


def _whole(verdict: Verdict) -> str:
    if verdict.end is None:
        return "The audit trail is empty."
    last = verdict.first + verdict.lines - 1
    return (
        f"The audit trail is whole: {verdict.lines} lines, {verdict.first} to {last}.\n"
        f"Anchor: {verdict.end.seq}:{verdict.end.hash.hex()}"
    )


async def _export(after: int) -> None:
    async with _opened() as (store, _vault):
        async for line in lines(store, after=after):
            sys.stdout.write(json.dumps(_exported(line)) + "\n")  # ASCII: what is odd stays escaped


def _exported(line: Line) -> dict[str, Any]:
    details = line.details
    told: dict[str, Any] = {"seq": line.seq, "at": _time(line.at), "event": line.event}
    if details is None:
        told["details"] = "erased" if line.content is None else "unreadable"
    else:
        what = {
            "user": line.user_id,
            "client": details.client,
            "tool": details.tool,
            "decision": details.decision,
            "request_id": details.request,
            "facts": details.facts or None,
        }
        told |= {name: value for name, value in what.items() if value is not None}
    return told | {"hash": line.hash.hex()}


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Store, Vault]]:
    settings = Settings.load(command="stdio")
    logs.configure(settings.log_level)
    if not settings.database_file.exists():
        raise StoreError(f"There is no data yet at {settings.database_file}.", advice="Nothing to do.")
    store = Store(settings.database_url)
    try:
        await store.open()
        vault = Vault(store, KeyRing.of(local_keys(settings)))
        await vault.open()
        yield store, vault
    finally:
        await store.close()
