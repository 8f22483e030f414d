"""What a model can do, by domain. `TOOLSETS` is the one list: a tool that is not in it does not exist."""

from typing import Final

from auxcord.tools.account import ACCOUNT
from auxcord.tools.catalog import CATALOG
from auxcord.tools.history import HISTORY
from auxcord.tools.library import LIBRARY
from auxcord.tools.playback import PLAYBACK
from auxcord.tools.playlists import PLAYLISTS
from auxcord.tools.toolset import Toolset

__all__ = ["TOOLSETS"]

TOOLSETS: Final[tuple[Toolset, ...]] = (ACCOUNT, CATALOG, PLAYBACK, LIBRARY, PLAYLISTS, HISTORY)
