"""What a message follows: the story whose earlier message in the chat it replies to.

Reason: later news of an event is linked to what a chat has had of it; which message that is,
differs from chat to chat, and is looked up when the message is sent.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Key

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was written before follows nothing."""
    op.add_column("digest_messages", sa.Column("follows", Key()))
