"""What a playlist is called, what is said of it and who sees it: changing that, and seeing that it is so."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Final

from auxcord.errors import AmbiguousWriteError, AuxcordError, SpotifyUnavailableError

if TYPE_CHECKING:
    from auxcord.caller import Caller
    from auxcord.spotify.models import Playlist

IN_DOUBT: Final = (AmbiguousWriteError, SpotifyUnavailableError)
"""Errors after which a change may have been made all the same."""

_WAITS: Final = (0.3, 0.8, 1.5)
"""Seconds between looks at a playlist's details; a change shows after a second or so."""


async def set_details(
    caller: Caller,
    playlist_id: str,
    *,
    name: str | None,
    description: str | None,
    public: bool | None,
    verified: str = "the details are as asked",
) -> str:
    """Change the details, look whether they are so, and say what is now true.

    Spotify may keep a playlist public all the same.

    Raises:
        AuxcordError: Nothing was changed; if it is one `IN_DOUBT`, that is not certain.
    """
    doubt: AuxcordError | None = None
    try:
        await caller.spotify.playlists.change_details(
            playlist_id, name=name, description=description, public=public
        )
    except IN_DOUBT as error:
        doubt = error
    wrong: list[str] = []
    for wait in _WAITS:
        await caller.sleep(wait)
        try:
            now = await caller.spotify.playlists.get(playlist_id)
        except AuxcordError as error:
            if doubt is not None:
                raise doubt from error
            return (
                "unconfirmed: Spotify accepted the change, but the details could not be read back. "
                f"{error} Look with get_playlist."
            )
        wrong = _differing(now, name, description, public)
        if not wrong:
            return f"verified: {verified}."
    if doubt is not None:
        raise doubt
    return f"unconfirmed: Spotify accepted the change, but still shows another {' and '.join(wrong)}."


def _differing(now: Playlist, name: str | None, description: str | None, public: bool | None) -> list[str]:  # noqa: FBT001
    return [
        what
        for what, wanted, shown in (
            ("name", name, now.name),
            ("description", description, unescape(now.description or "")),
            ("visibility", public, now.public),
        )
        if wanted is not None and wanted != shown
    ]
