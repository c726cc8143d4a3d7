"""Chats that asked to be forgotten.

Reason: whoever had everything erased must not get anything that was on its way, nor be brought
back by an import of an older list.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty."""
    op.add_column("chats", sa.Column("forgotten_at", Moment()))
