"""The typed library calls of before 2026: /me/{kind} and /me/{kind}/contains, by ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auxcord.simulator.clock import parse_iso
from auxcord.simulator.identifiers import Uri
from auxcord.simulator.webapi.answers import ApiError, empty, found, missing
from auxcord.simulator.webapi.call import check_ids
from auxcord.simulator.webapi.library import has, put, take
from auxcord.simulator.webapi.operation import Answer, Operation

if TYPE_CHECKING:
    from starlette.responses import Response

    from auxcord.simulator.webapi.call import Call


def _saver(kind: str, most: int) -> Answer:
    def save(call: Call) -> Response:
        for key in call.ids_anywhere(most):
            put(call, Uri(kind, key))
        return empty()

    return save


def _remover(kind: str, most: int) -> Answer:
    def remove(call: Call) -> Response:
        for key in call.ids_anywhere(most):
            take(call, Uri(kind, key))
        return empty()

    return remove


def _checker(kind: str, most: int) -> Answer:
    def contains(call: Call) -> Response:
        return found([has(call, Uri(kind, key)) for key in call.ids(most)])

    return contains


def save_tracks(call: Call) -> Response:
    """PUT /me/tracks: `timestamped_ids` win over ids, and place tracks in the past."""
    sent = call.json(default=None)
    stamped = sent.get("timestamped_ids") if isinstance(sent, dict) else None
    if stamped is None:
        return _saver("track", 50)(call)
    shelf = call.me.library["track"]
    for key, moment in _stamped(stamped):
        if key in call.catalogue.tracks:
            shelf.add(key, moment)
    return empty()


def _stamped(listed: Any) -> list[tuple[str, float]]:
    """Read ids with the times at which they were saved; whole minutes count."""
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ApiError(400, "Error parsing JSON.")
    ids = check_ids([str(entry.get("id", "")) for entry in listed], 50)
    moments = [parse_iso(str(entry.get("added_at", ""))) for entry in listed]
    if any(moment is None for moment in moments):
        raise missing("added_at")
    return [
        (key, moment - moment % 60) for key, moment in zip(ids, moments, strict=True) if moment is not None
    ]


_MODIFY, _READ = ("user-library-modify",), ("user-library-read",)
_LIMITS = {"album": 20, "track": 50, "episode": 50, "show": 50, "audiobook": 50}


def _operations(kind: str, most: int) -> tuple[Operation, ...]:
    path = f"/me/{kind}s"
    saver = save_tracks if kind == "track" else _saver(kind, most)
    ids = (f"save-{kind}s-user", f"remove-{kind}s-user", f"check-users-saved-{kind}s")
    return (
        Operation("PUT", path, ids[0], saver, _MODIFY, user=True, group="removed-2026"),
        Operation("DELETE", path, ids[1], _remover(kind, most), _MODIFY, user=True, group="removed-2026"),
        Operation(
            "GET", f"{path}/contains", ids[2], _checker(kind, most), _READ, user=True, group="removed-2026"
        ),
    )


OPERATIONS = tuple(operation for kind, most in _LIMITS.items() for operation in _operations(kind, most))
