"""Threads of a forum that are closed.

Reason: a closed topic must hold up its own digest alone, not those of the group's other topics.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty."""
    op.add_column("subscriptions", sa.Column("shut_at", Moment()))
