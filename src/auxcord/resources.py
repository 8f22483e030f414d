"""What a client can attach to a conversation without calling a tool: the same answers the tools give.

Every level a person can choose holds the permission to read, which is all that resources need; a token that
its client has narrowed may lack it, and then reads none.
"""

# No postponed annotations: FastMCP resolves them at run time.
import functools
import logging
from collections.abc import Awaitable, Callable

from fastmcp.exceptions import ResourceError
from fastmcp.resources import Resource, ResourceTemplate

from auxcord.caller import current_caller
from auxcord.spotify.uris import Kind, SpotifyUri, checked_id
from auxcord.tools.account import get_account
from auxcord.tools.catalog import get_items, open_item
from auxcord.tools.library import list_library
from auxcord.tools.playback import get_playback
from auxcord.tools.playlists import get_playlist

TEXT = "text/plain"
PLAYLIST_TEMPLATE = "spotify://playlist/{id}"


class ResourceStoppedError(ResourceError):
    """Carries what a resource raised past FastMCP's own reporting; see `tools.toolset.ToolStoppedError`."""

    def __init__(self, reason: Exception) -> None:
        super().__init__("The resource stopped.", log_level=logging.DEBUG)
        self.reason = reason


def _stopping(function: Callable[..., Awaitable[str]]) -> Callable[..., Awaitable[str]]:
    """Let what a resource raises be answered and logged in one place."""

    @functools.wraps(function)
    async def stopping(**arguments: str) -> str:
        try:
            return await function(**arguments)
        except Exception as error:  # noqa: BLE001  as said
            raise ResourceStoppedError(error) from None

    return stopping


@_stopping
async def _me() -> str:
    return str(await get_account.function(current_caller()))


@_stopping
async def _playback() -> str:
    return str(await get_playback.function(current_caller()))


@_stopping
async def _playlists() -> str:
    return str(await list_library.function(current_caller(), kind="playlists", limit=200))


@_stopping
async def _playlist(id: str) -> str:  # noqa: A002  the name the template gives it
    playlist = str(SpotifyUri(Kind.PLAYLIST, checked_id(id)))
    return str(await get_playlist.function(current_caller(), playlist=playlist))


@_stopping
async def _track(id: str) -> str:  # noqa: A002
    return str(await get_items.function(current_caller(), uris=[str(SpotifyUri(Kind.TRACK, checked_id(id)))]))


def _opened(kind: Kind) -> Callable[..., Awaitable[str]]:
    @_stopping
    async def opened(id: str) -> str:  # noqa: A002
        return str(await open_item.function(current_caller(), uri=str(SpotifyUri(kind, checked_id(id)))))

    return opened


def resources() -> list[Resource]:
    """Make the resources with a fixed address."""
    return [
        Resource.from_function(
            _me, "spotify://me", name="me", title="Account", mime_type=TEXT,
            description="Whose Spotify account this is, and what this client may do.",
        ),
        Resource.from_function(
            _playback, "spotify://playback", name="playback", title="What is playing", mime_type=TEXT,
            description="What plays now, and where.",
        ),
        Resource.from_function(
            _playlists, "spotify://playlists", name="playlists", title="Playlists", mime_type=TEXT,
            description="The person's playlists.",
        ),
    ]  # fmt: skip


def templates() -> list[ResourceTemplate]:
    """Make the resources whose address holds an id."""
    made = {
        PLAYLIST_TEMPLATE: (_playlist, "Playlist", "What is in a playlist."),
        "spotify://track/{id}": (_track, "Track", "A track."),
        "spotify://album/{id}": (_opened(Kind.ALBUM), "Album", "An album and its tracks."),
        "spotify://artist/{id}": (_opened(Kind.ARTIST), "Artist", "An artist and their albums."),
        "spotify://show/{id}": (_opened(Kind.SHOW), "Show", "A podcast and its newest episodes."),
    }
    return [
        ResourceTemplate.from_function(
            function, address, name=title.lower(), title=title, description=description, mime_type=TEXT
        )
        for address, (function, title, description) in made.items()
    ]
