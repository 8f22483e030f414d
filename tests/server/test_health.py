"""What monitors and load balancers are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from auxcord.server.draining import Draining
from auxcord.server.health import Health
from auxcord.vault import KeyRing, Vault
from tests.vault.conftest import path, store

if TYPE_CHECKING:
    from auxcord.store import Store

__all__ = ["path", "store"]

pytestmark = pytest.mark.anyio


def monitor(health: Health) -> httpx2.AsyncClient:
    wire = httpx2.ASGITransport(app=Starlette(routes=health.routes()))
    return httpx2.AsyncClient(transport=wire, base_url="http://127.0.0.1:8000")


@pytest.fixture
async def vault(store: Store) -> Vault:
    vault = Vault(store, KeyRing.of([KeyRing.new_key()]))
    await vault.open()
    await vault.enrol("spotify", "ada")
    return vault


async def test_a_process_whose_store_and_keys_are_fine_is_ready(store: Store, vault: Vault) -> None:
    async with monitor(Health(store, vault, Draining())) as http:
        answers = [await http.get(path) for path in ("/healthz", "/readyz")]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"status": "ok"}),
        (200, {"status": "ready"}),
    ]
    assert all(answer.headers["cache-control"] == "no-store" for answer in answers)


async def test_a_process_that_is_about_to_end_is_alive_but_not_ready(store: Store, vault: Vault) -> None:
    draining = Draining()
    async with monitor(Health(store, vault, draining)) as http:
        draining.announce()
        alive, ready = await http.get("/healthz"), await http.get("/readyz")
    assert alive.status_code == 200
    assert (ready.status_code, ready.json()["reason"]) == (503, "draining")
    assert ready.headers["retry-after"] == "2"


async def test_a_process_whose_store_is_closed_is_not_ready(store: Store, vault: Vault) -> None:
    async with monitor(Health(store, vault, Draining())) as http:
        await store.close()
        answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "store")


async def test_a_process_that_lacks_a_key_the_data_needs_is_not_ready(store: Store, vault: Vault) -> None:
    now = 0.0
    health = Health(store, vault, Draining(), clock=lambda: now)
    async with monitor(health) as http:
        before = await http.get("/readyz")
        # Another process, with a key that this one was not given, wraps a person's key.
        other = KeyRing.of([KeyRing.new_key()]).wrap(bytes(32), purpose="test")
        await store.transact(
            lambda connection: connection.execute(
                text("UPDATE data_keys SET key_id = :key_id, wrapped = :token"),
                {"key_id": other.key_id, "token": other.token},
            )
        )
        soon = await http.get("/readyz")
        now = 31.0
        later = await http.get("/readyz")
    assert [answer.status_code for answer in (before, soon, later)] == [200, 200, 503]
    assert later.json()["reason"] == "keys"


async def test_a_process_whose_database_a_newer_program_has_changed_is_not_ready(
    store: Store, vault: Vault
) -> None:
    now = 0.0
    health = Health(store, vault, Draining(), clock=lambda: now)
    async with monitor(health) as http:
        before = await http.get("/readyz")
        await store.transact(
            lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = 'f00d'"))
        )
        now = 31.0
        after = [await http.get("/readyz") for _ in range(2)]
    assert before.status_code == 200
    assert [(answer.status_code, answer.json()["reason"]) for answer in after] == [(503, "migrations")] * 2


async def test_a_process_whose_files_were_taken_away_is_not_ready_until_they_are_back(
    store: Store, vault: Vault
) -> None:
    async with monitor(Health(store, vault, Draining())) as http:
        away = store.path.rename(store.path.with_name("away"))
        gone = await http.get("/readyz")
        away.rename(store.path)
        back = await http.get("/readyz")
    assert (gone.status_code, gone.json()["reason"], back.status_code) == (503, "store", 200)
