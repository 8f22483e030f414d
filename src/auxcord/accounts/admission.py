"""Who may link an account here and on what terms, and how many people may use each Spotify app."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from auxcord.accounts.link import ConsentTerms
from auxcord.errors import NotAdmittedError
from auxcord.spotify.modes import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from auxcord.spotify.apps import App

DEVELOPMENT_SEATS: Final = 5
"""People Spotify lets use an app in development mode.

Source: https://developer.spotify.com/documentation/web-api/concepts/quota-modes
"""

ANY_NUMBER: Final = 0
_LISTED: Final = re.compile(
    r"(?:spotify:user:|https://open\.spotify\.com/(?:[\w-]+/)?user/)?([^?/]+)(?:\?.*)?"
)


class Admission:
    """The operator's rules.

    Args:
        allowed: Spotify user ids of those who may link an account, or their URIs or profile addresses;
            anybody may when there are none.
        seats: People for each app; 0 for any number. None: five while the app is, or may be, in development
            mode, and any number once it has extended access.
        terms: How long a consent counts; as long as Spotify honours it when omitted.

    Attributes:
        terms: As given.
    """

    def __init__(
        self,
        *,
        allowed: Iterable[str] = (),
        seats: int | None = ANY_NUMBER,
        terms: ConsentTerms | None = None,
    ) -> None:
        self._allowed = frozenset(_folded(_id_in(entry)) for entry in allowed)
        self._seats = seats
        self.terms: Final = terms or ConsentTerms()

    @property
    def is_open(self) -> bool:
        """Whether anybody may link an account."""
        return not self._allowed

    def admits(self, spotify_user_id: str) -> bool:
        """Whether this Spotify user may link an account, and use it."""
        return self.is_open or _folded(spotify_user_id) in self._allowed

    def require(self, spotify_user_id: str) -> None:
        """Insist that this Spotify user is on the operator's list, if there is one.

        Raises:
            NotAdmittedError: They are not.
        """
        if not self.admits(spotify_user_id):
            raise NotAdmittedError("Your Spotify account is not on this server's list of people.")

    def seats(self, app: App) -> int | None:
        """How many people may use an app; None for any number."""
        if self._seats is not None:
            return self._seats or None
        return None if app.mode is Mode.EXTENDED else DEVELOPMENT_SEATS


def _id_in(entry: str) -> str:
    """The user id in what an operator copies: the id itself, a URI, or the address of a profile."""
    match = _LISTED.fullmatch(entry.strip())
    return entry.strip() if match is None else unquote(match[1])


def _folded(user_id: str) -> str:
    """A user id as it is compared.

    Spotify writes them in lower case, while people remember capitals. Only ASCII letters are folded: to take
    other letters for the same would let one account pass for another's.
    """
    return "".join(letter.lower() if letter.isascii() else letter for letter in user_id)
