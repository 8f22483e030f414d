"""The tree of everything Auxcord raises on purpose.

Every error is one clear sentence (`str(error)`) plus what the reader needs to act on it: a stable `code`,
`advice` (what to do next), whether and when retrying helps (`retryable`, `retry_after`). Constructors take
identifiers and facts, never secrets, so that an error may be shown and logged as is.
"""

from __future__ import annotations

from typing import ClassVar


class AuxcordError(Exception):
    """The root. Catch it to handle every failure Auxcord foresees.

    Args:
        message: What is wrong, one sentence, safe to show to anyone.
        advice: What to do next; the class's own when omitted.
        retry_after: Seconds until retrying can help, when known.
    """

    code: ClassVar[str] = "error"
    default_advice: ClassVar[str] = ""
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, advice: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.advice = self.default_advice if advice is None else advice
        self.retry_after = retry_after


# --- Settings: what the operator can mend -------------------------------------------------------------------


class SettingsError(AuxcordError):
    """One or more settings are missing or malformed; `problems` holds one finished line for each."""

    code = "settings_invalid"
    default_advice = "Correct the settings listed and start again."

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class AddressInUseError(AuxcordError):
    """Another program listens on the address already."""

    code = "address_in_use"
    default_advice = "Stop the other program, or choose another port with --port or AUXCORD_PORT."


# --- Store and vault: what protects people's secrets --------------------------------------------------------


class StoreError(AuxcordError):
    """The database cannot do what was asked."""

    code = "store_error"


class StoreUnavailableError(StoreError):
    """The database cannot be reached or written; nothing was changed."""

    code = "store_unavailable"
    default_advice = "Try again in a few seconds; if it persists, the operator should look at the disk."
    retryable = True


class StoreDamagedError(StoreUnavailableError):
    """The database file is damaged where it was looked at; nothing was changed."""

    code = "store_damaged"
    default_advice = "The operator should run `auxcord doctor`, which says what is damaged and what to do."
    retryable = False


class AuditBrokenError(StoreError):
    """The audit trail is not as it was written."""

    code = "audit_broken"
    default_advice = "Somebody changed it past Auxcord, or it is damaged: compare it with the log's hashes."


class SchemaTooNewError(StoreError):
    """The database was written by a newer Auxcord; an older one must not touch it."""

    code = "schema_too_new"
    default_advice = "Run the Auxcord version that last used this database, or a newer one."


class VaultError(AuxcordError):
    """The vault refuses."""

    code = "vault_error"


class KeyRingError(VaultError):
    """The key ring is missing, malformed, or does not fit the data; nothing was written."""

    code = "key_ring_invalid"
    default_advice = "Set AUXCORD_ENCRYPTION_KEYS to the keys this data was sealed with, newest first."


class VaultCorruptError(VaultError):
    """A sealed record does not open: altered, truncated, swapped, or sealed under another key."""

    code = "vault_corrupt"
    default_advice = "Only this person is affected, and signing in to Spotify again mends it."


class VersionConflictError(VaultError):
    """Somebody else wrote the record first; read it again."""

    code = "version_conflict"
    retryable = True


# --- Accounts: a person's link to Spotify -------------------------------------------------------------------


class AccountError(AuxcordError):
    """Something about a person's Spotify account link."""

    code = "account_error"


class NotLinkedError(AccountError):
    """This person has no Spotify account linked."""

    code = "not_linked"
    default_advice = "Link a Spotify account first."


class ReauthorizationRequiredError(AccountError):
    """Spotify no longer accepts the link (consent ended or was withdrawn); the person must consent again."""

    code = "reauthorization_required"
    default_advice = "Sign in to Spotify again to renew the link; nothing else is lost."


class AlreadyLinkedError(AccountError):
    """This person is linked to another Spotify account already."""

    code = "already_linked"
    default_advice = "Disconnect the other Spotify account first."


class NotAdmittedError(AccountError):
    """The operator lets only some people use this server, and this person is not one of them."""

    code = "not_admitted"
    default_advice = "Ask whoever runs this server to add your Spotify user id to AUXCORD_ALLOWED_USERS."


class SeatsTakenError(AccountError):
    """As many people use the Spotify app as may."""

    code = "server_full"
    default_advice = "Ask whoever runs this server to add a Spotify app, or to free a seat."


# --- Spotify: what came back, or did not --------------------------------------------------------------------


class SpotifyError(AuxcordError):
    """Spotify refused or failed."""

    code = "spotify_error"


class SpotifyUnavailableError(SpotifyError):
    """Spotify did not answer, or answered with a failure of its own; nothing was changed."""

    code = "spotify_unavailable"
    default_advice = "Try again in a moment."
    retryable = True


class MalformedAnswerError(SpotifyUnavailableError):
    """Spotify's answer could not be understood."""

    code = "spotify_answer_malformed"


class AmbiguousWriteError(SpotifyError):
    """A change was sent, but the answer was lost: it may or may not have happened."""

    code = "ambiguous"
    default_advice = "Check the current state before doing it again."


class RateLimitedError(SpotifyError):
    """Spotify asks this app to slow down."""

    code = "spotify_rate_limited"
    default_advice = "Wait before calling again."
    retryable = True


class QuotaExceededError(RateLimitedError):
    """The app's daily Spotify quota is used up; only time helps."""

    code = "spotify_quota_exceeded"
    default_advice = "Wait until the quota frees up; calling sooner does not help."


class SpotifyRefusedError(SpotifyError):
    """Spotify understood the request and refused it."""

    code = "spotify_refused"


class BadRequestError(SpotifyRefusedError):
    """Spotify says the request is malformed."""

    code = "spotify_bad_request"
    default_advice = "Check the ids and values and call again, corrected."


class AccessTokenRefusedError(SpotifyRefusedError):
    """Spotify did not accept the access token, even after a refresh."""

    code = "spotify_token_refused"
    default_advice = "Try again; if it persists, sign in to Spotify again."
    retryable = True


class InsufficientScopeError(SpotifyRefusedError):
    """The person's consent does not cover this."""

    code = "insufficient_scope"
    default_advice = "Ask the person to sign in again and allow it."


class EndpointClosedError(SpotifyRefusedError):
    """Spotify closed this to the app's access mode, or the object belongs to somebody else."""

    code = "spotify_forbidden"
    default_advice = "Only the owner or a collaborator can do this, or Spotify closed it to this kind of app."


class NotAllowListedError(SpotifyRefusedError):
    """The app is in development mode and this Spotify user is not on its list."""

    code = "spotify_user_not_registered"
    default_advice = "The operator must add this Spotify user to the app in Spotify's developer dashboard."


class OwnerPremiumRequiredError(SpotifyRefusedError):
    """The app's owner has no active Premium subscription, so Spotify stopped the app."""

    code = "spotify_owner_premium_required"
    default_advice = "The app's owner must renew Spotify Premium; it can take hours to take effect."


class NotFoundError(SpotifyRefusedError):
    """Spotify has no such thing, or not for this person."""

    code = "not_found"
    default_advice = "Check the id; search finds current ones."


class PlayerError(SpotifyRefusedError):
    """The player refused a command; `reason` is Spotify's own code, such as `NO_NEXT_TRACK`, or empty."""

    code = "player_refused"
    default_advice = "Look at the playback state, then choose another command."

    def __init__(
        self, message: str, *, advice: str | None = None, retry_after: float | None = None, reason: str = ""
    ) -> None:
        super().__init__(message, advice=advice, retry_after=retry_after)
        self.reason = reason


class PremiumRequiredError(PlayerError):
    """Controlling playback needs Spotify Premium, which this person does not have."""

    code = "premium_required"
    default_advice = "Searching, the library and playlists work without Premium; playback control does not."


class NoActiveDeviceError(PlayerError):
    """No device is playing or ready."""

    code = "no_active_device"
    default_advice = "Open Spotify on a device, or name one of the available devices."


class DeviceNotFoundError(PlayerError):
    """No such device."""

    code = "device_not_found"
    default_advice = "List the devices again; their ids change."


# --- Spotify's accounts service -----------------------------------------------------------------------------


class SpotifySignInError(SpotifyError):
    """Spotify's accounts service refused."""

    code = "spotify_sign_in_failed"
    default_advice = "Start the sign-in again."


class InvalidGrantError(SpotifySignInError):
    """The authorization code or refresh token is expired, revoked or unknown; retrying never helps."""

    code = "spotify_invalid_grant"


class InvalidClientError(SpotifySignInError):
    """Spotify does not accept the app's client id or secret."""

    code = "spotify_invalid_client"
    default_advice = "The operator must check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET."


# --- Callers: what a model or person can mend ---------------------------------------------------------------


class InputError(AuxcordError):
    """An argument cannot be used; the sentence says which and why."""

    code = "invalid_input"
    default_advice = "Call again with the argument corrected."


class TooManyRequestsError(AuxcordError):
    """This person or client makes more requests than this server allows; nothing was done."""

    code = "too_many_requests"
    default_advice = "Wait, then call again; one call with many items costs less than many calls."
    retryable = True


class NotPermittedError(AuxcordError):
    """This client was not given permission for this by the person."""

    code = "not_permitted"
    default_advice = "Ask the person to sign in again and choose a level that allows it."


class NotSignedInError(AuxcordError):
    """No verified person stands behind this call."""

    code = "not_signed_in"
    default_advice = "Sign in first."
