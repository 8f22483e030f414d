"""Every metric there is: `auxcord_<floor>_<noun>_<event>`, each with bounded labels and nobody's name.

Label values are tool names, codes of `errors.py`, routes without ids, states, and `app`: the place of a
Spotify app among the server's. Never a person, a client, an address, or anything somebody sent.
"""

from __future__ import annotations

from typing import Final

from auxcord.telemetry.instruments import Counter, Gauge, Instrument, Tally, Timing

# --- Calls --------------------------------------------------------------------------------------------------

CALLS_ANSWERED: Final = Counter(
    "auxcord_server_calls_answered_total",
    "Tool calls answered; the outcome is `ok`, `asked` when the person is asked first, or an error's code.",
    ("tool", "outcome"),
)
CALLS_SECONDS: Final = Timing(
    "auxcord_server_calls_seconds", "How long tool calls took, from the guards on.", ("tool",)
)
CALLS_RUNNING: Final = Gauge("auxcord_server_calls_running", "Tool calls under way.")
SESSIONS_OPEN: Final = Gauge(
    "auxcord_server_sessions_open", "MCP sessions of clients of earlier protocol revisions that are open."
)
LIMITS_HIT: Final = Counter(
    "auxcord_server_limits_hit_total", "Requests refused because somebody made too many.", ("limit",)
)

# --- Spotify ------------------------------------------------------------------------------------------------

SPOTIFY_ANSWERED: Final = Counter(
    "auxcord_spotify_requests_answered_total",
    "Requests sent to Spotify's Web API; the status is `2xx`, `304`, `429`, another class such as `5xx`, "
    "`not_sent`, `no_answer`, or `cut` for an answer that broke off.",
    ("app", "method", "route", "status"),
)
SPOTIFY_SECONDS: Final = Timing(
    "auxcord_spotify_requests_seconds", "How long Spotify's Web API took to answer.", ("method", "route")
)
SPOTIFY_RUNNING: Final = Gauge("auxcord_spotify_requests_running", "Requests to Spotify under way.", ("app",))
SPOTIFY_WAITING: Final = Gauge(
    "auxcord_spotify_requests_waiting", "Requests waiting for their turn at Spotify.", ("app",)
)
PACE_SECONDS: Final = Timing(
    "auxcord_spotify_pace_waited_seconds", "How long requests to Spotify waited for their turn."
)
PACE_SIZE: Final = Gauge(
    "auxcord_spotify_pace_size",
    "Requests that may start within 30 seconds, as learnt from Spotify.",
    ("app",),
)
COOLDOWNS_MET: Final = Counter(
    "auxcord_spotify_cooldowns_met_total",
    "Answers of Spotify that ask to slow down: to all requests (`pace`), to one kind (`own`), or because the "
    "app's quota is used up (`quota`).",
    ("app", "limit"),
)
COOLDOWN_LEFT: Final = Gauge(
    "auxcord_spotify_cooldown_left_seconds",
    "Seconds until Spotify takes requests again; 0 when it does.",
    ("app",),
)
QUOTAS_USED_UP: Final = Gauge(
    "auxcord_spotify_quotas_used_up", "Kinds of request whose quota at Spotify is used up.", ("app",)
)
BREAKERS_OPENED: Final = Counter(
    "auxcord_spotify_breakers_opened_total",
    "How often a kind of request was given a rest because it kept failing, or a longer one.",
    ("app",),
)
BREAKERS_OPEN: Final = Gauge(
    "auxcord_spotify_breakers_open", "Kinds of request that are given a rest now.", ("app",)
)
CACHE_HITS: Final = Tally(
    "auxcord_spotify_cache_hits_total", "Reads answered from what Spotify said a moment ago."
)
CACHE_MISSES: Final = Tally("auxcord_spotify_cache_misses_total", "Reads that were not in the cache.")
CACHE_REVALIDATED: Final = Tally(
    "auxcord_spotify_cache_revalidated_total", "Misses for which Spotify said that nothing had changed."
)
CACHE_BYTES: Final = Gauge("auxcord_spotify_cache_size_bytes", "Memory the cached answers are taken to use.")
TOKENS_ASKED: Final = Counter(
    "auxcord_spotify_tokens_asked_total",
    "Requests to Spotify's sign-in service by `grant` (`refresh_token`, `authorization_code`); the outcome "
    "is `ok` or an error's code.",
    ("app", "grant", "outcome"),
)
TOKENS_SECONDS: Final = Timing(
    "auxcord_spotify_tokens_seconds", "How long Spotify's sign-in service took to answer.", ("grant",)
)

# --- People -------------------------------------------------------------------------------------------------

LINKS: Final = Gauge(
    "auxcord_accounts_links_kept",
    "People by the state of their link: `active`, `reauthorization_required`, `not_admitted`, `not_linked`, "
    "`unreadable`; counted in the background.",
    ("state",),
)
CONSENTS_ENDING: Final = Gauge(
    "auxcord_accounts_consents_ending",
    "Working links whose consent at Spotify ends within AUXCORD_CONSENT_WARNING; counted in the background.",
)
LINKS_COUNTED: Final = Gauge(
    "auxcord_accounts_links_counted_timestamp_seconds", "When the links were counted last, in Unix time."
)
SEATS_TAKEN: Final = Gauge(
    "auxcord_accounts_seats_taken",
    "People linked through each Spotify app; `app` is `unknown` for apps that are not set up here.",
    ("app",),
)

# --- Keys, records, the trail -------------------------------------------------------------------------------

KEY_RING_AGE: Final = Gauge(
    "auxcord_vault_key_ring_age_seconds",
    "Seconds since `auxcord keys rotate` last moved everything to a newer key, or since the database began.",
)
KEY_RING_SIZE: Final = Gauge("auxcord_vault_key_ring_size", "Encryption keys this process was given.")
DATA_KEYS_AGE: Final = Gauge(
    "auxcord_vault_data_keys_age_seconds",
    "Age of the `newest` and the `oldest` person's data key.",
    ("which",),
)
DATA_KEYS_WRAPPED: Final = Gauge(
    "auxcord_vault_data_keys_wrapped",
    "People's data keys by the key of the ring that wraps them: the `newest`, an `older` one, or a `missing` "
    "one.",
    ("key",),
)
LINES_WRITTEN: Final = Counter(
    "auxcord_audit_lines_written_total",
    "Lines of the audit trail by event: tokens of MCP clients issued, refreshed, reused and revoked, links "
    "made and lost, and all the others of docs/audit.md.",
    ("event",),
)
STORE_SECONDS: Final = Timing(
    "auxcord_store_operations_seconds",
    "How long the database took for a `read` or a `write`.",
    ("operation",),
)
STORE_FAILED: Final = Counter(
    "auxcord_store_operations_failed_total",
    "Reads and writes that failed, by the error's code.",
    ("operation", "outcome"),
)
STORE_REACHED: Final = Gauge(
    "auxcord_store_database_reached",
    "1 if the database answered when it was last looked at for metrics, else 0.",
)

DECLARED: Final[tuple[Instrument, ...]] = tuple(
    value for value in [*globals().values()] if isinstance(value, Instrument)
)
"""All of them, in the order above."""
