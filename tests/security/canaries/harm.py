"""Harm to a running server: damage in its store, a store that fails, keys that do not fit."""

from __future__ import annotations

import os
import secrets
import signal
import sqlite3
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from auxcord.vault import KeyRing
from tests.people import Person, enrol
from tests.revisions import Wire
from tests.security.adversaries.stage import authorize_url
from tests.security.canaries.ledger import ENCRYPTION_KEY
from tests.security.canaries.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes import Program
    from tests.security.canaries.stage import Stage

_TABLES: Final = (
    "access_tokens",
    "refresh_tokens",
    "sign_ins",
    "page_sessions",
    "records",
    "clients",
    "audit",
)


async def drive(stage: Stage, server: Program) -> None:
    """Do it all, and put everything right again."""
    person, broken, *others = await enrol(stage.house, 2 + len(_TABLES))
    with _store(stage) as store:
        store.execute(
            "UPDATE records SET sealed = zeroblob(length(sealed)) WHERE user_id = ?", (broken.user_id,)
        )
    for tool in ("get_account", "get_playback"):
        assert (await Wire(stage.house.http, broken.access).call(tool)).is_error
    stage.paths.add("a damaged record")
    await _keys(stage, server)
    for table, other in zip(_TABLES, others, strict=True):
        await _without(stage, table, other)
    await until(partial(_is_well, person))


async def _without(stage: Stage, table: str, person: Person) -> None:
    """Let a table be gone while everything is asked that might need it."""
    with _store(stage) as store:
        store.execute(f"ALTER TABLE {table} RENAME TO away")
    try:
        await Wire(stage.house.http, person.access).call("get_account")
        await person.renew()
        async with stage.house.browser() as browser:
            await browser.get(authorize_url(person.client_id, state=secrets.token_urlsafe(24)))
            form = {"token": person.refresh, "client_id": person.client_id}
            await browser.post("/revoke", data=form)
            await browser.get(f"/consent?ticket={secrets.token_urlsafe(32)}")
            await browser.get(f"/callback?state={secrets.token_urlsafe(32)}&code={secrets.token_urlsafe(96)}")
            await browser.post(
                "/account/sign-in", data={"x": "y"}, headers={"Origin": "http://127.0.0.1:8000"}
            )
            await browser.get("/account", headers={"Cookie": f"aux_account={secrets.token_urlsafe(32)}"})
            await browser.get("/readyz")
    finally:
        with _store(stage) as store:
            store.execute(f"ALTER TABLE away RENAME TO {table}")
    stage.paths.add(f"the table {table} is gone")


async def _keys(stage: Stage, server: Program) -> None:
    """Let a server read its keys again; one of the two has them in a file, which is wrong at first."""
    keys = stage.house.folder / "keys"
    new = KeyRing.new_key()
    for what, content in (
        ("another one", new),
        ("half of one", stage.house.key[:30]),
        ("one more", f"{new},{stage.house.key}"),
        ("as before", stage.house.key),
    ):
        stage.ledger.note(ENCRYPTION_KEY, content.partition(",")[0])
        keys.write_text(content)
        told = _told(server)
        os.kill(server.pid, signal.SIGHUP)
        await until(lambda before=told: _told(server) > before)
        stage.paths.add(f"keys read again: {what}")


def _told(server: Program) -> int:
    return server.log.read_text().count("encryption keys")


async def _is_well(person: Person) -> bool:
    return "[store" not in (await person.call("get_account")).text


@contextmanager
def _store(stage: Stage) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(stage.house.database, timeout=10)) as connection, connection:
        yield connection
