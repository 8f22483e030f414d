"""The first tables."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None


def upgrade() -> None:
    """Create everything version 0.1 needs."""
    _people()
    _sign_ins()
    _grants()
    _tokens()


def _user(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column("user_id", sa.String(32), primary_key=primary_key, nullable=False)


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_user_id"
    return sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name, ondelete="CASCADE")


def _of_grant(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_grant_id"
    return sa.ForeignKeyConstraint(["grant_id"], ["grants.grant_id"], name, ondelete="CASCADE")


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", sa.String(32), primary_key=True),
        sa.Column("lookup", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.UniqueConstraint("lookup", name="uq_users_lookup"),
    )
    op.create_table(
        "data_keys",
        _user(primary_key=True),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        _of_user("data_keys"),
    )
    op.create_index("ix_data_keys_key_id", "data_keys", ["key_id"])
    op.create_table(
        "records",
        _user(primary_key=True),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
        _of_user("records"),
    )
    op.create_table(
        "server_keys",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", sa.Double, nullable=False),
    )


def _sign_ins() -> None:
    op.create_table(
        "clients",
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("last_used_at", sa.Double, nullable=False),
    )
    op.create_table(
        "sign_ins",
        sa.Column("ticket_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("nonce_hash", sa.LargeBinary),
        sa.Column("state_hash", sa.LargeBinary),
        sa.Column("verifier", sa.LargeBinary),
        sa.Column("level", sa.String(32)),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.UniqueConstraint("state_hash", name="uq_sign_ins_state_hash"),
    )
    op.create_index("ix_sign_ins_expires_at", "sign_ins", ["expires_at"])


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("grant_id", sa.String(32), primary_key=True),
        _user(),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("last_used_at", sa.Double, nullable=False),
        sa.Column("revoked_at", sa.Double),
        _of_user("grants"),
    )
    op.create_index("ix_grants_user_id", "grants", ["user_id"])
    op.create_table(
        "codes",
        sa.Column("code_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("grant_id", sa.String(32), nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("redirect_uri_explicit", sa.Boolean, nullable=False),
        sa.Column("code_challenge", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("redeemed_at", sa.Double),
        _of_grant("codes"),
    )
    op.create_index("ix_codes_grant_id", "codes", ["grant_id"])
    op.create_index("ix_codes_expires_at", "codes", ["expires_at"])


def _tokens() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("grant_id", sa.String(32), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        _of_grant("access_tokens"),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("grant_id", sa.String(32), nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("rotated_at", sa.Double),
        sa.Column("successor", sa.LargeBinary),
        sa.Column("successor_hash", sa.LargeBinary),
        _of_grant("refresh_tokens"),
    )
    for table in ("access_tokens", "refresh_tokens"):
        op.create_index(f"ix_{table}_grant_id", table, ["grant_id"])
        op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])
