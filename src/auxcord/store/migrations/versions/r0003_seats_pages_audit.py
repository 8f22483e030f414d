"""Which app a person uses, the account page's sessions, answered questions, and the audit trail."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"


def upgrade() -> None:
    """Create what several Spotify apps, the account page and the audit trail need."""
    op.create_table(
        "seats",
        _user(primary_key=True),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
    )
    op.create_index("ix_seats_client_id", "seats", ["client_id"])
    # Until now there was one app; which one it was is known when the server starts.
    op.execute("INSERT INTO seats (user_id, client_id, since) SELECT user_id, '', created_at FROM users")
    op.add_column("clients", sa.Column("fetched_at", sa.Double, nullable=True))
    op.create_table(
        "page_sessions",
        sa.Column("session_hash", sa.LargeBinary(32), primary_key=True),
        _user(),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
    op.create_index("ix_page_sessions_user_id", "page_sessions", ["user_id"])
    op.create_index("ix_page_sessions_expires_at", "page_sessions", ["expires_at"])
    op.create_table(
        "answered_questions",
        sa.Column("question_hash", sa.LargeBinary(32), primary_key=True),
        _user(),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
    op.create_index("ix_answered_questions_user_id", "answered_questions", ["user_id"])
    op.create_index("ix_answered_questions_expires_at", "answered_questions", ["expires_at"])
    _create_audit()


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    line, person = sa.ForeignKey("audit.seq", ondelete="CASCADE"), "users.user_id"
    op.create_table(
        "audit_details",
        sa.Column("seq", sa.Integer, line, primary_key=True, autoincrement=False),
        sa.Column("user_id", sa.String(32), sa.ForeignKey(person, ondelete="CASCADE"), nullable=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("ix_audit_details_user_id", "audit_details", ["user_id"])
    op.create_table(
        "audit_checkpoints",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("seal", sa.LargeBinary, nullable=False),
    )


def _user(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(
        "user_id",
        sa.String(32),
        sa.ForeignKey("users.user_id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )
