"""Five things people often ask for, each said so that a model does it well and in few calls."""

# No postponed annotations: FastMCP resolves them at run time.
from typing import TYPE_CHECKING, Annotated

from fastmcp.prompts import Prompt
from pydantic import Field

from auxcord.views import clean

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 4_000
_MOST = 50


def playlist_from_songs(
    songs: Annotated[str, Field(description="One song a line: artist - title")],
    name: Annotated[str, Field(description="What to call the playlist")] = "New playlist",
) -> str:
    """Make a playlist of a list of songs."""
    listed = "\n".join(clean(line, 200) for line in songs[:_LONGEST].splitlines() if line.strip())
    asked = _text(f"""
        Make a playlist called {_quoted(name)} of the songs below with one call of create_playlist, passing
        the lines as songs. Then tell me which lines were left out or are doubtful, and what they may mean
        instead.
    """)
    return f"{asked}\n\n{listed}"


def tidy_playlist(
    playlist: Annotated[str, Field(description="Name or link of a playlist")],
) -> str:
    """Clean up a playlist: duplicates, what cannot be played, order."""
    return _text(f"""
        Look at my playlist {_quoted(playlist)} with get_playlist, form=summary. Tell me what you would
        clean up (duplicates, items that cannot be played, order), ask me, then do it with
        reorder_playlist and remove_from_playlist. Remind me that undo_playlist_change takes it back for a
        day.
    """)


def more_like_this(
    artist: Annotated[str, Field(description="An artist or a song I like")],
    count: Annotated[str, Field(description="How many songs, 1 to 50")] = "20",
) -> str:
    """Make a playlist of music that goes with an artist or a song."""
    return _text(f"""
        I like {_quoted(artist)}. From what you know about music, choose {_number(count)} songs by different
        artists that go well with it, leaving out what get_top_items and get_recently_played say I hear
        anyway. Make a playlist of them with one call of create_playlist (songs), and tell me in a
        sentence each why they are there.
    """)


def my_listening(
    period: Annotated[str, Field(description="4 weeks, 6 months or year")] = "6 months",
) -> str:
    """Tell what I have been listening to."""
    return _text(f"""
        With get_top_items (tracks and artists, period {_quoted(period)}) and get_recently_played, tell me
        in a few paragraphs what I have been listening to: what stands out, what is new, what went quiet.
    """)


def set_the_mood(
    mood: Annotated[str, Field(description="Such as: rainy evening, cooking, focus")],
    device: Annotated[str, Field(description="Where to play; empty for where I am")] = "",
) -> str:
    """Play music that fits a mood."""
    where = f" on {_quoted(device)}" if device.strip() else ""
    return _text(f"""
        Play music for this mood{where}: {_quoted(mood)}. Prefer one of my own playlists (list_library,
        kind playlists) if one fits, else search. Start it with play, then tell me what plays and offer
        three other directions.
    """)


def prompts() -> list[Prompt]:
    """Make the prompts."""
    titles: dict[Callable[..., str], str] = {
        playlist_from_songs: "Playlist from a list of songs",
        tidy_playlist: "Tidy up a playlist",
        more_like_this: "More like this",
        my_listening: "What I have been listening to",
        set_the_mood: "Music for a mood",
    }
    return [Prompt.from_function(function, title=title) for function, title in titles.items()]


def _text(paragraph: str) -> str:
    """Put a paragraph on one line."""
    return " ".join(paragraph.split())


def _number(text: str) -> int:
    """Read how many are wanted; what is no number means twenty."""
    digits = text.strip()[:6]
    return max(1, min(int(digits), _MOST)) if digits.isascii() and digits.isdecimal() else 20


def _quoted(text: str) -> str:
    return f'"{clean(text, 200)}"'
