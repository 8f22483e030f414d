"""`auxcord doctor`: every kind of trouble is named with what to do, and looking changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import shutil
import signal
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from cryptography.fernet import Fernet

from auxcord.server.listener import bind, port_of
from auxcord.simulator.oauth.apps import DEFAULT_CLIENT_SECRET
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault
from tests.authorization.internet import certified
from tests.cli.programs import ended, line_with, started
from tests.damage import fold, pages_with, spoil

if TYPE_CHECKING:
    from tests.cli.programs import Environment

pytestmark = [pytest.mark.anyio, pytest.mark.server]

PEOPLE = 60


def digests(folder: Path) -> dict[str, str]:
    """Everything in the data directory, but the index that SQLite's readers share by changing it."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.endswith("-shm"))
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


class Clinic:
    """Somebody's settings and data, and the doctor."""

    def __init__(self, home: Environment) -> None:
        self.home = home
        self.folder = Path(home["HOME"], "vault-data")
        self.path = self.folder / "auxcord.sqlite3"
        self.key = KeyRing.new_key()
        self.ids: list[str] = []
        home |= {
            "AUXCORD_ENCRYPTION_KEYS": self.key,
            "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{self.path}",
            "SPOTIFY_CLIENT_SECRET": DEFAULT_CLIENT_SECRET,
        }

    async def fill(self) -> None:
        store = Store(self.home["AUXCORD_DATABASE_URL"])
        await store.open()
        vault = Vault(store, KeyRing.of([self.key]))
        await vault.open()
        for number in range(PEOPLE):
            user_id = await vault.enrol("issuer", f"{number}")
            await vault.put(user_id, "link", user_id.encode() * 20, expected=0)
            self.ids.append(user_id)
        await store.close()
        fold(self.path)

    def change(self, statement: str, *values: str) -> None:
        with contextlib.closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement, values)
        fold(self.path)

    async def look(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        """Run the doctor; its exit status and findings. The data must be as before."""
        before = digests(self.folder)
        status, out, err = await ended(self.home, "doctor", "--json", *arguments)
        assert digests(self.folder) == before
        assert "Traceback" not in err
        report = json.loads(out)
        assert report["ok"] == (status == 0) == all(f["level"] != "problem" for f in report["findings"])
        for finding in report["findings"]:
            assert finding["sentence"].endswith((".", "?")) or "Example: " in finding["sentence"]
            assert self.key not in out + err
        return status, report["findings"]

    async def problems(self, section: str) -> str:
        status, findings = await self.look()
        assert status == 1
        found = [f for f in findings if f["level"] == "problem" and f["section"] == section]
        assert found, findings
        assert all(f["advice"] for f in found if section != "settings")
        return "\n".join(f"{f['sentence']} {f['advice']}" for f in found)


@pytest.fixture
async def clinic(home: Environment, spotify: str) -> Clinic:
    clinic = Clinic(home)
    await clinic.fill()
    return clinic


async def test_where_all_is_well_nothing_is_a_problem_and_everything_was_looked_at(clinic: Clinic) -> None:
    status, findings = await clinic.look()
    assert status == 0, findings
    assert {f["section"] for f in findings} == {
        "settings", "keys", "database", "people", "spotify", "address",
    }  # fmt: skip
    sentences = "\n".join(f["sentence"] for f in findings)
    for part in (
        "complete and well-formed",
        "One encryption key is in the ring",
        "Only its owner can read it",
        "Every page",
        f"Everything opens: {PEOPLE} records of {PEOPLE} people",
        f"protects {PEOPLE + 1} stored keys",
        "The oldest data key is 0 days old",
        "Web API at",
        "knows the app 000000",
        "clock agrees",
    ):
        assert part in sentences


async def test_in_a_pipe_it_is_plain_text_one_finding_a_line(clinic: Clinic) -> None:
    status, out, _ = await ended(clinic.home, "doctor")
    assert status == 0
    assert "\x1b" not in out
    lines = out.splitlines()
    assert {line.split()[0] for line in lines[:-2]} <= {"ok", "warning"}
    assert lines[-1].startswith("Nothing is a problem")


async def test_it_looks_at_the_data_of_a_running_server(clinic: Clinic) -> None:
    with bind("127.0.0.1", 0) as probe:
        clinic.home["AUXCORD_PORT"] = str(port_of(probe))
    async with started(clinic.home, "serve") as process:
        await line_with(process.stderr, "/mcp")
        async with httpx2.AsyncClient(trust_env=False) as http:
            await http.get(f"http://127.0.0.1:{clinic.home['AUXCORD_PORT']}/healthz")
        status, findings = await clinic.look()
        assert status == 0, findings
        assert "It answers there." in [f["sentence"] for f in findings]
        process.send_signal(signal.SIGKILL)
        await process.wait()
    status, findings = await clinic.look()
    assert status == 0, findings


async def test_a_log_without_its_index_is_read_without_making_one(clinic: Clinic, tmp_path: Path) -> None:
    store = Store(clinic.home["AUXCORD_DATABASE_URL"])
    await store.open()
    vault = Vault(store, KeyRing.of([clinic.key]))
    await vault.open()
    await vault.enrol("issuer", "somebody new")
    shutil.copytree(clinic.folder, tmp_path / "copy")
    await store.close()
    clinic.folder = tmp_path / "copy"
    clinic.path = clinic.folder / clinic.path.name
    clinic.path.with_name(f"{clinic.path.name}-shm").unlink()
    clinic.home["AUXCORD_DATABASE_URL"] = f"sqlite+aiosqlite:///{clinic.path}"
    status, findings = await clinic.look()
    assert status == 0, findings
    assert any(f"of {PEOPLE + 1} people" in f["sentence"] for f in findings)
    assert not clinic.path.with_name(f"{clinic.path.name}-shm").exists()


async def test_damaged_people_are_named_by_our_id_with_kind_and_what_to_do(clinic: Clinic) -> None:
    ada, bram, *_ = clinic.ids
    clinic.change("UPDATE records SET sealed = zeroblob(300) WHERE user_id = ?", ada)
    clinic.change("UPDATE data_keys SET wrapped = zeroblob(150) WHERE user_id = ?", bram)
    told = await clinic.problems("people")
    assert f"Person {ada}: their link does not open. Signing in again mends it" in told
    assert f"Person {bram}: their data key does not open. Signing in again mends it" in told
    assert len(told.splitlines()) == 2


async def test_people_on_a_damaged_page_are_named_and_the_file_is_told_to_be_damaged(clinic: Clinic) -> None:
    connection = sqlite3.connect(clinic.path)
    ada = clinic.ids[7]
    (sealed,) = connection.execute("SELECT sealed FROM records WHERE user_id = ?", (ada,)).fetchone()
    connection.close()
    fold(clinic.path)
    spoil(clinic.path, *pages_with(clinic.path, sealed[:64]))
    assert f"Person {ada}: their rows lie on a damaged page." in await clinic.problems("people")
    told = await clinic.problems("database")
    assert "The file is damaged" in told
    assert "docs/storage.md" in told


@pytest.mark.parametrize(
    ("spoiling", "says"),
    [
        (lambda clinic: clinic.path.write_bytes(clinic.path.read_bytes()[:8192]), "damaged"),
        (lambda clinic: clinic.path.write_bytes(b"a diary, not a database\n" * 99), "no SQLite database"),
        (lambda clinic: clinic.path.write_bytes(b"short"), "too short"),
        (lambda clinic: clinic.path.chmod(0o644), "chmod 600"),
        (lambda clinic: clinic.folder.chmod(0o777), "chmod 700"),
        (lambda clinic: clinic.path.with_name(f"{clinic.path.name}-shm").touch(), "is missing"),
        (lambda clinic: clinic.change("UPDATE alembic_version SET version_num = 'f00d'"), "f00d"),
        (lambda clinic: clinic.change("DELETE FROM alembic_version"), "revision"),
        (lambda clinic: clinic.change("DROP TABLE alembic_version"), "another program"),
        (
            lambda clinic: clinic.change("DELETE FROM users WHERE user_id = ?", clinic.ids[0]),
            "belong to nobody",
        ),
    ],
    ids=["cut", "foreign", "short", "readable", "open", "no-log", "newer", "no-revision", "other", "orphans"],
)
async def test_trouble_with_the_database_is_named(clinic: Clinic, spoiling: Any, says: str) -> None:
    spoiling(clinic)
    assert says in await clinic.problems("database")


async def test_a_ring_that_does_not_fit_is_named_and_no_key_is_shown(clinic: Clinic) -> None:
    clinic.home["AUXCORD_ENCRYPTION_KEYS"] = Fernet.generate_key().decode()
    told = await clinic.problems("people")
    assert KeyRing.of([clinic.key]).ids[0] in told
    assert "not in the ring" in told


async def test_a_damaged_index_key_is_named(clinic: Clinic) -> None:
    clinic.change("UPDATE server_keys SET wrapped = zeroblob(150)")
    assert "index key" in await clinic.problems("people")


async def test_a_copy_of_the_key_beside_the_data_is_found(clinic: Clinic) -> None:
    (clinic.folder / "notes.txt").write_text(f"my key: {clinic.key}\n")
    assert "notes.txt" in await clinic.problems("keys")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"SPOTIFY_CLIENT_ID": "f" * 32}, "does not know this app's client id"),
        ({"SPOTIFY_CLIENT_SECRET": "wrong-secret-not-real"}, "does not accept this app's client secret"),
        ({"AUXCORD_SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:9"}, "did not answer"),
        ({"AUXCORD_SPOTIFY_API_URL": "http://127.0.0.1:9/v1"}, "does not answer"),
        ({"AUXCORD_PUBLIC_URL": "https://auxcord.example.org"}, "https://auxcord.example.org/callback"),
    ],
    ids=["id", "secret", "accounts", "api", "redirect"],
)
async def test_trouble_with_spotify_is_told_apart(
    clinic: Clinic, spotify: str, settings: dict[str, str], says: str
) -> None:
    clinic.home |= settings
    assert says in await clinic.problems("spotify")


async def test_asking_spotify_spends_nothing(clinic: Clinic, spotify: str) -> None:
    async with httpx2.AsyncClient(base_url=spotify, trust_env=False) as control:
        await control.post("/_simulator/auto-approve", json={"user": "ada"})
        await clinic.look()
        log = (await control.get("/_simulator/requests")).json()["requests"]
        asked = sorted((entry["method"], entry["path"], entry["status"]) for entry in log)
        assert asked == [
            ("GET", "/authorize", 302),
            ("GET", "/v1/me", 401),
            ("POST", "/api/token", 400),
        ]


async def test_a_redirect_address_elsewhere_than_the_server_is_named(clinic: Clinic) -> None:
    clinic.home["AUXCORD_PUBLIC_URL"] = "https://auxcord.example.org"
    clinic.home["SPOTIFY_REDIRECT_URI"] = "http://127.0.0.1/callback"
    status, findings = await clinic.look()
    assert status == 1
    assert any("must lie below AUXCORD_PUBLIC_URL" in f["sentence"] for f in findings)


async def test_all_wrong_settings_are_told_at_once(clinic: Clinic) -> None:
    clinic.home |= {"AUXCORD_PORT": "0", "AUXCORD_PROT": "1", "SPOTIFY_CLIENT_ID": "short"}
    told = await clinic.problems("settings")
    for name in ("AUXCORD_PORT", "AUXCORD_PROT", "SPOTIFY_CLIENT_ID"):
        assert name in told


async def test_before_the_first_start_there_is_nothing_wrong_and_nothing_made(
    home: Environment, spotify: str
) -> None:
    before = sorted(Path(home["HOME"]).rglob("*"))
    status, out, _ = await ended(home, "doctor", "--json")
    findings = json.loads(out)["findings"]
    assert status == 0, findings
    assert {f["sentence"].split(" at ")[0] for f in findings if f["level"] == "warning"} == {
        "There is no encryption key yet.",
        "There is no database",
    }
    assert sorted(Path(home["HOME"]).rglob("*")) == before


async def test_settings_are_listed_with_value_and_origin_and_secrets_by_their_shape(
    clinic: Clinic, tmp_path: Path
) -> None:
    secret_file, config = tmp_path / "secret", tmp_path / "config.toml"
    secret_file.write_text(clinic.home.pop("SPOTIFY_CLIENT_SECRET"))
    secret_file.chmod(0o600)
    config.write_text('AUXCORD_LOG_LEVEL = "warning"\n')
    clinic.home |= {"SPOTIFY_CLIENT_SECRET_FILE": str(secret_file), "AUXCORD_CONFIG": str(config)}
    status, out, _ = await ended(clinic.home, "doctor", "--settings", "--json")
    assert status == 0
    entries = {entry["name"]: entry for entry in json.loads(out)}
    assert entries["AUXCORD_LOG_LEVEL"] == {
        "name": "AUXCORD_LOG_LEVEL", "value": "warning", "origin": f"file {config}",
    }  # fmt: skip
    assert entries["SPOTIFY_CLIENT_SECRET"]["value"] == f"(secret: {len(DEFAULT_CLIENT_SECRET)} characters)"
    assert entries["SPOTIFY_CLIENT_SECRET"]["origin"] == f"file {secret_file}"
    assert entries["AUXCORD_ENCRYPTION_KEYS"]["value"] == "(secret: 44 characters)"
    assert entries["AUXCORD_PORT"] == {"name": "AUXCORD_PORT", "value": "8000", "origin": "default"}
    plain = (await ended(clinic.home, "doctor", "--settings"))[1]
    for secret in (clinic.key, DEFAULT_CLIENT_SECRET):
        assert secret not in out + plain
    assert set(entries) == {line.split()[0] for line in plain.splitlines()}


async def test_a_secret_in_the_wrong_place_is_not_shown_either(clinic: Clinic) -> None:
    clinic.home |= {
        "SPOTIFY_CLIENT_ID": clinic.key,
        "AUXCORD_TOOLSETS": DEFAULT_CLIENT_SECRET,
        "AUXCORD_SPOTIFY_API_URL": "https://somebody:not-a-secret-word@api.example.org/v1",
        "AUXCORD_SPOTIFY_APPS": f"{'3' * 32}:not-a-secret-either",
        "AUXCORD_ALLOWED_USERS": "ada,not-a-secret-either",
        "AUXCORD_METRICS_HOST": "5" * 32,
    }
    status, out, err = await ended(clinic.home, "doctor", "--settings")
    assert status == 2
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert "(secret: 44 characters)" in lines["SPOTIFY_CLIENT_ID"]
    assert "//[masked]@api.example.org/v1" in lines["AUXCORD_SPOTIFY_API_URL"]
    for hidden in (clinic.key, DEFAULT_CLIENT_SECRET, "not-a-secret", "5" * 32):
        assert hidden not in out
        assert hidden not in err
    assert "44 characters, and looks like a secret in the wrong place" in err


async def test_its_own_address_is_asked_as_a_browser_here_would_with_the_authorities_of_this_machine(
    clinic: Clinic, tmp_path: Path
) -> None:
    async def healthy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    tls = certified(tmp_path, ("localhost",))
    async with await asyncio.start_server(healthy, "localhost", 0, ssl=tls) as server:
        address = f"https://localhost:{server.sockets[0].getsockname()[1]}"
        clinic.home |= {"AUXCORD_PUBLIC_URL": address, "SPOTIFY_REDIRECT_URI": f"{address}/callback"}
        told = [f["sentence"] for f in (await clinic.look())[1]]
        assert f"The certificate at {address} is not one that this machine trusts." in told
        clinic.home["SSL_CERT_FILE"] = str(tmp_path / "authority.pem")
        assert "It answers there." in [f["sentence"] for f in (await clinic.look())[1]]
