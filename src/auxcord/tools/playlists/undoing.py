"""Taking a change to a playlist back."""

# No postponed annotations: pydantic resolves them at run time.
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import InputError
from auxcord.tools.playlists import ownership
from auxcord.tools.playlists.arguments import EDIT, PlaylistName
from auxcord.tools.playlists.contents import read
from auxcord.tools.playlists.details import set_details
from auxcord.tools.playlists.journal import Added, Change, Details, Journal, digest, packed
from auxcord.tools.playlists.reshaping import planned, reshape
from auxcord.tools.toolset import tool
from auxcord.views import clean, lines


@tool(title="Undo a playlist change", needs=Permission.EDIT, scopes=EDIT)
async def undo_playlist_change(
    caller: Caller,
    playlist: PlaylistName | None = None,
    even_if_changed: Annotated[  # noqa: FBT002  named by JSON
        bool, Field(description="Also undo what others changed since")
    ] = False,
) -> str:
    """Take back the last change made here to a playlist (of the last 24 hours); again for the one before.

    Without playlist, the last change to any.
    """
    journal = Journal.of(caller)
    change, rest = await _last(caller, journal, playlist)
    head = f"undone: {change.what}, in {clean(change.name)} (spotify:playlist:{change.playlist_id})"
    earlier = f"earlier changes that can be undone: {rest}" if rest else ""
    if change.details is not None:
        told = await _restore_details(caller, change.playlist_id, change.details)
        await journal.strike(change)
        return lines(head, told, earlier)
    current = await read(caller, change.playlist_id)
    target = _target(change, current, even_if_changed=even_if_changed)
    outcome = await reshape(caller, change.playlist_id, planned(current, target), current, target)
    if outcome.is_done:
        await journal.strike(change)
        return lines(head, outcome.told(_done(change, len(target))), earlier)
    return lines(
        f"not undone: {change.what}", outcome.told(""), await _go_on(journal, change, target, outcome.shown)
    )


async def _go_on(journal: Journal, change: Change, target: Sequence[str], shown: Sequence[str] | None) -> str:
    """Write down where it has to come to and where it is, and say how to go on from there."""
    after = b"" if shown is None else digest(shown)
    await journal.amend(change, added=None, before=packed(target), after=after)
    if shown is None:
        return "Look with get_playlist; calling again with even_if_changed=true goes on."
    return "Calling again goes on."


def _done(change: Change, entries: int) -> str:
    if change.added is not None:
        remain = "1 entry remains" if entries == 1 else f"{entries:,} entries remain"
        return f"what was added is out again; {remain}"
    return f"the playlist has the {entries:,} entries it had"


async def _last(caller: Caller, journal: Journal, playlist: str | None) -> tuple[Change, int]:
    changes = await journal.changes()
    if playlist is not None:
        wanted = await ownership.found(caller, playlist)
        changes = [change for change in changes if change.playlist_id == wanted.id]
    if not changes:
        raise InputError(
            "There is no change to undo: nothing was changed here in the last 24 hours.", advice=""
        )
    return changes[0], len(changes) - 1


def _target(change: Change, current: list[str], *, even_if_changed: bool) -> list[str]:
    """Tell what the playlist has to have again.

    Raises:
        InputError: Somebody changed it since.
    """
    if change.added is not None:
        uris = list(change.added.uris)
        arrived = _arrived(change.added, current)
        if arrived is not None:
            place = change.added.place
            return current[:place] + current[place + arrived :]
        if not even_if_changed:
            raise _changed_since(change)
        left = list(current)
        for uri in uris:
            if uri in left:
                left.reverse()
                left.remove(uri)
                left.reverse()
        return left
    before = change.entries_before()
    if digest(current) not in {change.after, digest(before)} and not even_if_changed:
        raise _changed_since(change)
    return before


def _arrived(added: Added, current: list[str]) -> int | None:
    """Tell how many of the entries that were put in are in their place, from the first on.

    What stood there before may look the same, so the playlist has to have grown by as many; unless it was
    somebody else who made it shorter, which only the person can tell.
    """
    place, uris, size = added.place, added.uris, added.size
    whole = current[place : place + len(uris)] == list(uris)
    grown = len(current) - size
    if grown >= len(uris) or size < 0:
        return len(uris) if whole else None
    if whole or grown < 0 or current[place : place + grown] != list(uris[:grown]):
        return None
    return grown


def _changed_since(change: Change) -> InputError:
    return InputError(
        f"{clean(change.name)} was changed since, here only in part or by somebody else, so undoing "
        f"({change.what}) would undo that too. Nothing was changed.",
        advice="Ask the person; even_if_changed=true does it all the same.",
    )


async def _restore_details(caller: Caller, playlist_id: str, details: Details) -> str:
    return await set_details(
        caller,
        playlist_id,
        name=details.name,
        description=details.description,
        public=details.public,
        verified="name, description and visibility are as they were",
    )
