"""Somebody's playlists as plain lists, held against what the tools say of them while there is trouble."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from auxcord.simulator.world.playlists import Entry
from auxcord.tools.playlists.journal import Journal
from tests.reliability.lab import rows_of
from tests.reliability.tool_answers import KINDS, Answer, judged_numbers
from tests.reliability.tool_history import History, Past
from tests.reliability.tool_work import (
    Add,
    Create,
    Details,
    Edit,
    Meddle,
    Move,
    Remove,
    Reorder,
    Trouble,
    Undo,
    may_be_between,
)

if TYPE_CHECKING:
    from collections import Counter

    from auxcord.simulator.world.playlists import Playlist
    from tests.reliability.playlist_edits import Rows
    from tests.reliability.tool_answers import Asker
    from tests.tools.door import Door

_URI = re.compile(r"spotify:playlist:\w{22}")
_LOSS = re.compile(r"This would (?:take ([\d,]+) of|write all) ([\d,]+) entries")
_EARLIER = re.compile(r"earlier changes that can be undone: (\d+)")
_OPEN = ("ambiguous",)


class _Asked(NamedTuple):
    """A question the tool asked before it did anything, taken apart: how many entries go, of how many."""

    gone: int
    total: int


class ToolModel:
    """What must be true.

    Args:
        door: The person's client.
        asker: Calls the tools, with trouble.
        seen: Counts what happened.
    """

    def __init__(self, door: Door, asker: Asker, seen: Counter[str]) -> None:
        self._door = door
        self._asker = asker
        self._world = door.house.world
        self._seen = seen
        self._lists: dict[str, Rows] = {}
        self._history = History()

    async def play(self, moves: list[Move]) -> None:
        """Make the moves one by one and look after each; the first one is always a playlist to work on."""
        self._seen["sequences"] += 1
        self._lists = {}
        await self._forget()
        await self._create(Create("First"), None)
        for move in moves:
            key = list(self._lists)[move.which % len(self._lists)]
            await self._one(key, move)
            for each, rows in self._lists.items():
                is_same = self._rows(each) == rows
                self._seen["playlists unlike the model"] += not is_same
                assert is_same, f"{move} changed playlist {each}, which it is not about"

    async def _one(self, key: str, move: Move) -> None:
        match move.what:
            case Create() as work:
                await self._create(work, move.trouble)
            case Edit() as work:
                await self._edit(key, work, move.trouble)
            case Undo() as work:
                await self._undo(key, work, move.trouble)
            case Meddle() as work:
                self._meddle(key, work)
            case work:
                await self._change(key, work, move.trouble)

    def _rows(self, key: str) -> Rows:
        return rows_of(self._world.playlists[key])

    def _details(self, key: str) -> Details:
        playlist = self._world.playlists[key]
        return Details(playlist.name, playlist.description or "", playlist.public)

    async def _forget(self) -> None:
        """Let nothing be undone any more, as after a day; many days, and the person's consent would end."""
        journal = Journal(self._door.house.vault, self._door.user_id, self._door.house.clock)
        for change in await journal.changes():
            await journal.strike(change)
        self._history.forget()

    # --- Creating -------------------------------------------------------------------------------------------

    async def _create(self, new: Create, trouble: Trouble | None) -> None:
        known = set(self._world.playlists)
        given = new.things.given(list(self._lists)) if self._lists else {}
        meant = new.things.meant(self._lists, self._world.catalogue)
        answer = await self._asker.call("create_playlist", trouble, name=new.name, **given)
        made = set(self._world.playlists) - known
        text = answer.text
        self._asker.must(len(made) <= 1, text)
        if answer.code:
            self._asker.must(answer.code in _OPEN or not made, text)
            named = [uri.rpartition(":")[2] for uri in _URI.findall(text)]
            self._asker.must(not made or not named or made <= set(named), text)
        self._asker.must(bool(made or answer.code), f"said to be created, but is not: {text}")
        for key in made:
            wanted = new.things.found(text, meant)
            states, now = Add(new.things).states((), wanted), self._rows(key)
            if not answer.code:
                self._asker.must(f"created: {new.name} (spotify:playlist:{key})" in text, text)
                if wanted:
                    self._judge(new, answer, states, now)
            self._lists[key] = now

    # --- Changing the entries -------------------------------------------------------------------------------

    async def _change(self, key: str, work: Add | Remove | Reorder, trouble: Trouble | None) -> None:
        playlist, before = self._world.playlists[key], self._lists[key]
        target = self._target(work, playlist)
        arguments = work.arguments(before, list(self._lists))
        meant = work.things.meant(self._lists, self._world.catalogue) if isinstance(work, Add) else ()
        answer = await self._confirmed(key, work.tool, arguments, target, trouble)
        now = self._rows(key)
        if isinstance(work, Reorder):
            self._judge_order(work, answer, before, target, now)
            wanted: Rows = ()
        else:
            wanted = work.things.found(answer.text, meant) if isinstance(work, Add) else ()
            states = work.states(before, wanted) if isinstance(work, Add) else work.states(before)
            self._judge(work, answer, states, now)
        self._lists[key] = now
        if answer.code in {"", *_OPEN} and answer.kind != "Nothing":
            whole = answer.kind == "verified:" or (answer.kind == "partial:" and isinstance(work, Reorder))
            self._history.add(Past(key, before, now, wanted, is_whole=whole))

    def _target(self, work: Add | Remove | Reorder, playlist: Playlist) -> Rows:
        if isinstance(work, Reorder):
            return work.target(playlist.entries)
        return rows_of(playlist) if isinstance(work, Add) else work.states(rows_of(playlist))[-1]

    async def _confirmed(
        self, key: str, tool: str, arguments: dict[str, Any], target: Rows, trouble: Trouble | None
    ) -> Answer:
        """Call; where it asks first, see that nothing was done and no other call is agreed to, and agree."""
        arguments = {"playlist": f"spotify:playlist:{key}", **arguments}
        before = self._lists[key]
        answer = await self._asker.call(tool, trouble, **arguments)
        if answer.kind != "asked":
            return answer
        self._asker.must(self._rows(key) == before, f"not only asked: {answer.text}")
        asked = _question(answer.text)
        self._asker.must(asked == _Asked(len(before) - len(target), len(before)), answer.text)
        self._asker.must(f"of {self._details(key).name}" in answer.text or
                   f"out of {self._details(key).name}" in answer.text, answer.text)  # fmt: skip
        word = answer.text.rsplit("confirm=", 1)[1].strip()
        other = _another(arguments)
        if other is not None:
            again = await self._asker.call(tool, None, **other, confirm=word)
            self._asker.must(
                again.kind == "asked" and self._rows(key) == before, f"agreed to another: {again.text}"
            )
        self._seen["questions agreed to"] += 1
        done = await self._asker.call(tool, trouble, **arguments, confirm=word)
        self._asker.must(done.kind != "asked", f"agreed to, and asked again: {done.text}")
        return done

    def _judge(self, work: object, answer: Answer, states: list[Rows], now: Rows) -> None:
        about = f"{work} came to {len(now)} rows, and it was said: {answer.text}"
        self._asker.must(now in states, about)
        if answer.code:
            self._asker.must(now == states[0] or answer.code in _OPEN, about)
            return
        self._asker.must(answer.kind in KINDS, about)
        if answer.kind in {"verified:", "Nothing"}:
            self._asker.must(now == states[-1], about)
        elif answer.is_read:
            self._asker.must(judged_numbers(answer.text, states[0], states[-1], now), about)

    def _judge_order(self, work: Reorder, answer: Answer, before: Rows, target: Rows, now: Rows) -> None:
        about = f"{work} of {before} came to {now}, and it was said: {answer.text}"
        is_shuffle = work.action == "shuffle"
        self._asker.must(may_be_between(now, before, target), about)
        if answer.code:
            self._asker.must(now == before or answer.code in _OPEN, about)
        elif answer.kind == "Nothing":
            self._asker.must(now == before and (is_shuffle or now == target), about)
        elif answer.kind == "verified:":
            self._asker.must(sorted(now) == sorted(target) and (is_shuffle or now == target), about)
        else:
            self._asker.must(answer.kind in KINDS, about)
            if answer.is_read and not is_shuffle:
                self._asker.must(judged_numbers(answer.text, before, target, now), about)

    # --- Details, undoing, other people ---------------------------------------------------------------------

    async def _edit(self, key: str, work: Edit, trouble: Trouble | None) -> None:
        before, playlist = self._details(key), f"spotify:playlist:{key}"
        answer = await self._asker.call("edit_playlist", trouble, playlist=playlist, **work.arguments())
        now, target = self._details(key), work.target(before)
        about = f"{work} of {before} came to {now}, and it was said: {answer.text}"
        self._asker.must(now in {before, target}, about)
        if answer.kind == "verified:":
            self._asker.must(now == target, about)
        elif answer.code:
            self._asker.must(now == before or answer.is_open, about)
        else:
            self._asker.must(answer.kind == "unconfirmed:" and now == target, about)
        if answer.is_doubtful:
            await self._forget()  # whether it can be undone depends on how far it came
        elif not answer.code:
            self._history.add(Past(key, self._lists[key], self._lists[key], details=before))

    async def _undo(self, key: str, work: Undo, trouble: Trouble | None) -> None:
        meant = None if work.is_any else key
        pasts = self._history.of(meant)
        given = {} if work.is_any else {"playlist": f"spotify:playlist:{key}"}
        was = dict(self._lists)
        details = {each: self._details(each) for each in was}
        more = {"even_if_changed": True} if work.even_if_changed else {}
        answer = await self._asker.call("undo_playlist_change", trouble, **given, **more)
        self._lists = {each: self._rows(each) for each in was}
        if not pasts:
            is_same = self._lists == was and details == {each: self._details(each) for each in was}
            self._asker.must(
                bool(answer.code) and is_same, f"there was nothing to undo, and it was said: {answer.text}"
            )
            return
        await self._judge_undoing(work, answer, pasts, was[pasts[-1].key], details[pasts[-1].key])

    async def _judge_undoing(
        self, work: Undo, answer: Answer, pasts: list[Past], was: Rows, details: Details
    ) -> None:
        past, text = pasts[-1], answer.text
        now, after = self._rows(past.key), self._details(past.key)
        about = f"undoing {past} of {was} came to {now}, {after}, and it was said: {text}"
        if answer.code:
            is_same = now == was and after == details
            self._asker.must(is_same or answer.is_open, about)
            if "was changed since" in text:
                self._asker.must(past.may_refuse(was) and not work.even_if_changed, about)
            if answer.is_doubtful and past.details is not None:
                await self._forget()
            return
        if answer.kind == "verified:" or (past.details is not None and answer.kind == "unconfirmed:"):
            self._asker.must(text.startswith("undone: ") and f"(spotify:playlist:{past.key})" in text, about)
            self._asker.must(past.is_undone(was, now) and after == (past.details or after), about)
            earlier = _EARLIER.search(text)
            self._asker.must(int(earlier[1]) == len(pasts) - 1 if earlier else len(pasts) == 1, about)
            self._history.undone(past)
            self._seen["undone"] += 1
            return
        self._asker.must(text.startswith("not undone: "), about)
        self._asker.must(may_be_between(now, was, past.before), about)
        if answer.is_read and was == past.after:
            self._asker.must(judged_numbers(text, was, past.before, now), about)
        past.added = ()
        past.is_whole = answer.is_read and was == past.after
        if past.is_whole:
            past.after = now
        else:
            await self._forget()

    def _meddle(self, key: str, work: Meddle) -> None:
        self._seen["changes by somebody else"] += 1
        playlist, house = self._world.playlists[key], self._door.house
        uri = next(iter(self._world.catalogue.tracks))
        another = Entry(self._world.catalogue.tracks[uri], house.clock.now, "ada", f"spotify:track:{uri}")
        playlist.commit(house.clock.now, work.target(playlist.entries, another))
        self._asker.calm()
        self._lists[key] = self._rows(key)


def _question(text: str) -> _Asked | None:
    found = _LOSS.search(text)
    if found is None:
        return None
    gone, total = (int((number or "0").replace(",", "")) for number in found.groups())
    return _Asked(gone, total)


def _another(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """A call that is much the same, and would have to be asked about as well."""
    if "uris" in arguments:
        return arguments | {"uris": [*arguments["uris"], arguments["uris"][0]]}
    return None
