"""The server object: FastMCP, which here keeps nothing of sessions.

No tool here keeps state with a session or hides others for one. FastMCP asks its store of such things all the
same whenever a client lists what there is; its store would load four hundred modules, 5 MB, to say no.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn

from fastmcp import FastMCP


class _Nothing:
    """A store of session state that holds nothing and takes nothing."""

    async def get(self, **_what: Any) -> None:
        """Find nothing."""

    async def put(self, **_what: Any) -> NoReturn:
        """Refuse.

        Raises:
            RuntimeError: Always: what is kept of a person belongs into the vault.
        """
        raise RuntimeError("Auxcord keeps no session state; what is a person's belongs into the vault.")

    async def delete(self, **_what: Any) -> None:
        """Delete nothing."""


_NOTHING: Final = _Nothing()


class StatelessMcp(FastMCP):
    """FastMCP without session state."""

    @property
    def _state_store(self) -> Any:
        return _NOTHING
