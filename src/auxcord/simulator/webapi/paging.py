"""Pages: by offset and by cursor, with links that work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def link(base: str, path: str, query: Mapping[str, object]) -> str:
    """Write an absolute link; parameters without a value are left out."""
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{base}{path}?{urlencode(kept)}" if kept else f"{base}{path}"


def page(
    base: str,
    path: str,
    items: Sequence[Any],
    *,
    total: int,
    limit: int,
    offset: int,
    keep: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Make an offset page; `keep` are further parameters its links must carry."""
    others = {name: value for name, value in (keep or {}).items() if name not in {"limit", "offset"}}

    def at(place: int) -> str:
        return link(base, path, {"offset": place, "limit": limit, **others})

    return {
        "href": at(offset),
        "items": list(items),
        "limit": limit,
        "next": at(offset + limit) if offset + limit < total else None,
        "offset": offset,
        "previous": at(max(0, offset - limit)) if offset > 0 else None,
        "total": total,
    }


def cursor_page(
    href: str,
    items: Sequence[Any],
    *,
    limit: int,
    next_: str | None,
    cursors: Mapping[str, str | None] | None,
) -> dict[str, Any]:
    """Make a cursor page; it knows no offset and no previous page."""
    return {
        "href": href,
        "items": list(items),
        "limit": limit,
        "next": next_,
        "cursors": None if cursors is None else dict(cursors),
    }
