"""What is alive inside a server that was just used, written down in every way there is."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from tests.authorization.house import Program, open_house
from tests.authorization.test_secrecy import drive as use
from tests.security.canaries.holders import written
from tests.security.canaries.ledger import USED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.security.canaries.ledger import Ledger


async def drive(ledger: Ledger, folder: Path) -> int:
    """Use a server in this process, and write down everything in it; returns how many things that were."""
    async with open_house(folder) as house:
        program = await Program.registered(house)
        for secret in await use(house, program):
            ledger.note(USED, secret)
        written_down = 0
        for thing in gc.get_objects():
            kind = type(thing)
            if str(kind.__module__).startswith("auxcord.") and "simulator" not in kind.__module__:
                written_down += 1
                for how, text in written(thing):
                    ledger.hear("reprs", f"{how} of {kind.__qualname__}", text)
    return written_down
