"""What Spotify shows without being asked for anything in particular.

All of it is closed to apps under the rules of 2026, some of it to all but those with extended quota. An app
that may not have it is told so, by Spotify once and by Auxcord from then on.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from auxcord.errors import InputError
from auxcord.spotify.closed import unless_closed
from auxcord.spotify.models import Album, AudioFeatures, Category, Featured, Page, Playlist, Track
from auxcord.spotify.models.browsing import (
    Categories,
    Genres,
    ManyAudioFeatures,
    Markets,
    NewReleases,
    Recommendations,
)
from auxcord.spotify.session import checked_page, chunks
from auxcord.spotify.together import together
from auxcord.spotify.uris import checked_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from auxcord.spotify.session import Session

T = TypeVar("T")

MOST_SEEDS = 5
"""Seeds Spotify takes for one set of recommendations, of all kinds together."""

_FEATURES_AT_ONCE = 100


class Browse:
    """Charts and shelves: for apps older than Spotify's closures, or with extended quota."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def markets(self) -> list[str]:
        """The countries Spotify is in, as two-letter codes (`GET /markets`)."""
        return list((await self._get("get-available-markets", Markets, "/markets")).markets)

    async def genres(self) -> list[str]:
        """The genres that recommendations can start from (`GET /recommendations/available-genre-seeds`)."""
        path = "/recommendations/available-genre-seeds"
        return list((await self._get("get-recommendation-genres", Genres, path)).genres)

    async def categories(self, limit: int = 20, offset: int = 0, locale: str | None = None) -> Page[Category]:
        """Spotify's shelves of playlists (`GET /browse/categories`).

        Args:
            limit: 1 to 50.
            offset: How many to leave out.
            locale: The language of the names, such as `de_DE`.
        """
        checked_page(limit, offset)
        answer = await self._get(
            "get-categories", Categories, "/browse/categories", limit=limit, offset=offset, locale=locale
        )
        return answer.categories

    async def category(self, category_id: str, locale: str | None = None) -> Category:
        """One shelf of playlists (`GET /browse/categories/{id}`)."""
        return await self._get("get-a-category", Category, _category(category_id), locale=locale)

    async def category_playlists(self, category_id: str, limit: int = 20, offset: int = 0) -> Page[Playlist]:
        """The playlists on a shelf (`GET /browse/categories/{id}/playlists`)."""
        checked_page(limit, offset)
        path = _category(category_id, "/playlists")
        answer = await unless_closed(
            self._session.access,
            "get-a-categories-playlists",
            partial(self._session.get, Featured, path, limit=limit, offset=offset),
            witness=partial(self.featured, limit=1),
        )
        return answer.playlists

    async def featured(self, limit: int = 20, offset: int = 0, locale: str | None = None) -> Featured:
        """Playlists Spotify puts forward now (`GET /browse/featured-playlists`)."""
        checked_page(limit, offset)
        return await self._get(
            "get-featured-playlists",
            Featured,
            "/browse/featured-playlists",
            limit=limit,
            offset=offset,
            locale=locale,
        )

    async def new_releases(self, limit: int = 20, offset: int = 0) -> Page[Album]:
        """Albums that have just come out (`GET /browse/new-releases`)."""
        checked_page(limit, offset)
        path = "/browse/new-releases"
        answer = await self._get("get-new-releases", NewReleases, path, limit=limit, offset=offset)
        return answer.albums

    async def recommendations(  # three kinds of seed, each by its name
        self,
        *,
        artists: Iterable[str] = (),
        tracks: Iterable[str] = (),
        genres: Iterable[str] = (),
        limit: int = 20,
        market: str | None = None,
        tuning: Mapping[str, float] | None = None,
    ) -> list[Track]:
        """Tracks that go with one to five artists, tracks and genres (`GET /recommendations`).

        Args:
            artists: Ids.
            tracks: Ids.
            genres: From `genres`.
            limit: 1 to 100.
            market: A country.
            tuning: Such as `{"min_energy": 0.4, "target_tempo": 120}`.
        """
        seeds = {
            "seed_artists": [checked_id(one) for one in artists],
            "seed_tracks": [checked_id(one) for one in tracks],
            "seed_genres": list(genres),
        }
        count = sum(len(each) for each in seeds.values())
        if not 1 <= count <= MOST_SEEDS or not 1 <= limit <= 100:
            raise InputError(f"Give 1 to {MOST_SEEDS} seeds, and a limit of 1 to 100.")
        params: dict[str, Any] = {name: ",".join(each) or None for name, each in seeds.items()}
        params |= {name: str(value) for name, value in (tuning or {}).items()}
        path = "/recommendations"
        read = partial(self._session.get, Recommendations, path, limit=limit, market=market, **params)
        answer = await unless_closed(self._session.access, "get-recommendations", read)
        return [track for track in answer.tracks if track is not None]

    async def audio_features(self, track_ids: Sequence[str]) -> list[AudioFeatures | None]:
        """How tracks sound, in the order asked, by hundreds (`GET /audio-features`); None where unknown."""

        async def some(ids: Sequence[str]) -> list[AudioFeatures | None]:
            answer = await self._get(
                "get-several-audio-features", ManyAudioFeatures, "/audio-features", ids=",".join(ids)
            )
            return answer.audio_features

        parts = list(chunks([checked_id(one) for one in track_ids], _FEATURES_AT_ONCE))
        answers = await together(some, parts, width=self._session.width)
        return [features for answer in answers for features in answer]

    async def _get(self, operation: str, shape: type[T], path: str, **params: str | int | bool | None) -> T:
        read = partial(self._session.get, shape, path, **params)
        return await unless_closed(self._session.access, operation, read)


def _category(category_id: str, rest: str = "") -> str:
    if not category_id or category_id in {".", ".."}:
        raise InputError("A category is named by its id.")
    return f"/browse/categories/{quote(category_id, safe='')}{rest}"
