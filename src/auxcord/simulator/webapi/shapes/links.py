"""The parts every object has: its id, its links, its pictures."""

from __future__ import annotations

from hashlib import sha1
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auxcord.simulator.webapi.call import Lens

OPEN = "https://open.spotify.com"


def identity(lens: Lens, kind: str, item_id: str, *, path: str | None = None) -> dict[str, Any]:
    """Give href, id, type, uri and the link to Spotify."""
    return {
        "external_urls": {"spotify": f"{OPEN}/{kind}/{item_id}"},
        "href": f"{lens.base}/{path or kind + 's'}/{item_id}",
        "id": item_id,
        "type": kind,
        "uri": f"spotify:{kind}:{item_id}",
    }


def images(key: str, sizes: tuple[int, ...] = (640, 300, 64)) -> list[dict[str, Any]]:
    """Give pictures of several sizes, widest first."""
    digest = sha1(key.encode(), usedforsecurity=False).hexdigest()
    return [
        {"url": f"https://i.scdn.co/image/ab67616d{size:08x}{digest[:24]}", "height": size, "width": size}
        for size in sizes
    ]
