"""New encryption keys for a running server: SIGHUP makes it read them again, and nobody notices.

Only keys that lie in a file can change under a running process: that of AUXCORD_ENCRYPTION_KEYS_FILE, or the
TOML file.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

import structlog

from auxcord.errors import AuxcordError
from auxcord.vault import KeyRing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from auxcord.server.settings import Settings
    from auxcord.vault import Vault

log = structlog.get_logger(__name__)


async def reload_keys(vault: Vault, load: Callable[[], Settings]) -> bool:
    """Read the keys again and use them if they fit the data; what is wrong with them is logged.

    Args:
        vault: Open.
        load: Reads the settings.

    Returns:
        Whether the vault uses what was read.
    """
    try:
        await vault.change_keys(KeyRing.of(load().keys))
    except AuxcordError as error:
        log.warning("the new encryption keys are not used, the old ones are", reason=str(error))
        return False
    log.warning("the encryption keys were read again", keys=len(vault.key_ids), newest=vault.key_ids[0])
    return True


@contextlib.asynccontextmanager
async def reloading(vault: Vault, load: Callable[[], Settings]) -> AsyncIterator[None]:
    """Reload the keys at each SIGHUP until the block is left; where there is no such signal, never."""
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is None:
        yield
        return
    loop, wanted = asyncio.get_running_loop(), asyncio.Event()

    async def reload() -> None:
        while True:
            await wanted.wait()
            wanted.clear()
            await reload_keys(vault, load)

    loop.add_signal_handler(hangup, wanted.set)
    task = asyncio.create_task(reload())
    try:
        yield
    finally:
        loop.remove_signal_handler(hangup)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
