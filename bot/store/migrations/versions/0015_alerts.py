"""Flashes and follow-ups: what was done about a story, and how hot it was when it was sent.

Reason: a story is flashed once and followed up once, and only one that has become much hotter.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.columns import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of what was sent before the heat is not known."""
    op.add_column("stories", sa.Column("posted_heat", sa.Integer()))
    op.add_column("stories", sa.Column("flashed_at", Moment()))
    op.add_column("stories", sa.Column("followed_up_at", Moment()))
