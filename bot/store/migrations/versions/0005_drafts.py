"""Drafts: the posts that operators are working on.

Reason: a draft survives a restart, each operator has one, and what its buttons say is checked
against its version.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Json, Moment, RowNumber

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of drafts."""
    op.create_table(
        "drafts",
        sa.Column("id", RowNumber, nullable=False),
        sa.Column("owner", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest_id", RowNumber, nullable=False),
        sa.Column("sheet", Json(), nullable=False),
        sa.Column("addresses", Json(), nullable=False),
        sa.Column("awaits", sa.Text(), nullable=False, server_default=""),
        sa.Column("panel_id", sa.BigInteger()),
        sa.Column("preview_ids", Json(), nullable=False),
        sa.Column("shown_hash", sa.Text(), nullable=False, server_default=""),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
        sa.UniqueConstraint("owner", name="uq_drafts_owner"),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_drafts_digests"),
        sqlite_autoincrement=True,
    )
