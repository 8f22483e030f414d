"""The person's playlists: reading, making, changing.

Spotify has no way to take one of two equal entries out, nor to refuse a change made on an old state:
`snapshot_id` lets it merge, it is not a lock. To see whether a change arrived, compare the entries.
"""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING, Any

from auxcord.errors import (
    AccessTokenRefusedError,
    AmbiguousWriteError,
    EndpointClosedError,
    InputError,
    InsufficientScopeError,
    MalformedAnswerError,
    SpotifyError,
)
from auxcord.spotify.decoding import decode
from auxcord.spotify.models import Image, Page, Playlist, PlaylistItem, Snapshot
from auxcord.spotify.modes import OLD_ITEMS
from auxcord.spotify.session import checked_page, chunks
from auxcord.spotify.uris import Kind, SpotifyUri, checked_id, parse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from auxcord.spotify.session import Session

AT_ONCE = 100
"""Entries Spotify takes in one change."""

DEEPEST = 100_000
"""The last position at which the list of playlists can be read."""

_BOTH = "track,episode"
_COVER_CEILING = 256 * 1024


class Playlists:
    """Playlists the person made, follows or may edit."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._foreign: set[str] = set()

    async def mine(self, limit: int = 20, offset: int = 0) -> Page[Playlist]:
        """The person's own and followed playlists (`GET /me/playlists`)."""
        checked_page(limit, offset, deepest=DEEPEST)
        return await self._session.get(Page[Playlist], "/me/playlists", limit=limit, offset=offset)

    async def get(self, playlist_id: str, market: str | None = None) -> Playlist:
        """A playlist (`GET /playlists/{id}`); its entries only for its owner and collaborators."""
        return await self._session.get(Playlist, _path(playlist_id), market=market, additional_types=_BOTH)

    async def items(
        self, playlist_id: str, limit: int = 20, offset: int = 0, market: str | None = None
    ) -> Page[PlaylistItem]:
        """A part of the entries (`GET /playlists/{id}/items`).

        Other people's playlists are shown to apps older than the rules of 2026 only, by the path of that time
        (`GET /playlists/{id}/tracks`). It would also give a hundred at once, but Spotify is about to drop it,
        so it is not used where the new one answers.

        Raises:
            EndpointClosedError: The playlist is somebody else's, and the app may not see into it.
        """
        checked_page(limit, offset)
        read = partial(
            self._rows, playlist_id, limit=limit, offset=offset, market=market, additional_types=_BOTH
        )
        if playlist_id in self._foreign:
            return await read("/tracks")
        try:
            return await read("/items")
        except EndpointClosedError:
            if not self._session.access.may(OLD_ITEMS):
                raise
            return await self._foreign_rows(playlist_id, read)

    async def _foreign_rows(
        self, playlist_id: str, read: Callable[[str], Awaitable[Page[PlaylistItem]]]
    ) -> Page[PlaylistItem]:
        access = self._session.access
        try:
            page = await read("/tracks")
        except EndpointClosedError:
            await access.found(OLD_ITEMS, open_=False)
            raise
        await access.found(OLD_ITEMS, open_=True)
        self._foreign.add(playlist_id)
        return page

    async def _rows(self, playlist_id: str, rest: str, **params: str | int | None) -> Page[PlaylistItem]:
        return await self._session.get(Page[PlaylistItem], _path(playlist_id, rest), **params)

    async def create(
        self,
        name: str,
        *,
        public: bool | None = None,
        collaborative: bool | None = None,
        description: str | None = None,
    ) -> Playlist:
        """Make an empty playlist (`POST /me/playlists`).

        Args:
            name: What to call it.
            public: Whether to show it on the person's profile; Spotify's default is yes.
            collaborative: Whether others may edit it; needs `public=False`.
            description: A few words, without links.

        Raises:
            AmbiguousWriteError: It may have been made; look before making another.
        """
        body = _details(name=name, public=public, collaborative=collaborative, description=description)
        answer = await self._session.write("POST", "/me/playlists", body, idempotent=False, needs_answer=True)
        try:
            return decode(answer, Playlist)
        except MalformedAnswerError as error:
            raise AmbiguousWriteError(f"Spotify made the playlist, but: {error}") from error

    async def change_details(
        self,
        playlist_id: str,
        *,
        name: str | None = None,
        public: bool | None = None,
        collaborative: bool | None = None,
        description: str | None = None,
    ) -> None:
        """Change name, visibility or description (`PUT /playlists/{id}`); what is None stays as it is."""
        body = _details(name=name, public=public, collaborative=collaborative, description=description)
        if not body:
            raise InputError("There is nothing to change.")
        await self._session.command("PUT", _path(playlist_id), json=body)

    async def add(
        self, playlist_id: str, uris: Sequence[str | SpotifyUri], position: int | None = None
    ) -> str:
        """Add tracks and episodes in order, by hundreds (`POST /playlists/{id}/items`).

        Args:
            playlist_id: Which playlist.
            uris: What to add.
            position: Where the first goes, from 0; at the end when None.

        Returns:
            The last snapshot id; empty when Spotify did not say.

        Raises:
            AmbiguousWriteError: A part was added, or may have been; the sentence says which.
        """
        return await self._add(playlist_id, _playable(uris), position, done=0)

    async def remove(
        self, playlist_id: str, uris: Sequence[str | SpotifyUri], snapshot_id: str | None = None
    ) -> str:
        """Remove every entry of these tracks and episodes, by hundreds (`DELETE /playlists/{id}/items`).

        Raises:
            AmbiguousWriteError: Only a part was removed; the sentence says how far it came.
        """
        snapshot, done = "", 0
        unwanted = _playable(uris)
        base = {"snapshot_id": snapshot_id} if snapshot_id else {}
        for chunk in chunks(unwanted, AT_ONCE):
            body = {"items": [{"uri": uri} for uri in chunk], **base}
            try:
                snapshot = await self._change("DELETE", playlist_id, body, idempotent=True)
            except SpotifyError as error:
                if not done:
                    raise
                raise AmbiguousWriteError(
                    f"The first {done} of {len(unwanted)} items are removed; then: {error}",
                    advice=f"Go on from item {done + 1}; asking for all of them again is safe as well.",
                    retry_after=error.retry_after,
                ) from error
            base = {}
            done += len(chunk)
        return snapshot

    async def replace(self, playlist_id: str, uris: Sequence[str | SpotifyUri]) -> str:
        """Let the playlist have exactly these entries (`PUT /playlists/{id}/items`); none empties it.

        Raises:
            AmbiguousWriteError: The first hundred were set, and only a part of the rest was added.
        """
        wanted = _playable(uris)
        first, rest = wanted[:AT_ONCE], wanted[AT_ONCE:]
        # Asked for twice, a late first answer could undo what was added after it; so not with more to add.
        snapshot = await self._change("PUT", playlist_id, {"uris": first}, idempotent=not rest)
        return await self._add(playlist_id, rest, None, done=len(first)) if rest else snapshot

    async def reorder(
        self,
        playlist_id: str,
        *,
        range_start: int,
        insert_before: int,
        range_length: int = 1,
        snapshot_id: str | None = None,
    ) -> str:
        """Move a stretch of entries (`PUT /playlists/{id}/items`).

        Args:
            playlist_id: Which playlist.
            range_start: Position of the first entry to move, from 0.
            insert_before: Position, in the old order, before which it goes; the total to go to the end.
            range_length: How many entries.
            snapshot_id: The state the positions refer to.
        """
        if range_start < 0 or insert_before < 0 or range_length < 1:
            raise InputError("Positions start at 0, and at least one entry must move.")
        body: dict[str, Any] = {
            "range_start": range_start,
            "insert_before": insert_before,
            "range_length": range_length,
        }
        if snapshot_id:
            body["snapshot_id"] = snapshot_id
        return await self._change("PUT", playlist_id, body, idempotent=False)

    async def cover(self, playlist_id: str) -> list[Image]:
        """The cover in its sizes (`GET /playlists/{id}/images`)."""
        return list(await self._session.get(list[Image], _path(playlist_id, "/images")))

    async def set_cover(self, playlist_id: str, jpeg: bytes) -> None:
        """Give the playlist a cover (`PUT /playlists/{id}/images`): a JPEG of at most about 190 KB."""
        encoded = base64.b64encode(jpeg)
        if not jpeg.startswith(b"\xff\xd8") or len(encoded) > _COVER_CEILING:
            raise InputError("A cover must be a JPEG of at most 190 KB.")
        try:
            await self._session.upload(_path(playlist_id, "/images"), encoded, "image/jpeg")
        except AccessTokenRefusedError as error:
            # This is how Spotify says that `ugc-image-upload` is missing; the token was renewed just now.
            sentence = f"The person's consent does not cover uploading covers: {error}"
            raise InsufficientScopeError(sentence) from error

    async def _add(self, playlist_id: str, uris: list[str], position: int | None, *, done: int) -> str:
        snapshot = ""
        everything = done + len(uris)
        for chunk in chunks(uris, AT_ONCE):
            body: dict[str, Any] = {"uris": list(chunk)}
            if position is not None:
                body["position"] = position
                position += len(chunk)
            try:
                snapshot = await self._change("POST", playlist_id, body, idempotent=False)
            except SpotifyError as error:
                if not done:
                    raise
                raise _partly(done, everything, error) from error
            done += len(chunk)
        return snapshot

    async def _change(self, method: str, playlist_id: str, body: dict[str, Any], *, idempotent: bool) -> str:
        answer = await self._session.write(method, _path(playlist_id, "/items"), body, idempotent=idempotent)
        try:
            return decode(answer, Snapshot).snapshot_id
        except MalformedAnswerError:
            return ""  # the change is made; the snapshot id is only a courtesy


def _path(playlist_id: str, rest: str = "") -> str:
    return f"/playlists/{checked_id(playlist_id)}{rest}"


def _details(
    *, name: str | None, public: bool | None, collaborative: bool | None, description: str | None
) -> dict[str, Any]:
    if name is not None and not name.strip():
        raise InputError("A playlist needs a name.")
    if collaborative and public is not False:
        raise InputError(
            "A collaborative playlist must not be public.", advice="Set public to false as well."
        )
    details = {"name": name, "public": public, "collaborative": collaborative, "description": description}
    return {field: value for field, value in details.items() if value is not None}


def _playable(uris: Sequence[str | SpotifyUri]) -> list[str]:
    named = [parse(uri) if isinstance(uri, str) else uri for uri in uris]
    for uri in named:
        if uri.type not in {Kind.TRACK, Kind.EPISODE}:
            raise InputError(f"A playlist holds tracks and episodes; {uri} is neither.")
    return [str(uri) for uri in named]


def _partly(done: int, everything: int, error: SpotifyError) -> AmbiguousWriteError:
    advice = f"Look at the playlist, then add what is missing, from item {done + 1} on."
    return AmbiguousWriteError(
        f"The first {done} of {everything} items are in place; then: {error}",
        advice=advice,
        retry_after=error.retry_after,
    )
