"""A server gives memory back that it no longer needs, where the system's allocator would keep it."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from typing import Any, Final

import pytest

from auxcord.server import trimming
from tests.needed import missing

PROGRAM: Final = """
import asyncio, os
from auxcord.server.trimming import trimming
from bench.processes import resident_bytes

async def main():
    pieces = [bytes(3000) for _ in range(20_000)]
    pinned = pieces[::50]
    del pieces  # what is free lies between what is not
    before = resident_bytes(os.getpid())
    async with trimming(every=0.01):
        for _ in range(500):
            await asyncio.sleep(0.01)
            if before - resident_bytes(os.getpid()) > 30_000_000:
                break
    print(before - resident_bytes(os.getpid()) > 30_000_000, len(pinned))

asyncio.run(main())
"""


def test_what_is_free_between_what_is_not_goes_back() -> None:
    if trimming.trimmer() is None:
        missing("glibc, whose allocator gives memory back when it is told to")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "True 400\n", done.stderr[-2000:]


@pytest.mark.anyio
@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
async def test_where_the_allocator_cannot_be_told_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def no_library(_name: None) -> Any:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", no_library)
    assert trimming.trimmer() is None
    async with trimming.trimming():
        pass
