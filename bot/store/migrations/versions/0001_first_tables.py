"""The first tables.

Reason: the first version. Facts and status apart, the ledger of deliveries with its partial
indexes, and the unique keys that let one process win a slot and nobody get a message twice.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Json, Key, Moment, RowNumber, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _content()
    _people()
    _ledger()
    _others()


def _content() -> None:
    op.create_table(
        "files",
        sa.Column("path", Key(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_files"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "articles",
        sa.Column("path", Key(), nullable=False),
        sa.Column("story_key", Key(), nullable=False),
        sa.Column("title", Words(), nullable=False),
        sa.Column("dated_at", Moment()),
        sa.Column("heat", sa.Integer()),
        sa.Column("quality", sa.Integer()),
        sa.Column("marked_published", sa.Boolean()),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        sa.Column("provider_key", Key()),
        sa.Column("read_at", Moment(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_articles"),
    )
    op.create_index("ix_articles_dated_at", "articles", ["dated_at"])
    op.create_index("ix_articles_story_key", "articles", ["story_key"])
    op.create_table(
        "stories",
        sa.Column("story_key", Key(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("first_seen_at", Moment()),
        sa.Column("posted_at", Moment()),
        sa.Column("written_back_at", Moment()),
        sa.PrimaryKeyConstraint("story_key", name="pk_stories"),
    )
    op.create_index("ix_stories_story_id", "stories", ["story_id"])
    op.create_table(
        "problems",
        sa.Column("path", Key(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer()),
        sa.Column("column", sa.Integer()),
        sa.Column("key", Words()),
        sa.Column("problem", Words(), nullable=False),
        sa.Column("mend", Words(), nullable=False),
        sa.Column("is_fatal", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("path", "number", name="pk_problems"),
    )


def _people() -> None:
    op.create_table(
        "chats",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", Words(), nullable=False),
        sa.Column("username", Words()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", Words()),
        sa.Column("state_at", Moment(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chats"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("followed", Json(), nullable=False),
        sa.Column("muted", Json(), nullable=False),
        sa.Column("muted_providers", Json(), nullable=False),
        sa.Column("size", sa.Integer()),
        sa.Column("layout", sa.Text()),
        sa.Column("schedule_key", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.id"], name="fk_subscriptions_chats"),
        sa.PrimaryKeyConstraint("chat_id", "thread_id", name="pk_subscriptions"),
    )
    op.create_table(
        "operators",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_operators"),
    )
    op.create_table(
        "claims",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_by", sa.BigInteger()),
        sa.Column("used_at", Moment()),
        sa.PrimaryKeyConstraint("token_hash", name="pk_claims"),
    )


def _ledger() -> None:
    op.create_table(
        "slots",
        sa.Column("schedule_key", Key(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.Column("note", Words(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("schedule_key", "due_at", name="pk_slots"),
    )
    op.create_table(
        "digests",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("schedule_key", Key()),
        sa.Column("due_at", Moment()),
        sa.Column("items", Json(), nullable=False),
        sa.Column("message_count", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.BigInteger()),
        sa.Column("approved_by", sa.BigInteger()),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("done_at", Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_digests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_digests_hash", "digests", ["hash"])
    op.create_index(
        "ix_digests_open",
        "digests",
        ["id"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "digest_messages",
        sa.Column("digest_id", RowNumber, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("parameters", Json(), nullable=False),
        sa.Column("stories", Json(), nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_digest_messages_digests"),
        sa.PrimaryKeyConstraint("digest_id", "position", name="pk_digest_messages"),
    )
    op.create_table(
        "digest_stories",
        sa.Column("digest_id", RowNumber, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("story_key", Key(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_digest_stories_digests"),
        sa.PrimaryKeyConstraint("digest_id", "position", "story_key", name="pk_digest_stories"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("digest_id", RowNumber, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("resend_of", sa.BigInteger(), nullable=False),
        sa.Column("resends", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("sending_at", Moment()),
        sa.Column("settled_at", Moment()),
        sa.Column("lease_until", Moment()),
        sa.Column("owner", sa.Text()),
        sa.Column("is_reshaped", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("override_message", Json()),
        sa.Column("message_ids", Json()),
        sa.Column("reason", Words()),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_deliveries_digests"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "chat_id", "thread_id", "digest_id", "position", "resend_of", name="uq_deliveries_once"
        ),
        sqlite_autoincrement=True,
    )
    _ledger_indexes()


def _ledger_indexes() -> None:
    op.create_index("ix_deliveries_digest", "deliveries", ["digest_id", "state"])
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["priority", "due_at", "id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["chat_id", "thread_id"],
        sqlite_where=sa.text("state IN ('pending', 'sending')"),
        postgresql_where=sa.text("state IN ('pending', 'sending')"),
    )
    op.create_index(
        "ix_deliveries_sending_at",
        "deliveries",
        ["sending_at"],
        sqlite_where=sa.text("sending_at IS NOT NULL"),
        postgresql_where=sa.text("sending_at IS NOT NULL"),
    )


def _others() -> None:
    op.create_table(
        "file_ids",
        sa.Column("bot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("picture", Key(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "picture", name="pk_file_ids"),
    )
    op.create_table(
        "queries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("words", Words(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_queries"),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", Words(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )
