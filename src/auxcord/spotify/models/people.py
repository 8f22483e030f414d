"""The person behind an access token, and the people named on playlists."""

from msgspec import Struct

from auxcord.spotify.models.music import Followers
from auxcord.spotify.models.shapes import ExternalUrls, Image
from auxcord.telemetry.discretion import discreet


class ExplicitContent(Struct, frozen=True, kw_only=True):
    """The person's setting for explicit content; older apps only."""

    filter_enabled: bool | None = None
    filter_locked: bool | None = None


@discreet("display_name", "email")
class User(Struct, frozen=True, kw_only=True):
    """The person themselves, as `GET /me` shows them.

    Attributes:
        id: The user id; Spotify may change it.
        account_id: The account's own id, which never changes; the one to know an account by.
        product: `premium`, `free` or `open`; None means unknown, not free (newer apps are not told).
    """

    id: str
    account_id: str | None = None
    uri: str | None = None
    type: str = "user"
    display_name: str | None = None
    images: tuple[Image, ...] = ()
    external_urls: ExternalUrls | None = None
    country: str | None = None
    email: str | None = None
    product: str | None = None
    explicit_content: ExplicitContent | None = None
    followers: Followers | None = None

    @property
    def name(self) -> str:
        """What to call the person: the display name, or the id when they have none."""
        return self.display_name or self.id


class UserRef(Struct, frozen=True, kw_only=True):
    """Somebody as named on a playlist: its owner, or who added an entry."""

    id: str | None = None
    uri: str | None = None
    type: str = "user"
    display_name: str | None = None
    external_urls: ExternalUrls | None = None
