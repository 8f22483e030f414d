"""The person behind an access token, and the people named on playlists."""

from auxcord.spotify.models.shapes import Part
from auxcord.telemetry.discretion import discreet


@discreet("display_name")
class User(Part, frozen=True, kw_only=True):
    """The person themselves, as `GET /me` shows them.

    Attributes:
        id: The user id; Spotify may change it.
        account_id: The account's own id, which never changes; the one to know an account by.
        product: `premium`, `free` or `open`; None means unknown, not free (newer apps are not told).
    """

    id: str
    account_id: str | None = None
    display_name: str | None = None
    product: str | None = None

    @property
    def name(self) -> str:
        """What to call the person: the display name, or the id when they have none."""
        return self.display_name or self.id


class UserRef(Part, frozen=True, kw_only=True):
    """Somebody as named on a playlist: its owner, or who added an entry."""

    id: str | None = None
    display_name: str | None = None
