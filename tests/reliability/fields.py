"""The fields of the client's models, found by looking at them."""

from __future__ import annotations

from typing import Any

import msgspec

from auxcord.spotify import models
from auxcord.spotify.models import browsing, lists, music, people, player, shapes, spoken, wrappers

_PLACES = (models, browsing, lists, music, people, player, shapes, spoken, wrappers)


def structs() -> list[type[msgspec.Struct]]:
    """Every model, by name."""
    found = {
        thing
        for place in _PLACES
        for thing in vars(place).values()
        if isinstance(thing, type) and issubclass(thing, msgspec.Struct) and thing is not msgspec.Struct
    }
    return sorted(found, key=lambda shape: (shape.__module__, shape.__qualname__))


def _names(*, required: bool) -> set[str]:
    fields: list[Any] = [field for shape in structs() for field in msgspec.structs.fields(shape)]
    return {field.encode_name for field in fields if field.required is required}


REQUIRED_SOMEWHERE = sorted(_names(required=True) - {"name"})
"""Names of fields some model cannot do without. A missing name is read as no name."""

OPTIONAL_EVERYWHERE = sorted(_names(required=False) - _names(required=True) - {"type"})
"""Names of fields no model needs. (`type` tells tracks from episodes.)"""
