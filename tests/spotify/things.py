"""Things of the simulated catalogue, by every kind, and the kinds of app that ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.spotify.simulated import World

PROFILES = ("development", "legacy-development", "extended")
OLDER = PROFILES[1:]


def mixed(world: World, count: int = 50) -> list[str]:
    """URIs of every kind that can be read several at once."""
    found, uris = world.world.catalogue, []
    for kind in ("track", "album", "artist", "show", "episode", "audiobook", "chapter"):
        things = getattr(found, f"{kind}s")
        uris.append([f"spotify:{kind}:{key}" for key in things])
    turns = [uri for group in zip(*(each[:12] for each in uris), strict=True) for uri in group]
    return turns[:count]


def named(items: list[Any]) -> list[str]:
    """The URIs things were asked for by, as their models tell; Spotify calls a chapter an episode."""
    return [f"spotify:{type(item).__name__.lower()}:{item.id}" for item in items]


def some(world: World, kind: str) -> str:
    return str(next(iter(getattr(world.world.catalogue, kind))))
