"""Recalls of withdrawn stories, and what became of each of their messages.

Reason: operators are asked once about a sent story that was withdrawn, a recall goes on where it
was cut off, and withdrawn articles are found among a million without reading them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Key, Moment, Words

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables and the index."""
    op.create_table(
        "recalls",
        sa.Column("story_key", Key(), nullable=False),
        sa.Column("title", Words(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("told_at", Moment()),
        sa.Column("begun_at", Moment()),
        sa.Column("begun_by", sa.BigInteger()),
        sa.Column("done_at", Moment()),
        sa.PrimaryKeyConstraint("story_key", name="pk_recalls"),
    )
    op.create_table(
        "recall_results",
        sa.Column("story_key", Key(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", Words()),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("story_key", "delivery_id", name="pk_recall_results"),
    )
    removed = sa.text("is_removed")
    op.create_index(
        "ix_articles_removed",
        "articles",
        ["story_key"],
        sqlite_where=removed,
        postgresql_where=removed,
    )
    op.create_index("ix_digest_stories_story_key", "digest_stories", ["story_key"])
