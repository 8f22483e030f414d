"""T02: any two different ids are two people, and no file name ever holds an id.

Bar: at least 10,000 pairs of ids (any Unicode, NUL, `../`, `%2e`, NFC and NFD, case, 10 kB): different ids
are different people, the same id is the same person, no file name holds a byte of an id, no exception.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from auxcord.store.schema import users

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from auxcord.store import Store
    from auxcord.vault import Vault
    from bench.figures import Figures

PAIRS = 10_000
ISSUERS = ("https://accounts.spotify.com", "https://accounts.spotify.com#user", "", "\x00", "a", "ab")
HOSTILE = [
    "", "\x00", "a\x00b", "../../etc/passwd", "..", ".", "/", "\\", "C:\\con", "%2e%2e%2f", "%00", "a.b",
    "a/b", "a@b", "a_b", "'; DROP TABLE users; --", "caf\u00e9", "cafe\u0301", "Ada", "ada", "ADA", "\u0131",
    "I", "stra\u00dfe", "strasse", "\ud800", "\U0001d504", "x" * 10_000, "x" * 9_999, "\u202eada", "ada ",
    " ada", "\ufeffada", "\n", "-rf", "~", "$(id)", "auxcord.db-wal",
]  # fmt: skip
NEAR: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    str.upper,
    str.lower,
    str.casefold,
    str.strip,
    lambda text: unicodedata.normalize("NFC", text),
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: unicodedata.normalize("NFKC", text),
    lambda text: quote(text, errors="replace"),
    unquote,
    lambda text: re.sub(r"[^\w\-_]", "_", text)[:50],  # what others make file names of
    lambda text: f"{text}\x00",
    lambda text: f"../{text}",
    lambda text: text[:50],
    lambda text: text * 2,
    lambda text: text,  # the last stands for: an unrelated id
)
TEXT = st.text(st.characters(exclude_categories=()), max_size=16)
LONG = st.text(st.characters(exclude_categories=()), min_size=1, max_size=4).map(lambda text: text * 2_500)
IDS = st.one_of(TEXT, TEXT, TEXT, st.sampled_from(HOSTILE), LONG)


def compared(vault: Vault) -> tuple[set[tuple[str, str]], list[bool]]:
    """Compare the digests of many pairs of accounts; returns the accounts, and which pairs were the same."""
    seen: set[tuple[str, str]] = set()
    same: list[bool] = []

    @given(IDS, st.sampled_from(NEAR), IDS, st.sampled_from(ISSUERS), st.sampled_from(ISSUERS))
    @settings(max_examples=PAIRS, suppress_health_check=list(HealthCheck), deadline=None, database=None)
    def compare(one: str, near: Callable[[str], str], other: str, issuer: str, other_issuer: str) -> None:
        first, second = (issuer, one), (other_issuer, other if near is NEAR[-1] else near(one))
        assert (vault._index.lookup(*first) == vault._index.lookup(*second)) == (first == second)
        seen.update((first, second))
        same.append(first == second)

    compare()
    return seen, same


def everything(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.anyio
async def test_every_id_is_a_person_of_its_own_and_no_file_is_named_after_one(
    vault: Vault, store: Store, path: Path, figures: Figures
) -> None:
    seen, same = compared(vault)
    before = everything(path)  # names of tables, which Hypothesis finds and tries as ids
    accounts = sorted(seen | {(issuer, account) for issuer in ISSUERS for account in HOSTILE})
    enrolled = await asyncio.gather(*(vault.enrol(*account) for account in accounts))
    again = await asyncio.gather(*(vault.enrol(*account) for account in reversed(accounts)))
    assert list(reversed(again)) == enrolled
    assert all(re.fullmatch("[0-9a-f]{32}", user_id) for user_id in enrolled)
    ((rows,),) = await store.fetch(select(func.count()).select_from(users))
    names = {file.name for file in path.parent.iterdir()}
    assert names == {"auxcord.db", "auxcord.db-wal", "auxcord.db-shm"}

    after = everything(path)
    texts = {account.encode("utf-8", "surrogatepass") for _, account in accounts}
    telling = {text for text in texts if len(text) >= 12 and len(set(text)) > 4}
    figures.measure("pairs of ids compared", len(same), f">= {PAIRS}")
    figures.measure("pairs of which both are the same id", sum(same))
    figures.measure("ids enrolled", len(accounts), ">= 4000")
    figures.count("people fewer than ids", len(accounts) - len(set(enrolled)), "== 0")
    figures.count("rows fewer than ids", len(accounts) - rows, "== 0")
    figures.count("file names that are not the database's own", len(names) - 3, "== 0")
    found = sum(text in after and text not in before for text in telling)
    figures.count("ids found in the bytes of the data directory", found, "== 0")


@pytest.mark.anyio
async def test_issuer_and_account_are_not_run_together(vault: Vault) -> None:
    assert await vault.enrol("ab", "c") != await vault.enrol("a", "bc")
