"""When a chat refused a rich message last.

Reason: it then gets lists without being asked each time, also after a restart.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty."""
    op.add_column("chats", sa.Column("rich_refused_at", Moment()))
