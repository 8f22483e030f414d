"""Every table, as it is at the newest revision (`HEAD`).

Ids are text; times are Unix seconds; hashes are the 32 bytes of SHA-256 or HMAC-SHA256; whatever is secret is
sealed by the vault first. docs/storage.md explains each column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    literal_column,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

HEAD: Final = "0003"
"""The newest migration. Kept here so that an up-to-date database opens without loading Alembic."""

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _time(name: str, *, nullable: bool = False) -> Column[float]:
    return Column(name, Double, nullable=nullable)


def _bytes(name: str, *, nullable: bool = False, unique: bool | None = None) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable, unique=unique)


def _hash_key(name: str) -> Column[bytes]:
    return Column(name, LargeBinary(32), primary_key=True)


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _user(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "user_id",
        String(32),
        ForeignKey("users.user_id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


def _grant() -> Column[str]:
    return Column("grant_id", String(32), ForeignKey("grants.grant_id", ondelete="CASCADE"), nullable=False)


def place_in(table: Table) -> ColumnElement[int]:
    """Where a row lies in the file: whoever goes through many in this order meets each page only once.

    Rebuilding the file may move rows to other places.
    """
    return literal_column(f"{table.name}.rowid", Integer)


# --- People and what is sealed for them ---------------------------------------------------------------------

users: Final = Table(
    "users",
    metadata,
    Column("user_id", String(32), primary_key=True),
    _bytes("lookup", unique=True),
    _time("created_at"),
)

data_keys: Final = Table(
    "data_keys",
    metadata,
    _user(primary_key=True),
    Column("key_id", String(32), nullable=False, index=True),
    _bytes("wrapped"),
    _time("created_at"),
)

records: Final = Table(
    "records",
    metadata,
    _user(primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
    _bytes("sealed"),
    _time("updated_at"),
)

server_keys: Final = Table(
    "server_keys",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("key_id", String(32), nullable=False),
    _bytes("wrapped"),
    _time("created_at"),
)

leases: Final = Table(
    "leases",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("holder", String(64), nullable=False),
    _time("until"),
)

# --- What is known about the Spotify app --------------------------------------------------------------------

spotify_apps: Final = Table(
    "spotify_apps",
    metadata,
    Column("client_id", Text, primary_key=True),
    _bytes("findings"),
    _time("updated_at"),
)

seats: Final = Table(
    "seats",
    metadata,
    _user(primary_key=True),
    Column("client_id", Text, nullable=False, index=True),
    _time("since"),
)

# --- What people gave to MCP clients ------------------------------------------------------------------------

clients: Final = Table(
    "clients",
    metadata,
    Column("client_id", Text, primary_key=True),
    _text("document"),
    _time("created_at"),
    _time("last_used_at"),
    _time("fetched_at", nullable=True),
)

sign_ins: Final = Table(
    "sign_ins",
    metadata,
    _hash_key("ticket_hash"),
    _text("client_id"),
    _bytes("request"),
    _bytes("nonce_hash", nullable=True),
    _bytes("state_hash", nullable=True, unique=True),
    _bytes("verifier", nullable=True),
    Column("level", String(32), nullable=True),
    _time("created_at"),
    _time("expires_at"),
    Index(None, "expires_at"),
)

grants: Final = Table(
    "grants",
    metadata,
    Column("grant_id", String(32), primary_key=True),
    _user(),
    _text("client_id"),
    _text("scopes"),
    _text("resource"),
    _time("created_at"),
    _time("last_used_at"),
    _time("revoked_at", nullable=True),
    Index(None, "user_id"),
)

codes: Final = Table(
    "codes",
    metadata,
    _hash_key("code_hash"),
    _grant(),
    _text("client_id"),
    _text("redirect_uri"),
    Column("redirect_uri_explicit", Boolean, nullable=False),
    _text("code_challenge"),
    _text("resource"),
    _text("scopes"),
    _time("expires_at"),
    _time("redeemed_at", nullable=True),
    Index(None, "grant_id"),
    Index(None, "expires_at"),
)

access_tokens: Final = Table(
    "access_tokens",
    metadata,
    _hash_key("token_hash"),
    _grant(),
    _text("scopes"),
    _text("resource"),
    _time("created_at"),
    _time("expires_at"),
    Index(None, "grant_id"),
    Index(None, "expires_at"),
)

refresh_tokens: Final = Table(
    "refresh_tokens",
    metadata,
    _hash_key("token_hash"),
    _grant(),
    _text("scopes"),
    _time("created_at"),
    _time("expires_at"),
    _time("rotated_at", nullable=True),
    _bytes("successor", nullable=True),
    _bytes("successor_hash", nullable=True),
    Index(None, "grant_id"),
    Index(None, "expires_at"),
)

# --- What people see and operators check --------------------------------------------------------------------

page_sessions: Final = Table(
    "page_sessions",
    metadata,
    _hash_key("session_hash"),
    _user(),
    _time("created_at"),
    _time("expires_at"),
    Index(None, "user_id"),
    Index(None, "expires_at"),
)

answered_questions: Final = Table(
    "answered_questions",
    metadata,
    _hash_key("question_hash"),
    _user(),
    _time("expires_at"),
    Index(None, "user_id"),
    Index(None, "expires_at"),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    _time("at"),
    _text("event"),
    _bytes("commitment"),
    _bytes("previous"),
    _bytes("hash"),
)

audit_details: Final = Table(
    "audit_details",
    metadata,
    Column(
        "seq", Integer, ForeignKey("audit.seq", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("user_id", String(32), ForeignKey("users.user_id", ondelete="CASCADE"), nullable=True),
    _bytes("salt"),
    _text("content"),
    Index(None, "user_id"),
)

audit_checkpoints: Final = Table(
    "audit_checkpoints",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("seq", Integer, nullable=False),
    _bytes("hash"),
    _time("at"),
    _bytes("seal"),
)
