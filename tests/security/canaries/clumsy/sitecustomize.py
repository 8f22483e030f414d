"""A program whose inner parts fail and quote in their errors all that they were given.

Python imports this by itself where this folder is on its path; CLUMSY says which parts fail.
"""

from __future__ import annotations

import base64
import os
import sys
from typing import Any, NoReturn

from auxcord.authorization.codes import Codes
from auxcord.authorization.rotation import Rotation
from auxcord.authorization.sessions import PageSessions
from auxcord.authorization.tickets import SignIns
from auxcord.spotify.oauth import SpotifyOAuth
from auxcord.spotify.transport import Transport
from auxcord.telemetry import incidents
from auxcord.vault import KeyRing


async def _serving(*given: Any, **named: Any) -> NoReturn:
    raise RuntimeError(f"cannot go on with {given!r} {named!r}")


async def _sending(_transport: Transport, tokens: Any, *given: Any, **named: Any) -> NoReturn:
    raise RuntimeError(f"cannot go on with {await tokens.current()!r} {given!r} {named!r}")


def _starting(keys: Any) -> NoReturn:
    raise RuntimeError(f"cannot go on with {keys!r}")


class _Telling:
    """Logs an error's own words, in a form that no mask knows."""

    def error(self, *_given: Any, **_named: Any) -> None:
        error = sys.exc_info()[1]
        words = str(getattr(error, "reason", error))  # of a tool that stopped, what stopped it
        sys.stderr.write(f"what is wrong: {base64.b64encode(words.encode()).decode()}\n")


_WHERE = os.environ.get("CLUMSY", "")
if "telling" in _WHERE:
    incidents.log = _Telling()
if "serving" in _WHERE:
    for part, name in (
        (Codes, "find"),
        (Rotation, "find"),
        (PageSessions, "find"),
        (SignIns, "by_ticket"),
        (SpotifyOAuth, "exchange_code"),
    ):
        setattr(part, name, _serving)
    Transport.request = Transport.fetch = _sending  # type: ignore[method-assign, assignment]
if "starting" in _WHERE:
    KeyRing.of = staticmethod(_starting)  # type: ignore[method-assign, assignment]
