"""Somebody's player in the hands of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2
    from starlette.applications import Starlette

    from .conftest import HandClock

RESTRICTED = {"status": 403, "message": "Player command failed: Restriction violated", "reason": "UNKNOWN"}
NO_DEVICE = {
    "status": 404,
    "message": "Player command failed: No active device found",
    "reason": "NO_ACTIVE_DEVICE",
}


def songs(app: Starlette, count: int, country: str = "GB") -> list[str]:
    tracks = app.state.simulation.world.catalogue.tracks.values()
    return [f"spotify:track:{track.id}" for track in tracks if country in track.markets][:count]


class Stage:
    """Somebody's player, with a clock that moves past the delay after each command."""

    def __init__(self, client: httpx2.AsyncClient, clock: HandClock) -> None:
        self.client = client
        self.clock = clock

    async def do(self, method: str, path: str, status: int = 204, **more: Any) -> dict[str, Any] | None:
        answer = await self.client.request(method, f"me/player{path}", **more)
        assert answer.status_code == status, answer.text
        self.clock.now += 0.2
        return answer.json()["error"] if status >= 400 else None

    async def state(self) -> dict[str, Any]:
        answer = await self.client.get("me/player?additional_types=track,episode")
        assert answer.status_code == 200
        return dict(answer.json())

    async def item(self) -> str:
        return str((await self.state())["item"]["uri"])

    async def devices(self) -> dict[str, dict[str, Any]]:
        listed = (await self.client.get("me/player/devices")).json()["devices"]
        return {device["name"]: device for device in listed}
