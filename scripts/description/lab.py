"""A simulator in this process, and the things in its world that the drivers ask for."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from auxcord.simulator.app import create_app
from auxcord.simulator.oauth.apps import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET

from .exchanges import Exchange, Recorder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from .facts import Profile

ORIGIN = "http://simulator.test"
NOW = 1_795_000_000.0
"""Where the simulator's clock stands: 2026-11-18."""


@dataclass(frozen=True)
class Sample:
    """One of everything, for somebody to ask for."""

    several: dict[str, tuple[str, ...]]
    """A few of each kind."""
    track: str
    tracks: tuple[str, ...]
    album: str
    partial: str
    """An album with a song that does not play in Ada's country."""
    unplayable: str
    """That song."""
    artist: str
    artists: tuple[str, ...]
    show: str
    episode: str
    audiobook: str
    chapter: str
    playlist: str
    """Ada's own, public, with a few songs."""
    private: str
    """Ada's own, private."""
    oddities: str
    """Ada's own, with local files and a row whose item is gone."""
    mixed: str
    """Ada's own, with songs and episodes."""
    empty: str
    """Ada's own, with nothing in it."""
    foreign: str
    """Somebody else's."""
    editorial: str
    """Spotify's own; somebody's guess where such lists are not shown."""
    device: str
    followed: str
    """An artist Ada follows, some way down her list."""
    category: str
    genre: str
    user: str
    strange_user: str
    """A user id with characters that must be encoded."""
    nameless_user: str


class Lab:
    """One simulator, with a recorder between it and whoever asks.

    Args:
        profile: The access mode of its app.
    """

    client_id = DEFAULT_CLIENT_ID

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.recorder = Recorder(httpx2.ASGITransport(create_app(profile=profile, clock=lambda: NOW)))
        self.http = httpx2.AsyncClient(transport=self.recorder, base_url=ORIGIN)
        self._tokens: dict[tuple[str, frozenset[str] | None], str] = {}

    @classmethod
    @asynccontextmanager
    async def opened(cls, profile: Profile) -> AsyncIterator[Lab]:
        """A lab that is closed at the end."""
        lab = cls(profile)
        async with lab.http:
            yield lab

    async def control(self, method: str, path: str, **data: Any) -> Any:
        """Turn something at the simulator itself."""
        answer = await self.http.request(method, f"/_simulator{path}", json=data)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def token(self, user: str, scopes: Iterable[str] | None = None) -> str:
        """An access token of a person, with these scopes (all when None)."""
        wanted = None if scopes is None else frozenset(scopes)
        key = (user, wanted)
        if key not in self._tokens:
            more = {} if wanted is None else {"scopes": sorted(wanted)}
            self._tokens[key] = (await self.control("POST", "/tokens", user=user, **more))["access_token"]
        return self._tokens[key]

    async def app_token(self) -> str:
        """An access token of the app itself, without a person."""
        answer = await self.http.post(
            "/api/token",
            data={"grant_type": "client_credentials"},
            auth=httpx2.BasicAuth(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET),
        )
        return str(answer.json()["access_token"])

    async def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        content_type: str = "",
        **headers: str,
    ) -> Exchange:
        """Send one request to the Web API and give it back with its answer."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        if content_type:
            sent["content-type"] = content_type
        self.recorder.take()
        await self.http.request(
            method, f"/v1{path}", params=dict(query or {}), content=body, headers=sent, follow_redirects=False
        )
        (kept,) = self.recorder.take()
        return kept

    async def stand(self, sample: Sample, standing: str) -> None:
        """Let Ada's player play some songs, be paused in them, or do nothing."""
        uris = [f"spotify:track:{key}" for key in sample.tracks]
        active = None if standing == "idle" else "Study laptop"
        playing = standing == "playing"
        await self.control("POST", "/player", user="ada", active=active, uris=[] if active is None else uris,
                           playing=playing, repeat="context", shuffle=False)  # fmt: skip

    async def read(self, path: str, user: str = "ada", **query: str) -> Any:
        """Read something as a person who gave every scope."""
        kept = await self.ask("GET", path, token=await self.token(user), query=query)
        if kept.status != 200:
            raise LookupError(f"{path} answered {kept.status}")
        return json.loads(kept.answer)

    async def sample(self) -> Sample:
        """Find one of everything."""
        kinds = ("track", "album", "show", "episode", "audiobook")
        found = await self.read("/search", q="a", type=",".join(kinds), limit="5")
        ids = {kind: [each["id"] for each in found[f"{kind}s"]["items"]] for kind in kinds}
        artists = [each["artists"][0]["id"] for each in found["tracks"]["items"]]
        chapters = await self.read(f"/audiobooks/{ids['audiobook'][0]}/chapters")
        people = {each["handle"]: each["id"] for each in (await self.control("GET", "/users"))["users"]}
        devices = (await self.read("/me/player/devices"))["devices"]
        followed = [each["id"] for each in await self._followed()]
        partial, unplayable = await self._unplayable(followed)
        lists = await self._playlists()
        several = {kind: tuple(found) for kind, found in ids.items()}
        several |= {
            "artist": tuple(dict.fromkeys(artists)),
            "chapter": tuple(each["id"] for each in chapters["items"][:5]),
        }
        return Sample(
            several=several,
            track=ids["track"][0],
            tracks=tuple(ids["track"]),
            album=ids["album"][0],
            partial=partial,
            unplayable=unplayable,
            artist=artists[0],
            artists=tuple(dict.fromkeys(artists)),
            show=ids["show"][0],
            episode=ids["episode"][0],
            audiobook=ids["audiobook"][0],
            chapter=chapters["items"][0]["id"],
            playlist=lists["Sunday slow"],
            private=lists["Archive 03"],
            oddities=lists["Tapes and transfers"],
            mixed=lists["Walking & listening"],
            empty=lists["Untitled"],
            foreign=lists["Fietsen"],
            editorial=lists.get("spotify", "37i9dQZF1" + "D" * 13),
            device=devices[0]["id"],
            followed=followed[-3],
            category=await self._category(),
            genre=await self._genre(),
            user=people["bram"],
            strange_user=people["emi"],
            nameless_user=people["dorothea"],
        )

    async def _followed(self) -> list[Any]:
        page = (await self.read("/me/following", type="artist", limit="50"))["artists"]
        found: list[Any] = page["items"]
        while page["next"]:
            after = page["cursors"]["after"]
            page = (await self.read("/me/following", type="artist", limit="50", after=after))["artists"]
            found += page["items"]
        return found

    async def _unplayable(self, artists: list[str]) -> tuple[str, str]:
        """Find an album with a song that may not be played in Ada's country."""
        for artist in artists:
            albums = await self.read(f"/artists/{artist}/albums", limit="10")
            for album in albums["items"]:
                tracks = await self.read(f"/albums/{album['id']}/tracks", limit="50", market="GB")
                for track in tracks["items"]:
                    if "restrictions" in track:
                        return album["id"], track["id"]
        raise LookupError("everything plays everywhere")

    async def _category(self) -> str:
        try:
            found = await self.read("/browse/categories", limit="1")
        except LookupError:  # closed to this app
            return "pop"
        return str(found["categories"]["items"][0]["id"])

    async def _genre(self) -> str:
        try:
            return str((await self.read("/recommendations/available-genre-seeds"))["genres"][0])
        except LookupError:  # closed to this app
            return "pop"

    async def _playlists(self) -> dict[str, str]:
        lists: dict[str, str] = {}
        for offset in ("0", "50"):
            page = await self.read("/me/playlists", limit="50", offset=offset)
            seen = [each for each in page["items"] if each is not None]
            lists |= {each["name"]: each["id"] for each in seen}
            lists |= {each["owner"]["id"]: each["id"] for each in seen if each["owner"]["id"] == "spotify"}
        return lists
