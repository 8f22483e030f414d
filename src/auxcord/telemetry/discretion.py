"""Values that hold secrets do not tell them, however somebody writes the value down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = TypeVar("Kind")


class _Rest:
    """Stands for what is left out."""

    def __repr__(self) -> str:
        return "…"


_REST = _Rest()


def discreet(*hidden: str) -> Callable[[type[Kind]], type[Kind]]:
    """Make a structure or a named tuple show everything but these fields.

    rich asks structures for their fields behind the back of `repr`, and tracebacks may be printed by rich.
    """

    def hide(kind: type[Kind]) -> type[Kind]:
        names: tuple[str, ...] = getattr(kind, "__struct_fields__", None) or kind._fields  # type: ignore[attr-defined]
        assert set(hidden) <= set(names), f"{kind.__name__} has no such field"
        shown = [name for name in names if name not in hidden]

        def for_rich(self: Any) -> list[Any]:
            return [*((name, getattr(self, name)) for name in shown), _REST]

        def text(self: Any) -> str:
            parts = [*(f"{name}={getattr(self, name)!r}" for name in shown), repr(_REST)]
            return f"{kind.__name__}({', '.join(parts)})"

        kind.__repr__ = text  # type: ignore[method-assign]
        kind.__rich_repr__ = for_rich  # type: ignore[attr-defined]
        return kind

    return hide
