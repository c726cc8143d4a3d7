"""Timetables: a row for all chats that keep the same hours.

Reason: what is due among thousands of schedules is found by one seek, without a look at the
chats that keep them; the chats of one schedule are found by an index.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Key, Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; its first row is made by the first look at the schedule."""
    op.create_table(
        "timetables",
        sa.Column("hours_key", sa.Text(), nullable=False),
        sa.Column("slot_key", Key()),
        sa.Column("looked_at", Moment(), nullable=False),
        sa.Column("next_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("hours_key", name="pk_timetables"),
    )
    op.create_index("ix_timetables_slot_key", "timetables", ["slot_key"])
    op.create_index("ix_timetables_next_at", "timetables", ["next_at"])
    op.create_index(
        "ix_subscriptions_schedule", "subscriptions", ["schedule_key", "chat_id", "thread_id"]
    )
