"""An index of the deliveries that a chat has not received.

Reason: a slot asks what each of a million chats has had. Where none of its rows is one of these,
the index by chat tells that alone, and no row has to be looked up.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    missed = sa.text("state = 'refused' OR state = 'expired' OR state = 'cancelled'")
    op.create_index(
        "ix_deliveries_missed",
        "deliveries",
        ["chat_id", "thread_id"],
        sqlite_where=missed,
        postgresql_where=missed,
    )
