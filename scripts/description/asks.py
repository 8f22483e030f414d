"""One way of asking for an operation."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

Recipes: TypeAlias = "dict[str, list[Ask]]"
"""Ways of asking, by operationId; the first is also the one to spoil."""

UNKNOWN = "7" * 22
"""An id of the right form that names nothing."""
BOTH = {"additional_types": "track,episode"}
HERE = {"market": "GB"}
PART = {"limit": "3", "offset": "1"}
JSON = "application/json"
JPEG = "image/jpeg"
Standing = Literal["playing", "paused", "idle"]


_NONE: Mapping[str, str] = MappingProxyType({})


class Ask(NamedTuple):
    """A request that must succeed, unless `expected` says otherwise.

    Args:
        name: Of the case.
        path: Values for the variables of the path.
        query: Parameters.
        body: To send as JSON; None sends nothing.
        content: To send as it is, declared as a JPEG.
        player: What Ada's player does before.
        user: Who asks, by handle.
        scopes: What their token allows; None means exactly what the description names.
        expected: Statuses; empty for those the description calls success.
        valid: Whether the request itself fits the description.
    """

    name: str = "success"
    path: Mapping[str, str] = _NONE
    query: Mapping[str, str] = _NONE
    body: Any = None
    content: bytes = b""
    player: Standing | None = None
    user: str = "ada"
    scopes: tuple[str, ...] | None = None
    expected: tuple[int, ...] = ()
    valid: bool = True

    @property
    def payload(self) -> tuple[bytes, str]:
        """The body as it is sent, and its content type."""
        if self.content:
            return self.content, JPEG
        return (b"", "") if self.body is None else (json.dumps(self.body).encode(), JSON)

    def address(self, template: str) -> str:
        """The path for a template such as `/albums/{id}`."""
        encoded = {name: quote(value, safe="") for name, value in self.path.items()}
        return template.format_map(encoded)

    def wrong(self, name: str, *expected: int, **changes: Any) -> Ask:
        """The same request with something wrong, and what it must be answered with."""
        return self._replace(name=name, expected=expected, valid=False, **changes)
