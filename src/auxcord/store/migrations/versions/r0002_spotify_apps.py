"""What is known about the Spotify app."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"


def upgrade() -> None:
    """Create the table that remembers what Spotify lets an app do."""
    op.create_table(
        "spotify_apps",
        sa.Column("client_id", sa.Text, primary_key=True),
        sa.Column("findings", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", sa.Double, nullable=False),
    )
