"""What lies in the simulated world, for comparing."""

import re

from tests.tools.door import House


def playlist(house: House, name: str) -> str:
    """The URI of a playlist of the simulated world."""
    return next(
        f"spotify:playlist:{key}" for key, found in house.world.playlists.items() if found.name == name
    )


def held(house: House, uri: str) -> list[str]:
    """What a playlist really holds."""
    return [entry.uri for entry in house.world.playlists[uri.rsplit(":", 1)[1]].entries]


def tracks(house: House, count: int, start: int = 0) -> list[str]:
    pool = [track for track in house.world.catalogue.tracks.values() if len(track.markets) > 60]
    return [f"spotify:track:{track.id}" for track in pool[start : start + count]]


def uri(text: str) -> str:
    """The first playlist URI in an answer."""
    found = re.search(r"spotify:playlist:\w{22}", text)
    assert found, text
    return found.group()
