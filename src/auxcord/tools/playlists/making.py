"""New playlists."""

# No postponed annotations: pydantic resolves them at run time.
from functools import partial
from typing import Annotated

from pydantic import Field

from auxcord.caller import Caller, Permission
from auxcord.errors import AmbiguousWriteError, AuxcordError
from auxcord.tools.inputs import Lines
from auxcord.tools.matching import choose
from auxcord.tools.paging import PAGE
from auxcord.tools.playlists import ownership
from auxcord.tools.playlists.adding import add, cut_off, half_made
from auxcord.tools.playlists.arguments import EDIT, MoreItems
from auxcord.tools.playlists.contents import fill, size
from auxcord.tools.playlists.gathering import gathered, understood
from auxcord.tools.playlists.journal import Added, Journal
from auxcord.tools.toolset import tool
from auxcord.views import clean, lines


@tool(title="Create a playlist", needs=Permission.EDIT, scopes=EDIT)
async def create_playlist(
    caller: Caller,
    name: Annotated[str, Field(min_length=1, max_length=100)],
    uris: MoreItems = (),
    songs: Lines = (),
    description: Annotated[str, Field(max_length=300)] = "",
    public: Annotated[bool, Field(description="Show it on the profile")] = False,  # noqa: FBT002  named by JSON
) -> str:
    """Make a new playlist and fill it: up to 10,000 uris, or up to 100 songs by name, looked up for you.

    Checks that they are in it. Call it once per playlist: a second call makes a second one.
    """
    given = await gathered(caller, understood(uris))
    chosen = await choose(caller, songs)
    wanted = given + chosen.uris
    if wanted and (half := await half_made(caller, name, wanted)) is not None:
        target = await ownership.editable(caller, half)
        head = f"playlist: {clean(target.name)} ({target.uri}), begun by a call that was cut off"
        told = await add(caller, target, wanted, None, await size(caller, target))
        return lines(head, told, chosen.told)
    try:
        made = await caller.spotify.playlists.create(name, public=public, description=description)
    except AmbiguousWriteError as error:
        raise await _maybe_made(caller, name, error) from None
    shown = "shown on the profile" if made.public else "not shown on the profile"
    head = f"created: {clean(made.name)} ({made.uri}), {shown}"
    if not wanted:
        return head
    begun = partial(
        Journal.of(caller).note, made.id, name, "created", added=Added(0, tuple(wanted), 0), is_cut_off=True
    )
    async with cut_off(begun):
        filling = await fill(caller, made.id, wanted, None, 0)
    return lines(head, filling.told(), chosen.told)


async def _maybe_made(caller: Caller, name: str, error: AmbiguousWriteError) -> AmbiguousWriteError:
    """Look whether an empty playlist of that name is there, after the answer to creating one was lost."""
    await caller.sleep(1.0)
    try:
        page = await caller.spotify.playlists.mine(limit=PAGE, offset=0)
    except AuxcordError:
        return AmbiguousWriteError(
            str(error), advice="Look with list_library, kind playlists, before trying again."
        )
    empty = [entry.uri for entry in page.present if entry.name == name and not entry.total]
    if empty:
        return AmbiguousWriteError(
            f"{error} An empty playlist of that name is there: {' '.join(empty)}",
            advice="If it is new, fill it with add_to_playlist instead of creating another.",
        )
    advice = "No empty playlist of that name is there yet; look with list_library before trying again."
    return AmbiguousWriteError(str(error), advice=advice)
