"""Which tools a server has: the operator can leave toolsets out, and everything that changes something."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from auxcord.tools import TOOLSETS

if TYPE_CHECKING:
    from collections.abc import Collection

    from auxcord.tools.toolset import Toolset

ALWAYS: Final = "account"
"""Linking, renewing and leaving is possible with any selection."""


def selected(wanted: Collection[str] = (), *, read_only: bool = False) -> tuple[Toolset, ...]:
    """Return the toolsets of these names, all if none is named.

    Args:
        wanted: Names of toolsets.
        read_only: Leave out what changes something at Spotify.
    """
    chosen = [
        toolset for toolset in TOOLSETS if not wanted or toolset.name in wanted or toolset.name == ALWAYS
    ]
    if not read_only:
        return tuple(chosen)
    return tuple(
        replace(toolset, tools=tuple(spec for spec in toolset if spec.read_only or toolset.name == ALWAYS))
        for toolset in chosen
    )
