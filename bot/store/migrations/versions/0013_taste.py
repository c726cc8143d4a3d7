"""What a reader thinks of single stories: votes, saved ones, reminders; and what votes sum up to.

Reason: taps and reactions bend later choices, and have to survive the article and a restart; a
reminder is a row until the message that it becomes is one. The sum stands in the subscription, so
that a slot with a million readers reads no votes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Json, Key, Moment, Words

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the column."""
    op.add_column("subscriptions", sa.Column("leanings", Json()))
    op.create_table(
        "votes",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("story_key", Key(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("topics", Json(), nullable=False),
        sa.Column("provider", Key()),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "story_key", name="pk_votes"),
    )
    op.create_table(
        "saved",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("story_key", Key(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("title", Words(), nullable=False),
        sa.Column("source", Words(), nullable=False),
        sa.Column("url", Words()),
        sa.Column("wording", Words(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "story_key", name="pk_saved"),
    )
    op.create_table(
        "reminders",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("story_key", Key(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "story_key", name="pk_reminders"),
    )
    op.create_index("ix_reminders_due_at", "reminders", ["due_at"])
