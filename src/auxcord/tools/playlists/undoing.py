"""Taking a change to a playlist back."""

# No postponed annotations: pydantic resolves them at run time.
from typing import Annotated

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import InputError
from auxcord.spotify.uris import Kind, SpotifyUri
from auxcord.tools.playlists import ownership
from auxcord.tools.playlists.arguments import EDIT, PlaylistName
from auxcord.tools.playlists.contents import read
from auxcord.tools.playlists.journal import Change, Details, Journal, digest
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
        await _restore_details(caller, change.playlist_id, change.details)
        await journal.strike(change)
        return lines(head, "verified: name, description and visibility are as they were.", earlier)
    current = await read(caller, change.playlist_id)
    target = _target(change, current, even_if_changed=even_if_changed)
    outcome = await reshape(caller, change.playlist_id, planned(current, target), current, target)
    if outcome.is_done:
        await journal.strike(change)
        return lines(head, outcome.told(f"the playlist has the {len(target):,} entries it had"), earlier)
    return lines(f"not undone: {change.what}", outcome.told(""), "Calling again goes on.")


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
        place, uris = change.added.place, list(change.added.uris)
        if current[place : place + len(uris)] == uris:
            return current[:place] + current[place + len(uris) :]
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


def _changed_since(change: Change) -> InputError:
    return InputError(
        f"{clean(change.name)} was changed since, here only in part or by somebody else, so undoing "
        f"({change.what}) would undo that too. Nothing was changed.",
        advice="Ask the person; even_if_changed=true does it all the same.",
    )


async def _restore_details(caller: Caller, playlist_id: str, details: Details) -> None:
    await caller.spotify.playlists.change_details(
        SpotifyUri(Kind.PLAYLIST, playlist_id).id,
        name=details.name,
        description=details.description,
        public=details.public,
    )
