"""T29: the audit trail holds each security event once, in order, and every tampering is named by line.

Pass: each event once and ordered; the chain verifies; a deleted, edited or moved line is the line at which
`verify` fails; no secret is in it; newline, ANSI and bidirectional control characters are escaped; lines
written by four processes at once form one chain.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

import pytest

from auxcord.audit import Event
from auxcord.audit.lines import NOTHING, Details, chained, commitment, encoded
from auxcord.audit.verification import Anchor
from auxcord.errors import InputError
from tests.audit.desk import KEY, Desk, open_desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bench.figures import Figures

pytestmark = pytest.mark.anyio

LINES = 40
COLUMNS = {
    "at": "at + 1",
    "event": "'user:sign-in:complete'",
    "commitment": "randomblob(32)",
    "previous": "randomblob(32)",
    "hash": "randomblob(32)",
}
DETAILS = {"user_id": "NULL", "salt": "randomblob(32)", "content": """'{"client":"another"}'"""}
INJECTED = (
    "one\ntwo\r\x1b[31mred\x1b[0m\u202eesrever\u2066\u200b\x00\ud800 aux_at_test-not-real Bearer not-real"
)
WRITER = """
import asyncio, sys
from auxcord.audit import Event, Trail
from auxcord.store import Store
async def main(url, who):
    store = Store(url)
    await store.open()
    trail = Trail(store, lambda: bytes(range(32)))
    for start in range(0, 100, 10):
        print("ready", flush=True)
        sys.stdin.readline()
        numbers = range(start, start + 10)
        await asyncio.gather(*(trail.record(Event.SIGNED_IN, client=f"{who}-{number}") for number in numbers))
    await store.close()
asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as desk:
        yield desk


async def filled(desk: Desk) -> str:
    """Write lines about two people and nobody; the id of the first."""
    ada, bram = await desk.person("ada"), await desk.person("bram")
    for number in range(LINES // 4):
        await desk.write(2, ada)
        await desk.write(1, bram)
        await desk.trail.record(Event.LIMIT_HIT, limit=f"limit-{number}")
    return ada


async def test_a_whole_trail_verifies_and_gives_an_anchor(desk: Desk) -> None:
    assert (await desk.verify()) == (0, 1, None, None)
    await filled(desk)
    verdict = await desk.verify()
    assert (verdict.lines, verdict.first, verdict.fault) == (LINES, 1, None)
    assert verdict.end is not None
    anchor = f"{verdict.end.seq}:{verdict.end.hash.hex()}"
    await desk.write(5)
    assert (await desk.verify(anchor)).fault is None


async def test_every_change_of_every_line_is_found_at_that_line(desk: Desk, figures: Figures) -> None:
    await filled(desk)
    tried = missed = 0
    for seq in range(1, LINES + 1):
        for table, columns in (("audit", COLUMNS), ("audit_details", DETAILS)):
            for column, value in columns.items():
                if column == "user_id" and seq % 4 == 0:
                    value = "(SELECT user_id FROM users LIMIT 1)"  # noqa: PLW2901 - a line about nobody
                found = await desk.fault_after(f"UPDATE {table} SET {column} = {value} WHERE seq = {seq}")  # noqa: S608
                tried, missed = tried + 1, missed + (found != seq)
    figures.count("changes tried, one column of one line each", tried, ">= 320")
    figures.count("changes not found at their line", missed, "== 0")


async def test_every_removed_line_is_named(desk: Desk, figures: Figures) -> None:
    await filled(desk)
    missed = 0
    for seq in range(1, LINES + 1):
        missed += await desk.fault_after(f"DELETE FROM audit WHERE seq = {seq}") != seq  # noqa: S608
        # Its details gone, but nobody was erased:
        missed += await desk.fault_after(f"DELETE FROM audit_details WHERE seq = {seq}") != seq  # noqa: S608
        # All that followed gone too:
        missed += await desk.fault_after(f"DELETE FROM audit WHERE seq >= {seq}") != seq  # noqa: S608
    figures.count("removed lines, details and ends of the trail not named", missed, "== 0")


async def test_moved_lines_are_found_at_the_first_of_them(desk: Desk) -> None:
    await filled(desk)
    for one in range(1, LINES):
        swap = [
            f"UPDATE {table} SET seq = {target} WHERE seq = {source}"  # noqa: S608
            for table in ("audit", "audit_details")
            for source, target in ((one, -1), (one + 1, one), (-1, one + 1))
        ]
        assert await desk.fault_after(*swap) == one


async def test_a_line_made_up_without_the_key_is_found(desk: Desk) -> None:
    await filled(desk)
    copy = (
        "INSERT INTO audit SELECT last.seq + 1, line.at, line.event, line.commitment, last.hash, line.hash "
        "FROM audit line, (SELECT * FROM audit ORDER BY seq DESC LIMIT 1) last WHERE line.seq = 3"
    )
    assert await desk.fault_after(copy) == LINES + 1


async def test_who_has_no_key_cannot_mend_the_chain_after_a_change(desk: Desk) -> None:
    await filled(desk)
    no_key, previous, changes = bytes(32), NOTHING, []
    for line in await desk.lines():
        event = Event.SIGNED_IN if line.seq == 20 else line.event
        changed = chained(no_key, line.seq, line.at, event, line.commitment, previous)
        link = f"previous = x'{previous.hex()}', hash = x'{changed.hex()}', event = '{event}'"
        if line.seq >= 20:
            changes.append(f"UPDATE audit SET {link} WHERE seq = {line.seq}")  # noqa: S608 - hashes and numbers
        previous = changed if line.seq >= 20 else line.hash
    assert await desk.fault_after(*changes) == 20


async def test_a_genuine_line_of_another_history_is_found(desk: Desk) -> None:
    await filled(desk)
    desk.tamper("CREATE TABLE before AS SELECT * FROM audit_checkpoints")
    await desk.write(1)
    desk.tamper(
        "CREATE TABLE other AS SELECT * FROM audit WHERE seq = 41",
        "CREATE TABLE other_details AS SELECT * FROM audit_details WHERE seq = 41",
        "DELETE FROM audit_details WHERE seq = 41",
        "DELETE FROM audit WHERE seq = 41",
        "DELETE FROM audit_checkpoints",
        "INSERT INTO audit_checkpoints SELECT * FROM before",
    )
    await desk.write(3)
    assert (await desk.verify()).fault is None  # as with any older copy of a database, short of an anchor
    swap = ("DELETE FROM audit WHERE seq = 41", "INSERT INTO audit SELECT * FROM other")
    details = (
        "DELETE FROM audit_details WHERE seq = 41",
        "INSERT INTO audit_details SELECT * FROM other_details",
    )
    assert await desk.fault_after(*swap, *details) == 42
    # Nor does it help to let the next line name the genuine one as the line before it.
    mended = "UPDATE audit SET previous = (SELECT hash FROM other) WHERE seq = 42"
    assert await desk.fault_after(*swap, *details, mended) == 42


async def test_a_checkpoint_cannot_be_moved_to_hide_a_cut(desk: Desk) -> None:
    await filled(desk)
    cut = "DELETE FROM audit WHERE seq > 30"
    move = (
        "UPDATE audit_checkpoints SET (seq, hash, at) = (SELECT seq, hash, at FROM audit WHERE seq = 30) "
        "WHERE name = 'head'"
    )
    assert await desk.fault_after(cut, move) is not None
    assert await desk.fault_after(cut, "DELETE FROM audit_checkpoints WHERE name = 'head'") == 31
    start = "DELETE FROM audit WHERE seq <= 5"
    forged = (
        "INSERT INTO audit_checkpoints SELECT 'pruned', 5, previous, at, randomblob(32) "
        "FROM audit WHERE seq = 6"
    )
    assert await desk.fault_after(start) == 1
    assert await desk.fault_after(start, forged) is not None


async def test_lines_written_after_a_cut_do_not_hide_it(desk: Desk) -> None:
    await filled(desk)
    desk.tamper("DELETE FROM audit WHERE seq > 30", "DELETE FROM audit_checkpoints")
    await desk.write(3)
    fault = (await desk.verify()).fault
    assert fault is not None
    assert fault.seq == 31


async def test_an_anchor_finds_out_who_puts_back_an_older_copy(desk: Desk) -> None:
    await desk.write(10)
    older = [line.hash.hex() for line in await desk.lines()]
    await desk.write(1)
    newest = (await desk.lines())[-1]
    anchor = f"11:{newest.hash.hex()[:16]}"
    assert (await desk.verify(anchor)).fault is None
    assert (await desk.verify(f"10:{older[-1]}")).fault is None
    await desk.write(1)
    other = (await desk.verify(f"10:{'0' * 64}")).fault
    assert other is not None
    assert other.seq == 10
    beyond = (await desk.verify(f"99:{'0' * 64}")).fault
    assert beyond is not None
    assert beyond.seq == 13
    for text in ("", "x", "11", "11:zz", f"11:{'0' * 15}", f"-1:{'0' * 64}"):
        with pytest.raises(InputError, match="An anchor is"):
            Anchor.of(text)


async def test_erasure_takes_the_details_and_leaves_the_chain_whole(desk: Desk) -> None:
    ada = await filled(desk)
    await desk.erase(ada)
    lines = await desk.lines()
    assert [line.seq for line in lines if line.content is None] == [
        seq for seq in range(1, LINES + 1) if seq % 4 in {1, 2}
    ]
    assert lines[-1].event == Event.ERASED
    assert lines[-1].user_id is None
    verdict = await desk.verify()
    assert (verdict.lines, verdict.fault) == (LINES + 1, None)
    # Whose details were not hers may still not go, and neither may what her erasure says:
    assert await desk.fault_after("DELETE FROM audit_details WHERE seq = 3") == 3
    assert await desk.fault_after("DELETE FROM audit_details WHERE seq = 41") == 41


async def test_what_was_erased_cannot_be_guessed_back_from_the_chain(desk: Desk) -> None:
    ada = await desk.person("ada")
    await desk.trail.record(Event.SIGNED_IN, user=ada)
    (before,) = await desk.lines()
    await desk.erase(ada)
    after = (await desk.lines())[0]
    assert (after.salt, after.content, after.user_id) == (None, None, None)
    content = encoded(Details())
    assert before.content == content
    guesses = [commitment(salt, ada, content) for salt in (b"", bytes(32), ada.encode(), KEY)]
    assert after.commitment not in guesses
    assert before.salt is not None
    assert len(before.salt) == 32


async def test_what_comes_from_strangers_is_on_one_line_and_holds_no_secret(desk: Desk) -> None:
    await desk.trail.record(Event.CONSENT_GIVEN, client=INJECTED, tool=INJECTED, name=INJECTED)
    await desk.trail.record(Event.CONSENT_GIVEN, client="x" * 100_000)
    first, second = await desk.lines()
    assert first.content is not None
    assert second.content is not None
    assert first.content.isprintable()
    assert "not-real" not in first.content
    assert "\\u000a" in first.content
    assert "\\u202e" in first.content
    assert "\\u001b[31mred" in first.content
    assert len(second.content) < 400
    assert json.loads(first.content)["facts"]["name"].startswith("one")
    assert (await desk.verify()).fault is None


async def test_lines_of_four_processes_form_one_chain(desk: Desk, figures: Figures) -> None:
    url = f"sqlite+aiosqlite:///{desk.store.path}"
    writers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, url, who, stdin=-1, stdout=-1, stderr=-1
        )
        for who in "abcd"
    ]
    for _ in range(10):  # in rounds, so that they do write at once
        for writer in writers:
            assert writer.stdout is not None
            while await asyncio.wait_for(writer.stdout.readline(), 60) != b"ready\n":
                pass
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write(b"go\n")
    ended = await asyncio.gather(*(asyncio.wait_for(writer.communicate(), 60) for writer in writers))
    assert [err for _, err in ended] == [b""] * 4
    lines = await desk.lines()
    clients = [line.details.client for line in lines if line.details]
    verdict = await desk.verify()
    figures.count("lines written by four processes at once", len(lines), "== 400")
    figures.count("of them, faults of the chain", int(verdict.fault is not None), "== 0")
    assert len(set(clients)) == 400


async def test_a_trail_that_is_written_meanwhile_verifies(desk: Desk) -> None:
    await desk.write(30)
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            await desk.trail.record(Event.SIGNED_IN)

    writing = asyncio.create_task(write())
    verdicts = [await desk.verify() for _ in range(20)]
    stop.set()
    await writing
    assert [verdict.fault for verdict in verdicts] == [None] * 20
    assert verdicts[-1].lines >= 30
