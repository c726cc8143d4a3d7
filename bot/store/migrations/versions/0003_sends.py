"""Sends, undecided deliveries, retired stories.

Reason: a running send is a row that can be paused, resumed and cancelled; under UNCERTAIN=ask an
operator decides on uncertain deliveries; old deliveries shrink to counts (KEEP_DELIVERIES), and a
story whose deliveries are gone must not be sent again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Json, Moment, Words

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of sends and make each digest that was sent one of its own."""
    op.create_table(
        "sends",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("title", Words(), nullable=False),
        sa.Column("due_at", Moment()),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("changed_by", sa.BigInteger()),
        sa.Column("alarm", Words()),
        sa.Column("done_at", Moment()),
        sa.Column("counts", Json()),
        sa.Column("shrunk_at", Moment()),
        sa.PrimaryKeyConstraint("id", name="pk_sends"),
    )
    op.add_column("digests", sa.Column("send_id", sa.BigInteger()))
    op.create_index("ix_digests_send_id", "digests", ["send_id"])
    op.add_column("deliveries", sa.Column("undecided_since", Moment()))
    undecided = sa.text("undecided_since IS NOT NULL")
    op.create_index(
        "ix_deliveries_undecided",
        "deliveries",
        ["digest_id"],
        sqlite_where=undecided,
        postgresql_where=undecided,
    )
    op.add_column("stories", sa.Column("retired_at", Moment()))
    op.execute(
        "INSERT INTO sends"
        " (id, kind, state, priority, title, due_at, started_at, changed_at, done_at)"
        " SELECT id, kind, CASE state WHEN 'open' THEN 'running' ELSE 'done' END, priority, '',"
        " due_at, created_at, created_at, done_at"
        " FROM digests WHERE state IN ('open', 'done')"
    )
    op.execute("UPDATE digests SET send_id = id WHERE state IN ('open', 'done')")
