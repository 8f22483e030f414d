"""What the tools for playlists take, and which of Spotify's scopes they need."""

# No postponed annotations: pydantic resolves them at run time.
from typing import Annotated, Final

from pydantic import Field

from auxcord.tools.inputs import AsList, Text
from auxcord.tools.playlists.contents import LONGEST

READ: Final = ("playlist-read-private", "playlist-read-collaborative")
EDIT: Final = (*READ, "playlist-modify-private", "playlist-modify-public")

PlaylistName = Annotated[Text, Field(description="Name, URI or link")]
Items = Annotated[
    list[str], AsList, Field(min_length=1, max_length=LONGEST, description="Tracks or episodes")
]
MoreItems = Annotated[
    tuple[str, ...],
    AsList,
    Field(
        max_length=LONGEST,
        description="Tracks, episodes; an album or playlist: all in it",
        json_schema_extra={"maxItems": LONGEST},
    ),
]
