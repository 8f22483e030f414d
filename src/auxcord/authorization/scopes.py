"""Permissions as OAuth scopes: read from what a client asks, written into what it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from auxcord.caller import LEVELS, Permission

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SCOPES: Final[tuple[str, ...]] = tuple(Permission)
"""Every scope there is, least first."""


def permissions_of(names: Iterable[str]) -> frozenset[Permission]:
    """Pick the permissions among scope names; unknown names are ignored, as RFC 6749 section 3.3 allows."""
    named = set(names)
    return frozenset(permission for permission in Permission if permission in named)


def names_of(permissions: Collection[Permission]) -> list[str]:
    """Name the scopes of some permissions, least first."""
    return [permission.value for permission in Permission if permission in permissions]


def level_for(requested: Collection[Permission] | None) -> str:
    """Choose the level a consent page preselects: the most that was asked for, and never more.

    Args:
        requested: What the client asked for; everything when it did not say.
    """
    asked = frozenset(Permission) if requested is None else frozenset(requested)
    within = [name for name, permissions in LEVELS.items() if permissions <= asked]
    return within[-1] if within else next(iter(LEVELS))


def level_of(permissions: Collection[Permission]) -> str:
    """Name the least level that covers some permissions."""
    return next(name for name, level in LEVELS.items() if frozenset(permissions) <= level)
