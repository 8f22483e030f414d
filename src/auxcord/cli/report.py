"""How the tour is told: steps, answers and checks, readable at a glance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ROWS = 6
MAX_TEXT = 44


@dataclass(slots=True)
class Report:
    """Prints the tour as it happens and counts what held."""

    console: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=False))
    steps: int = 0
    held: int = 0
    broken: list[str] = field(default_factory=list)

    def step(self, title: str) -> None:
        """Begin a step."""
        self.steps += 1
        self.console.print(f"\n[bold cyan]{self.steps}. {escape(title)}[/]")

    def say(self, sentence: str) -> None:
        """Tell something in passing."""
        self._indented(Text(sentence))

    def call(self, who: str, tool: str, arguments: dict[str, object], answer: str) -> None:
        """Show one tool call and the head of its answer."""
        shown = ", ".join(f"{name}={_short(value)}" for name, value in arguments.items())
        self._indented(Text.assemble((who, "bold magenta"), "  ", (f"{tool}({shown})", "bold")))
        rows = answer.splitlines()
        for row in rows[:MAX_ROWS]:
            self.console.print(
                Padding(Text(row, style="dim", no_wrap=True, overflow="ellipsis"), (0, 0, 0, 6), expand=False)
            )
        if len(rows) > MAX_ROWS:
            self.console.print(
                Padding(Text(f"… {len(rows) - MAX_ROWS} more lines", style="dim"), (0, 0, 0, 6), expand=False)
            )

    def check(self, sentence: str, *, held: bool, seen: str = "") -> None:
        """Record a promise that was put to the test, and what was seen."""
        mark = ("✔ ", "bold green") if held else ("✘ ", "bold red")
        self._indented(Text.assemble(mark, sentence, (f"  ({seen})" if seen else "", "dim")))
        if held:
            self.held += 1
        else:
            self.broken.append(sentence)

    def end(self) -> bool:
        """Say how it went; True if every check held."""
        if self.broken:
            self.console.print(f"\n[bold red]{len(self.broken)} checks did not hold:[/]")
            for sentence in self.broken:
                self._indented(Text(sentence))
        else:
            self.console.print(f"\n[bold green]All {self.held} checks held.[/]")
        return not self.broken

    def _indented(self, text: Text) -> None:
        self.console.print(Padding(text, (0, 0, 0, 3), expand=False))


def _short(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return _list(value)
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= MAX_TEXT else f'"{value[:12]}…{value[-4:]}"'
    return str(value)


def _list(values: Sequence[object]) -> str:
    return f"[{len(values)} items]" if len(values) > 1 else f"[{', '.join(map(_short, values))}]"
