"""Where a person widens or renews what a client already has, without that client's help.

The link names a grant, which is no secret: whoever opens it must still be the same person at Spotify.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from auxcord.authorization.clients import display_name
from auxcord.authorization.parameters import ParameterError, query_of
from auxcord.authorization.problems import MALFORMED, UNKNOWN_GRANT, ProblemError

if TYPE_CHECKING:
    from starlette.requests import Request

    from auxcord.authorization.clients import Clients
    from auxcord.authorization.grants import Grants
    from auxcord.authorization.signin import SignInFlow


class Renewal:
    """Starts such a sign-in.

    Args:
        flow: The sign-in.
        grants: Finds what is to be widened.
        clients: Tells the client's name.
    """

    def __init__(self, *, flow: SignInFlow, grants: Grants, clients: Clients) -> None:
        self._flow = flow
        self._grants = grants
        self._clients = clients

    async def start(self, request: Request) -> Response:
        """Send the person to the consent page (GET)."""
        try:
            grant_id = query_of(request).get("grant", "")
        except ParameterError:
            raise ProblemError(MALFORMED) from None
        grant = await self._grants.find(grant_id)
        if grant is None:
            raise ProblemError(UNKNOWN_GRANT)
        client = await self._clients.find(grant.client_id)
        page = await self._flow.begin_renewal(grant, "" if client is None else display_name(client))
        return RedirectResponse(page, 302, {"Cache-Control": "no-store"})
