"""Every page in Chromium, light and dark, wide and narrow: axe-core minds nothing and everything fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.looks import judged
from tests.browser.scenes import SCENES, Scene

if TYPE_CHECKING:
    from collections import Counter

    from tests.browser.conftest import OpenWindow

pytestmark = [pytest.mark.anyio, pytest.mark.server]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_page_is_readable_to_all_and_fits(
    window: OpenWindow, tally: Counter[str], scene: Scene
) -> None:
    assert await judged(await scene.play(await window()), scene.name, tally) == []
