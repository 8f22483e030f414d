"""How a page looks: judged by axe-core and by its measures, in light and dark, wide and narrow, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections import Counter

    from playwright.async_api import Page

SCREENSHOTS: Final = Path(__file__).resolve().parents[2] / "artefacts" / "screenshots"
AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
NARROW: Final = 360
WIDE: Final = 1280
_RUN: Final = """
async () => {
  const found = await axe.run(document, {
    resultTypes: ["violations", "incomplete"],
    rules: {"target-size": {enabled: true}},
  });
  return {violations: found.violations, incomplete: found.incomplete, passes: found.passes.length};
}
"""
_MEASURE: Final = """
() => {
  const wide = document.documentElement.clientWidth;
  const out = [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && (box.left < -0.5 || box.right > wide + 0.5);
  });
  const scroll = document.documentElement.scrollWidth - wide;
  return {scroll, out: out.map((element) => element.outerHTML.slice(0, 90))};
}
"""


@dataclass(frozen=True)
class Look:
    """One way to look at a page."""

    scheme: Literal["light", "dark"]
    width: int

    @property
    def name(self) -> str:
        """For the file."""
        return f"{self.scheme}-{'phone' if self.width == NARROW else 'desktop'}"


LOOKS: Final = tuple(Look(scheme, width) for scheme in ("light", "dark") for width in (WIDE, NARROW))


async def judged(page: Page, name: str, tally: Counter[str]) -> list[str]:
    """Look at a page in every way; returns what is wrong with it."""
    wrong = [found for look in LOOKS for found in await look_at(page, look, name)]
    tally["judged"] += len(LOOKS)
    tally["minded"] += len(wrong)
    return wrong


async def look_at(page: Page, look: Look, name: str) -> list[str]:
    """Look at the page that is open; returns what is wrong with it, and keeps a picture."""
    await page.set_viewport_size({"width": look.width, "height": 900 if look.width == WIDE else 740})
    await page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}-{look.name}.png", full_page=True)
    return [f"{look.name}: {wrong}" for wrong in [*await violations(page), *await overflows(page)]]


async def violations(page: Page) -> list[str]:
    """What axe-core finds; what it cannot decide about contrast counts too."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE)
    found: dict[str, Any] = await page.evaluate(_RUN)
    assert found["passes"] >= 5, "axe-core looked at nothing"
    unclear = [rule for rule in found["incomplete"] if rule["id"] == "color-contrast"]
    return [
        f"{rule['id']}: {node['html']}" for rule in (*found["violations"], *unclear) for node in rule["nodes"]
    ]


async def overflows(page: Page) -> list[str]:
    """What does not fit into the width of the window."""
    found: dict[str, Any] = await page.evaluate(_MEASURE)
    scrolls = [f"scrolls by {found['scroll']} px sideways"] if found["scroll"] > 0 else []
    return [*scrolls, *(f"sticks out: {html}" for html in found["out"])]
