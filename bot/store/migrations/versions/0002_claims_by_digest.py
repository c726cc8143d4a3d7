"""Claims walk from digest to digest; fewer index entries for each delivery.

Reason: every delivery stood in four indexes from its first moment, which made a million of them
slow to store, and one walk over all pending rows had to step over every row of a digest that must
not be sent. Now a new row stands in two. Days of paid broadcasts get a table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")
_TRIED = sa.text("state IN ('pending', 'sending') AND sending_at IS NOT NULL")
_SILENT = sa.text("state != 'awake'")


def upgrade() -> None:
    """Replace the indexes of the ledger."""
    for name in ("ix_deliveries_due", "ix_deliveries_open", "ix_deliveries_digest"):
        op.drop_index(name, table_name="deliveries")
    op.drop_index("ix_digests_open", table_name="digests")
    op.create_index(
        "ix_digests_open",
        "digests",
        ["priority", "id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_deliveries_digest", "deliveries", ["digest_id", "state", "due_at", "id"])
    op.create_index(
        "ix_deliveries_tried",
        "deliveries",
        ["chat_id", "thread_id"],
        sqlite_where=_TRIED,
        postgresql_where=_TRIED,
    )
    op.create_index(
        "ix_chats_silent", "chats", ["id"], sqlite_where=_SILENT, postgresql_where=_SILENT
    )
    op.create_table(
        "paid_days",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_paid_days"),
    )
