"""What the person of a private chat speaks.

Reason: a digest comes by itself, when nobody has just written: it must know its reader's language.
NULL means not known yet; the next message of that person tells.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty."""
    op.add_column("chats", sa.Column("language", sa.Text()))
